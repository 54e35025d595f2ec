"""What is secret in a settings file never leaves it, whatever else stands there; and it opens to its passphrase alone."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from storage.confidential import without_password, without_secrets
from storage.errors import BackupError
from storage.sealing import seal, unseal


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.COST", (2**4, 8, 1))


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("GONGKAI_SMTP_URL=smtp://u:hunter2@h:25", "smtp://u@h:25"),
        ("GONGKAI_SMTP_URL='smtps://u:hunter2@h'", "smtps://u@h"),
        ('export GONGKAI_DATABASE_URL = "postgresql://u:hunter2@h/n?sslmode=require"', "postgresql://u@h/n?sslmode=require"),
        ("GONGKAI_DATABASE_URL=postgresql://h/n?user=u&password=hunter2", "postgresql://h/n?user=u"),
        ("GONGKAI_SMTP_URL=smtp://u:p@hunter2@h", "smtp://u@h"),
        ("GONGKAI_WITNESS_URL=https://hunter2@h/x", "https://h/x"),
        ("GONGKAI_TSA_URL=https://h/x?api_key=hunter2&a=1", "https://h/x?a=1"),
        ("GONGKAI_SMTP_URL=smtp://u:p/hunter2@h:25", None),
        ("GONGKAI_LEDGER_KEY=hunter2", None),
        ("SOME_TOKEN=hunter2", None),
        ("db_password=hunter2", None),
        ("GONGKAI_BACKUP_PASSPHRASE=hunter2", None),
        ("X_SECRET='hun\nter2\nhunter2'", None),
    ],
)
def test_a_secret_is_left_out_and_named(line: str, kept: str | None) -> None:
    told, left_out = without_secrets(f"GONGKAI_DELAY=3\n{line}\nGONGKAI_CONTACT=mailto:a@example.org\n")
    name = line.removeprefix("export ").split("=")[0].strip()
    assert "hunter2" not in told
    assert left_out == (name,)
    assert dotenv_values(stream=io.StringIO(told)).get(name) == kept
    assert "GONGKAI_DELAY=3\n" in told
    assert "GONGKAI_CONTACT=mailto:a@example.org\n" in told


@pytest.mark.parametrize(
    "line",
    [
        "#GONGKAI_SMTP_URL=smtp://u:hunter2@h",
        "  # export OLD_TOKEN = hunter2",
        "# it was smtp://u:hunter2@h before",
        "GONGKAI_DELAY=3 # smtp://u:hunter2@h",
    ],
)
def test_remarks_tell_no_secret_either(line: str) -> None:
    assert "hunter2" not in without_secrets(line + "\n")[0]


def test_what_a_secret_is_put_together_from_is_secret() -> None:
    told, left_out = without_secrets("INNER=hunter2\nPW=${INNER}\nGONGKAI_SMTP_URL=smtp://u:${PW}@h\nOTHER=1\n")
    assert "hunter2" not in told
    assert set(left_out) == {"INNER", "PW", "GONGKAI_SMTP_URL"}
    assert "OTHER=1" in told


def test_a_line_that_cannot_be_read_is_left_out_whole() -> None:
    told, left_out = without_secrets("GONGKAI_DELAY=3\nSMTP password hunter2\n")
    assert "hunter2" not in told
    assert left_out == ("a line that cannot be read",)


def test_settings_without_a_secret_stay_as_they_are() -> None:
    told = "# Settings\n\nGONGKAI_CONTACT=mailto:a@example.org\n  GONGKAI_DELAY = '3' # slow\nMONKEY=1\nGONGKAI_PUBLIC_URL=https://h/x?a=1#b\n"
    assert without_secrets(told) == (told, ())


_WORD = st.text("abcdefgxyz0189", min_size=1, max_size=8)


@given(user=_WORD, host=_WORD, quote=st.sampled_from(["", "'", '"']), more=st.text(max_size=40))
def test_no_password_in_an_address_survives(user: str, host: str, quote: str, more: str) -> None:
    password = "Q9secretQ9"
    line = f"GONGKAI_SMTP_URL={quote}smtp://{user}:{password}{more if chr(10) not in more else ''}@{host}:25{quote}\n"
    assert password not in without_secrets(line)[0]


@given(st.text(max_size=200))
def test_whatever_is_written_there_is_answered(text: str) -> None:
    without_secrets(text)
    without_password(text)


def test_secrets_open_to_their_passphrase_alone() -> None:
    made, sealed = seal({".env": b"a\0\xff", "ledger.key": b"k"}, "caf\u00e9 corr\u00e8ct", "beside")
    assert b"ledger" not in sealed
    # the same letters, composed in another way
    assert unseal(sealed, made, "cafe\u0301 corre\u0300ct", "beside") == {".env": b"a\0\xff", "ledger.key": b"k"}
    for wrong in (
        lambda: unseal(sealed, made, "cafe correct", "beside"),
        lambda: unseal(sealed, made, "caf\u00e9 corr\u00e8ct", "elsewhere"),
        lambda: unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), made, "caf\u00e9 corr\u00e8ct", "beside"),
        lambda: unseal(sealed, replace(made, p=2), "caf\u00e9 corr\u00e8ct", "beside"),
    ):
        with pytest.raises(BackupError, match="passphrase is wrong, or the backup was changed"):
            wrong()


@pytest.mark.parametrize("change", [{"n": 2**40}, {"r": 2**20}, {"p": 0}, {"kdf": "none"}, {"salt": "xx"}, {"n": 1000}])
def test_a_seal_may_not_ask_for_all_memory_there_is(change: dict[str, object]) -> None:
    made, sealed = seal({}, "long enough", "x")
    with pytest.raises(BackupError, match="cannot be opened"):
        unseal(sealed, replace(made, **change), "long enough", "x")  # type: ignore[arg-type]


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BackupError, match="too short"):
        seal({}, "short", "x")
