"""The mail: what a person reads in it, that hostile page text stays text, and how the SMTP server's answers are understood."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from monitor.notifier import Occasion, excerpts, happened, tame, web_link
from monitor.notifiers.email import EmailNotifier
from monitor.settings import MonitorSettings
from storage.records import Alert, Evidence, Finding, Head, Message, NewMessage, Reason, Subscriber, Verdict

NOW = datetime(2026, 4, 9, 1, 30, tzinfo=UTC)
DESK = Subscriber("desk", "desk@example.org")
LATE = Verdict(
    key="late:qs:annual:2025",
    kind="late_report",
    subject="duty",
    title="青山区2025年度报告",
    severity="high",
    agency="qs",
    site="www.qs.gov.cn",
    url="https://www.qs.gov.cn/nb/1.html",
    reasons=(Reason("timeliness", "Due 2026-03-31, first seen 2026-04-09."),),
    evidence=(Evidence("7.3", NOW, "https://www.qs.gov.cn/nb/", "ok", "abcdef0123456789" * 4, "present"),),
    after=NOW - timedelta(days=1),
    by=NOW,
)
EDIT = Verdict(
    key="edit:1",
    kind="silent_edit",
    subject="page",
    title="决算说明",
    severity="medium",
    site="www.qs.gov.cn",
    url="https://www.qs.gov.cn/js/2.html",
    detail={
        "differences": [
            {
                "kind": "figure",
                "before": "共12件",
                "after": "共15件",
                "spans": [["=", "共1"], ["-", "2"], ["+", "5"], ["=", "件"]],
            }
        ]
    },
)


def alert(number: int, verdict: Verdict, agency: str | None = "青山区人民政府", subscriber: Subscriber = DESK) -> Alert:
    finding = Finding(number, verdict, agency, "none", NOW, NOW, 0)
    return Alert(number, subscriber, finding, verdict.machine, NOW)


def notifier(tmp_path: Path, **flags: Any) -> EmailNotifier:
    return EmailNotifier(MonitorSettings.load(tmp_path, **flags))


def render(tmp_path: Path, *alerts: Alert, simulated: bool = False) -> NewMessage:
    return notifier(tmp_path).render(alerts, Occasion(NOW, simulated))


def parsed(message: NewMessage | Message) -> EmailMessage:
    return message_from_bytes(message.content, policy=modern)


def parts(message: NewMessage) -> tuple[str, str]:
    mail = parsed(message)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    return text.get_content(), page.get_content()


def tree_of(page: str) -> Any:
    return html.fromstring(page)


# --- what it says


def test_the_subject_counts_and_names_the_gravest_finding(tmp_path: Path) -> None:
    message = render(tmp_path, alert(1, EDIT), alert(2, LATE))
    assert message.subject == f"[gongkai] 2 findings: {LATE.title}"
    assert parsed(message)["Subject"] == message.subject


def test_what_still_holds_comes_before_what_is_resolved(tmp_path: Path) -> None:
    message = render(tmp_path, alert(1, replace(LATE, machine="resolved")), alert(2, EDIT))
    assert message.subject == f"[gongkai] 2 findings: {EDIT.title}"
    over = render(tmp_path, alert(1, replace(LATE, machine="resolved")))
    assert over.subject == f"[gongkai] No longer so: {LATE.title}"
    assert all("No longer so" in part for part in parts(over))
    doubtful = render(tmp_path, alert(1, replace(LATE, machine="suspected")))
    assert doubtful.subject == f"[gongkai] Suspected: {LATE.title}"
    assert all("Not settled yet" in part for part in parts(doubtful))


def test_both_parts_tell_kind_state_interval_reason_evidence_and_command(tmp_path: Path) -> None:
    for part in parts(render(tmp_path, alert(1, LATE))):
        for told in (
            "青山区人民政府",
            "late report",
            "settled",
            "not there at 2026-04-08 09:30 +08:00, there at 2026-04-09 09:30 +08:00",
            "Due 2026-03-31, first seen 2026-04-09.",
            "abcdef012345",
            "7.3",
            "gongkai show https://www.qs.gov.cn/nb/1.html",
        ):
            assert told in part
        assert "abcdef0123456" not in part


def test_changed_characters_are_marked_and_only_they(tmp_path: Path) -> None:
    text, page = parts(render(tmp_path, alert(1, EDIT)))
    assert "共1[-2-]{+5+}件" in text
    tree = tree_of(page)
    assert [mark.text for mark in tree.iter("del", "ins")] == ["2", "5"]
    assert "gongkai diff https://www.qs.gov.cn/js/2.html" in page


def test_findings_stand_under_their_agency(tmp_path: Path) -> None:
    _, page = parts(
        render(tmp_path, alert(1, EDIT, "乙县"), alert(2, LATE, "甲县"), alert(3, replace(EDIT, title="又一"), "甲县"))
    )
    assert [h.text_content() for h in tree_of(page).iter("h2", "h3")] == ["甲县", LATE.title, "又一", "乙县", EDIT.title]


def test_a_finding_that_turned_twice_is_told_once(tmp_path: Path) -> None:
    first, second = alert(1, LATE), replace(alert(1, LATE), id=2, turn="settled")
    assert not render(tmp_path, first, second).subject.startswith("[gongkai] 2 findings")


def test_a_flood_of_findings_is_told_in_brief_behind_the_gravest(tmp_path: Path) -> None:
    flood = [alert(number, replace(EDIT, title=f"第{number}号")) for number in range(2, 400)]
    text, page = parts(render(tmp_path, *flood, alert(1, LATE)))
    assert text.count("  Evidence:") == 1
    assert text.index(LATE.title) < text.index("In brief") < text.index("and 159 more")
    assert "第100号 (settled)" in page
    assert len(page) < 120_000


def test_a_simulated_home_says_so_in_subject_and_at_the_top_of_both_parts(tmp_path: Path) -> None:
    message = render(tmp_path, alert(1, LATE), simulated=True)
    text, page = parts(message)
    assert "SIMULATED" in message.subject
    assert "SIMULATED" in text.strip().splitlines()[0]
    assert "SIMULATED" in tree_of(page).text_content().strip()[:60]


def test_the_headers_name_a_machine_and_a_stable_message_id(tmp_path: Path) -> None:
    mail = parsed(render(tmp_path, alert(1, LATE)))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Thu, 09 Apr 2026 09:30:00 +0800"
    assert mail["List-Id"]
    assert mail["To"] == "desk@example.org"
    assert render(tmp_path, alert(1, LATE)).content == render(tmp_path, alert(1, LATE)).content
    others = {
        render(tmp_path, told).message_id
        for told in (alert(1, LATE), alert(2, LATE), alert(1, EDIT), replace(alert(1, LATE), turn="resolved"))
    }
    assert len(others) == 4


def test_the_html_part_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    tree = tree_of(parts(render(tmp_path, alert(1, LATE), alert(2, EDIT)))[1])
    assert not list(tree.iter("img", "script", "link", "iframe", "style", "form"))
    assert "url(" not in html.tostring(tree, encoding="unicode")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("page_removed", "there at 2026-04-08 09:30 +08:00, not there at"),
        ("missing_report", "still not there at"),
        ("figure_changed", "not yet so at"),
    ],
)
def test_the_interval_is_worded_by_kind(kind: str, words: str) -> None:
    assert words in happened(replace(LATE, kind=kind))


# --- page text is hostile


HOSTILE = (
    "<script>alert(1)</script>&lt;img src=x&gt;\r\nBcc: victim@example.org\r\n\r\n\u202egnp.exe\u2066\x00\x1b[31m{{ 7*7 }}"
    + "长" * 5000
)


def hostile(number: int = 1) -> Alert:
    spans = [["=", HOSTILE], ["-", HOSTILE], ["+", "\u200b"], ["=", HOSTILE]]
    rows: list[Any] = [{"kind": HOSTILE, "spans": spans}, {"before": HOSTILE}, None, 3, {"spans": 7}, {"spans": ["abc"]}]
    verdict = Verdict(
        key=HOSTILE,
        kind=HOSTILE,
        subject=HOSTILE,
        title=HOSTILE,
        machine=HOSTILE,
        severity=HOSTILE,
        site=HOSTILE,
        url="javascript:alert(1)//" + HOSTILE,
        also=(HOSTILE,),
        reasons=(Reason(HOSTILE, HOSTILE),),
        evidence=(Evidence(HOSTILE, NOW, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        by=NOW,
        detail={"differences": rows},
    )
    return alert(number, verdict, HOSTILE, Subscriber("x", "x@example.org\r\nBcc: victim@example.org"))


def test_hostile_text_adds_no_header_and_no_markup(tmp_path: Path) -> None:
    message = render(tmp_path, hostile())
    mail = parsed(message)
    assert mail["Bcc"] is None
    assert mail["To"] is None
    assert not mail.defects
    assert "\n" not in message.subject
    assert len(message.subject) < 600
    text, page = parts(message)
    tree = tree_of(page)
    assert not list(tree.iter("script", "img", "a"))
    assert "{{ 7*7 }}" in tree.text_content()
    for part in (text, page):
        assert not any(hidden in part for hidden in ("\u202e", "\u2066", "\x00", "\x1b", "\u200b"))
    assert "[U+202E]" in text
    assert "[U+200B]" in text
    assert len(text) < 20_000


def test_one_hostile_finding_leaves_its_neighbour_readable(tmp_path: Path) -> None:
    text, page = parts(render(tmp_path, hostile(1), alert(2, LATE)))
    assert LATE.title in text
    assert LATE.title in page


def test_a_command_line_cannot_be_smuggled_into_the_command(tmp_path: Path) -> None:
    text, _ = parts(render(tmp_path, alert(1, replace(LATE, url="https://x.gov.cn/a';rm -rf ~;'"))))
    assert """gongkai show 'https://x.gov.cn/a'"'"';rm -rf ~;'"'"''""" in text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a@b.gov.cn/", "https://a.gov.cn\\@b/",
        "https://a.gov.cn/\u202e", "https:///x", "http://[bad", "//a.gov.cn/", "",
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert web_link(url) == ""


def test_an_address_with_chinese_signs_is_a_link() -> None:
    assert web_link("http://www.x.gov.cn:8080/年报.html?a=1&b=2") != ""


def test_the_head_of_the_ledger_stands_below_whole_and_in_short(tmp_path: Path) -> None:
    head = Head(1234, "ab" * 32, NOW, "cd" * 32, "note")
    for part in parts(notifier(tmp_path).render([alert(1, LATE)], Occasion(NOW, head=head))):
        for told in (
            "1,234 entries",
            "signed 2026-04-09 09:30 +08:00",
            "abababababab",
            f"gongkai verify --head 1234:{'ab' * 32}",
        ):
            assert told in part
    for part in parts(render(tmp_path, alert(1, LATE))):
        assert "ledger" not in part


@given(st.text(), st.text(alphabet=st.characters(codec=None), max_size=50))
def test_any_text_whatever_can_be_mailed(title: str, other: str) -> None:
    verdict = replace(EDIT, title=title, url=other, detail={"differences": [{"spans": [["-", title], ["+", other]]}]})
    message = EmailNotifier(MonitorSettings()).render([alert(1, verdict, other)], Occasion(NOW))
    assert parsed(message)["Subject"].strip().startswith("[gongkai] ")
    assert all(part for part in parts(message))


@given(st.text(max_size=400), st.integers(10, 200))
def test_tamed_text_is_one_short_visible_line(text: str, limit: int) -> None:
    shown = tame(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_long_unchanged_text_is_cut_on_the_far_side() -> None:
    far = "远" * 500
    (one,), more = excerpts(
        replace(EDIT, detail={"differences": [{"kind": "wording", "spans": [["=", far + "近"], ["+", "新"], ["=", "邻" + far]]}]})
    )
    assert one.runs[0][1].endswith("近")
    assert one.runs[2][1].startswith("邻")
    assert more == 0
    assert sum(len(text) for _, text in one.runs) < 100
