"""The lookout's settings: what wins over what, and that a wrong value is one line with a next step and without the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.settings import MonitorSettings
from storage.errors import GongkaiError


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://a", "smtp://", "smtp://a:99999", "smtp://a/b", "smtp://u:se%63ret@a:x"]
)
def test_a_wrong_smtp_url_says_what_to_do_and_keeps_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(GongkaiError) as wrong:
        MonitorSettings.load(tmp_path, smtp_url=url)
    assert "GONGKAI_SMTP_URL" in wrong.value.message
    assert ".env" in wrong.value.next_step
    assert "se%63ret" not in str(wrong.value)


def test_the_environment_wins_over_the_homes_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GONGKAI_MAIL_FROM=file@example.org\nGONGKAI_REMOVAL_LOOKS=5\nGONGKAI_DELAY=7\n")
    monkeypatch.setenv("GONGKAI_MAIL_FROM", "env@example.org")
    monkeypatch.setenv("GONGKAI_SMTP_URL", "")
    settings = MonitorSettings.load(tmp_path)
    assert (settings.mail_from, settings.removal_looks, settings.smtp) == ("env@example.org", 5, None)
    assert settings.home == tmp_path


def test_a_server_address_is_read_with_its_protection_and_encoded_password(tmp_path: Path) -> None:
    server = MonitorSettings.load(tmp_path, smtp_url="smtp+starttls://me%40x:p%3Aw@mail.example.org").smtp
    assert server is not None
    assert (server.host, server.port, server.tls) == ("mail.example.org", 587, "start")
    assert (server.user, server.password) == ("me@x", "p:w")
    assert "p:w" not in repr(server)
