"""Time stamps against an authority of our own (openssl): what is granted, and everything that is no stamp of our bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from authority import Authority
from cryptography.hazmat.primitives.serialization import Encoding

from storage.clock import SystemClock
from storage.stamps import asking, certificates_in, check

DATA = b"a head"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_stamp_is_granted_and_openssl_finds_the_same(authority: Authority) -> None:
    asked = asking(DATA)
    answer = authority.answer(asked.as_bytes())
    time = check(answer, DATA, asked, [authority.root])
    assert abs((SystemClock().now() - time).total_seconds()) < 3600
    assert check(answer, DATA) == time
    assert authority.verifies(answer, DATA)
    assert not authority.verifies(answer, b"another head")


def test_each_question_is_asked_with_another_number(authority: Authority) -> None:
    asked = asking(DATA)
    answer = authority.answer(asked.as_bytes())
    with pytest.raises(ValueError, match="another question"):
        check(answer, DATA, asking(DATA))


def test_a_stamp_for_other_data_is_none(authority: Authority) -> None:
    asked = asking(b"another head")
    answer = authority.answer(asked.as_bytes())
    with pytest.raises(ValueError, match="for other data"):
        check(answer, DATA, None, [authority.root])


def test_a_stranger_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    asked = asking(DATA)
    answer = stranger.answer(asked.as_bytes())
    with pytest.raises(ValueError, match="cannot be trusted"):
        check(answer, DATA, asked, [authority.root])
    assert check(answer, DATA, asked, [authority.root, stranger.root])


def test_a_changed_stamp_is_not_trusted(authority: Authority) -> None:
    answer = authority.answer(asking(DATA).as_bytes())
    time = check(answer, DATA).strftime("%Y%m%d%H%M%SZ").encode()
    assert time in answer
    changed = answer.replace(time, b"20200101000000Z")
    assert check(changed, DATA).year == 2020
    with pytest.raises(ValueError, match="cannot be trusted"):
        check(changed, DATA, None, [authority.root])


@pytest.mark.parametrize("junk", [b"", b"<html>sorry</html>", b"\x30\x03\x02\x01\x02", b"\x30\x05\x30\x03\x02\x01\x00"])
def test_what_is_no_answer_is_told_as_such(junk: bytes) -> None:
    with pytest.raises(ValueError, match="no answer of a time stamp authority"):
        check(junk, DATA)


def test_a_refusal_is_told_with_its_words(authority: Authority) -> None:
    with pytest.raises(ValueError, match="did not grant a time stamp: rejection: Bad request format or system error"):
        check(authority.answer(b"no query"), DATA)


def test_certificates_are_read_from_one_file(authority: Authority) -> None:
    pem = authority.root.public_bytes(Encoding.PEM)
    assert certificates_in(b"the authority's own\n" + pem + pem) == [authority.root, authority.root]
    with pytest.raises(ValueError):
        certificates_in(b"no certificate")
