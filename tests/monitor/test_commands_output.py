"""How the front door speaks: tables that lose nothing, and text of pages that a terminal only shows."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from rich.cells import cell_len

from monitor.commands.output import print_json, print_table

WIDE = "关于双碓镇稻香路封闭施工期间交通组织的通告"


@pytest.mark.parametrize("screen", [40, 80, 100])
def test_a_table_wraps_and_never_loses_text_at_the_edge(
    screen: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(screen))
    address = "http://www.qinghe.example/zwgk/tzgg/202411/t20241125_1185285.html"
    print_table(["date", "title", "address"], [("2025-02-12", WIDE, address)])
    lines = capsys.readouterr().out.splitlines()
    assert max(cell_len(line) for line in lines) <= screen
    shown = "".join("".join(lines[1:]).split())
    assert Counter(shown) == Counter("2025-02-12" + WIDE + address)


def test_json_lets_no_page_act_on_a_terminal_and_says_the_same_text(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    text = "\x1b[31m\x7f\x9b31m\u202e标题"
    print_json({"title": text})
    told = capsysbinary.readouterr().out.decode()
    assert json.loads(told) == {"title": text}
    assert not set("\x1b\x7f\x9b\u202e") & set(told)
    assert "标题" in told
