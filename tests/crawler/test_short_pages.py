"""A page whose text is short because the document is a file: never empty, closed, in maintenance or a mere list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome

URL = "http://www.qinghe.gov.cn/zwgk/202601/t20260120_1.html"
FILE = '<a href="./P020260120.pdf">年度报告全文.pdf</a>'
OTHERS = "".join(
    f'<li><a href="/zwgk/202601/t2026011{n}_{n}.html">关于第{n}号文件的通知</a><span>2026-01-1{n}</span></li>' for n in range(6)
)


def look(title: str, body: str, around: str = "", head: str = "") -> Examination:
    page = (
        f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>发布日期：2026-01-20</p>"
        f"<div class='TRS_Editor'>{body}</div>{around}</body></html>"
    )
    now = datetime(2026, 1, 21, tzinfo=UTC)
    return PageReader().examine(Answer(URL, now, now, URL, 200, body=page.encode()), home="http://www.qinghe.gov.cn/")


@pytest.mark.parametrize("body", [FILE, f"<p>见附件。</p>{FILE}", f"<p></p><p>附件：{FILE}</p>"])
@pytest.mark.parametrize("head", ["", "<meta name='ArticleTitle' content='清河县年度报告'>"])
@pytest.mark.parametrize("title", ["清河县2025年度报告", "关于系统升级维护的通知", "关于网站维护中若干问题的报告"])
def test_a_short_text_with_a_file_is_an_article(title: str, head: str, body: str) -> None:
    examination = look(title, body, head=head)
    assert (examination.outcome, examination.reason) == (Outcome.OK, "an article")
    assert examination.reading is not None
    assert [one.name for one in examination.reading.attachments] == ["年度报告全文.pdf"]


def test_without_the_file_the_same_words_are_what_they_say() -> None:
    assert look("系统升级维护中", "<p>见附件。</p>").outcome is Outcome.FAILED


def test_a_file_beside_a_list_of_other_documents_does_not_make_the_page_a_list() -> None:
    examination = look("清河县2025年度报告", f"<p>见附件。</p>{FILE}", around=f"<ul>{OTHERS}</ul>")
    assert examination.reading is not None
    assert (examination.reading.kind, len(examination.reading.attachments)) == ("article", 1)


def test_a_list_of_files_stays_a_list() -> None:
    rows = "".join(f'<li><a href="/fj/{n}.pdf">第{n}季度政府信息公开统计表</a><span>2026-01-1{n}</span></li>' for n in range(6))
    examination = look("统计表", "", around=f"<ul class='list'>{rows}</ul>")
    assert examination.reading is not None
    assert (examination.reading.kind, len(examination.reading.entries)) == ("listing", 6)


def test_a_weak_wall_word_in_a_short_text_counts_only_without_a_file() -> None:
    bare, full = (look("清河县2025年度报告", f"<p>以下内容请登录系统。</p><p>登录后阅读</p>{file}") for file in ("", FILE))
    assert full.outcome is Outcome.OK
    assert full.reading is not None
    assert full.reading.gaps == ()
    assert bare.outcome is not Outcome.OK or (bare.reading is not None and bare.reading.gaps != ())
