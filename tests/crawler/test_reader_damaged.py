"""No input makes the reader raise, and every one gets an outcome: any bytes, and saved pages damaged in many ways.

The long form, which also looks at the time each takes, is `python -m tests.bench.reading_fuzz FOLDER`.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import MUTATIONS, Mutation

from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGES = sorted((Path(__file__).parents[1] / "pages").glob("*/*.html"))
URL = "http://www.x.gov.cn/zwgk/202601/t20260105_1.html"
MARKS = (
    "<ul>",
    "<li>",
    "<a href='./t20260105_1.html'>",
    "</a>",
    "<table><tr><td>",
    "</html>",
    "<title>",
    "<!--",
    "<script>",
    "&#x0;",
)
SIGNS = ("2026-01-05", "一、", "(三)", "来源：", "发布时间：", "会员免费查看", "<div id=zoom>", "<record><![CDATA[", "￥", "\x00")
PIECES = st.sampled_from([*MARKS, *SIGNS, "createPageHTML(3, 0, 'index', 'html')"])


def examine(body: bytes, url: str = URL, status: int = 200, content_type: str = "text/html") -> Examination:
    headers = ((b"Content-Type", content_type.encode()),)
    return PageReader().examine(Answer(url, EPOCH, EPOCH, final_url=url, status=status, headers=headers, body=body))


def is_whole(found: Examination) -> bool:
    """An outcome with its reason; not the net under the reader, which calls any failure of it unreadable."""
    return isinstance(found.outcome, Outcome) and bool(found.reason) and not found.reason.startswith("the reader failed")


@given(
    st.binary(max_size=3000),
    st.sampled_from([200, 202, 404, 412, 500]),
    st.sampled_from(["text/html", "application/json", "", "text/xml"]),
)
def test_any_bytes_get_an_outcome(body: bytes, status: int, content_type: str) -> None:
    assert is_whole(examine(body, status=status, content_type=content_type))


@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=60))
def test_any_heap_of_marks_gets_an_outcome(pieces: list[str]) -> None:
    assert is_whole(examine("".join(pieces).encode("utf-8", "replace")))


@given(st.text(max_size=300))
def test_any_address_is_borne(url: str) -> None:
    assert is_whole(examine(b"<html><body><a href='./a.html'>b</a></body></html>", url=url))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_damaged_page_gets_an_outcome(mutation: Mutation) -> None:
    assert PAGES
    for page in PAGES:
        for turn in range(3):
            damaged = mutation(page.read_bytes(), random.Random(f"{page.name}-{mutation.__name__}-{turn}"))
            assert is_whole(examine(damaged)), (page.name, turn)
