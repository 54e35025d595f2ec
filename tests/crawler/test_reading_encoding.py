"""Text comes out right whatever the server or the page claims of its encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.encoding import decode

TEXT = "<html><body><p>关于印发政府信息公开工作年度报告的通知，请认真贯彻执行。〔2021〕30号 — “全文”</p></body></html>"


@pytest.mark.parametrize(
    "content_type", [None, "text/html", "text/html; charset=iso-8859-1", "text/html; charset=unicode", "text/html; charset=utf-8"]
)
def test_a_gbk_page_is_read_like_its_utf8_twin(content_type: str | None) -> None:
    assert decode(TEXT.encode("gbk"), content_type) == (TEXT, "gb18030")
    assert decode(TEXT.encode(), content_type) == (TEXT, "utf-8")


def test_utf8_that_declares_gb2312_is_utf8() -> None:
    body = f'<meta charset="gb2312">{TEXT}'
    assert decode(body.encode())[0] == body


def test_utf16_with_a_mark_and_a_lying_declaration_is_utf16() -> None:
    body = f'<meta charset="gb2312">{TEXT}'
    assert decode(body.encode("utf-16")) == (body, "utf-16")
    assert decode(body.encode("utf-16-le")) == (body, "utf-16")


def test_a_mark_is_not_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf" + TEXT.encode())[0] == TEXT


def test_a_cut_character_at_the_end_does_not_change_the_encoding() -> None:
    text, name = decode(TEXT.encode() + "报".encode()[:2])
    assert (text, name) == (TEXT, "utf-8")


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    text, name = decode(TEXT.encode() + b"\xff\xfe" + TEXT.encode())
    assert name == "utf-8"
    assert text.replace("\ufffd", "") == TEXT * 2


def test_rare_characters_beyond_gbk_are_read() -> None:
    assert decode("<p>龦㐀𠀀镇政府信息公开</p>".encode("gb18030"))[0] == "<p>龦㐀𠀀镇政府信息公开</p>"


def test_traditional_pages_follow_their_declaration() -> None:
    body = '<meta charset="big5"><p>行政院公報資訊網</p>'
    assert decode(body.encode("big5"))[0] == body


@given(st.binary(max_size=2000), st.none() | st.text(max_size=30))
def test_decoding_never_raises(body: bytes, content_type: str | None) -> None:
    text, name = decode(body, content_type)
    assert isinstance(text, str)
    assert name
