"""Signed heads as text: what is made can be checked, and nothing odd is taken for a note."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.notes import Checkpoint, check, name_of, origin_of, public_of, read, signed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = origin_of("0123456789abcdef" * 2)
TOLD = Checkpoint(ORIGIN, 42, "ab" * 32, datetime(2026, 3, 31, 1, 30, tzinfo=UTC))
NOTE = signed(TOLD, KEY)


def test_a_note_has_the_lines_of_a_checkpoint_and_a_signature() -> None:
    lines = NOTE.split("\n")
    assert lines[:5] == [ORIGIN, "42", b64encode(b"\xab" * 32).decode(), "time 2026-03-31T01:30:00.000000Z", ""]
    assert lines[5].startswith(f"— {ORIGIN} ")
    assert lines[6:] == [""]


def test_the_signature_is_over_the_text_and_begins_with_the_name_of_the_key() -> None:
    signature = b64decode(NOTE.split(" ")[-1])
    assert signature[:4] == name_of(ORIGIN, KEY.public_key().public_bytes_raw())
    KEY.public_key().verify(signature[4:], NOTE.partition("\n\n")[0].encode() + b"\n")


def test_keys_are_named_and_signatures_made_as_in_the_example_of_the_form() -> None:
    # the example with which golang.org/x/mod/sumdb/note explains the form
    public = b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    told = b64decode("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
    assert name_of("PeterNeumann", public) == told[:4] == bytes.fromhex("c74f20a3")
    Ed25519PublicKey.from_public_bytes(public).verify(told[4:], text.encode())


@pytest.mark.parametrize("told", [TOLD, replace(TOLD, simulated=True), replace(TOLD, size=1)])
def test_what_was_signed_is_read_again(told: Checkpoint) -> None:
    note = signed(told, KEY)
    assert read(note) == check(note, public_of(KEY)) == told
    assert ("\nSIMULATED\n" in note) == told.simulated


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(ValueError, match="not signed by the key"):
        check(NOTE, public_of(OTHER))
    with pytest.raises(ValueError, match="is no public key"):
        check(NOTE, "abc")


def test_witnesses_may_add_their_lines() -> None:
    more = NOTE + f"— witness.example/w1 {b64encode(b'x' * 76).decode()}\n"
    assert check(more, public_of(KEY)) == TOLD
    with pytest.raises(ValueError, match="signed twice"):
        check(NOTE + NOTE.split("\n\n")[1], public_of(KEY))


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n42\n", "\n43\n"), ("q6ur", "q6us"), ("03-31", "03-30"), (".000000Z\n", ".000000Z\nSIMULATED\n")],
)
def test_a_changed_text_is_found(before: str, after: str) -> None:
    changed = NOTE.replace(before, after, 1)
    assert changed != NOTE
    read(changed)
    with pytest.raises(ValueError, match="was changed"):
        check(changed, public_of(KEY))


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_no_sign_of_a_note_can_be_changed(at: int, sign: str) -> None:
    changed = NOTE[:at] + sign + NOTE[at + 1 :]
    if changed != NOTE:
        with pytest.raises(ValueError):
            check(changed, public_of(KEY))


@pytest.mark.parametrize(
    "odd",
    [
        "",
        NOTE.rstrip("\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n42\n", "\n042\n"),
        NOTE.replace("\n42\n", "\n0\n"),
        NOTE.replace("\n42\n", "\n-1\n"),
        NOTE.replace("\n42\n", "\n４２\n"),
        NOTE.replace("\n42\n", "\n" + "9" * 19 + "\n"),
        NOTE.replace("gongkai/", "gongkai "),
        NOTE.replace("gongkai/", "another/", 1),
        NOTE.replace(".000000Z", "Z", 1),
        NOTE.replace(".000000Z", ".000000+00:00", 1),
        NOTE.replace("time ", "date ", 1),
        NOTE.replace("\n\n", "\nmore\n\n", 1),
        NOTE.replace("\n\n", "\nSIMULATED\nSIMULATED\n\n", 1),
        NOTE.replace("\n\n", "\n\n\n", 1),
        NOTE.replace("— ", "- "),
        NOTE + "— name\n",
        NOTE + "— name " + "A" * 5 + "\n",
        NOTE + "more\n",
        NOTE + f"— w {b64encode(b'y' * 70).decode()}\n" * 200,
        TOLD.text().replace(b64encode(b"\xab" * 32).decode(), b64encode(b"\xab" * 31).decode()) + NOTE[len(TOLD.text()) :],
        TOLD.text().replace("q6s=", "q6t=") + NOTE[len(TOLD.text()) :],
    ],
)
def test_what_is_odd_is_no_note(odd: str) -> None:
    assert odd != NOTE
    with pytest.raises(ValueError):
        read(odd)


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_whatever_the_text_is_only_a_value_error_comes_of_it(text: str) -> None:
    for odd in (text, f"{ORIGIN}\n{text}\n\n{text}\n", NOTE + text):
        try:
            read(odd)
        except ValueError:
            continue


@pytest.mark.parametrize("name", ["", "abc", "A" * 32, "0" * 33, "0" * 31 + "\n"])
def test_an_archive_is_named_by_thirty_two_digits(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        origin_of(name)
