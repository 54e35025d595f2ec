"""The signing key in the home: made once, for its owner alone, and never silently replaced."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from storage.errors import StoreError
from storage.keys import FILE, signing_key
from storage.notes import public_of


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = public_of(signing_key(tmp_path))
    assert public_of(signing_key(tmp_path)) == first
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")


def test_it_belongs_to_its_owner_alone_from_its_first_byte_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    really = os.fsync

    def looking(descriptor: int) -> None:
        modes.append(os.fstat(descriptor).st_mode)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", looking)
    before = os.umask(0)
    try:
        signing_key(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [stat.S_IMODE(mode) for mode in modes if stat.S_ISREG(mode)] == [0o600]


def test_many_at_once_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = {public_of(key) for key in threads.map(lambda _: signing_key(tmp_path), range(8))}
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o602])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    signing_key(tmp_path)
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(StoreError, match="read by others"):
        signing_key(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN PRIVATE KEY-----\n", b"\x00" * 300, "a key of another kind", "cut"])
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, damage: bytes | str) -> None:
    signing_key(tmp_path)
    path = tmp_path / FILE
    if damage == "cut":
        damage = path.read_bytes()[:-40]
    if isinstance(damage, str):
        other = ec.generate_private_key(ec.SECP256R1())
        damage = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(damage)
    with pytest.raises(StoreError, match="is damaged"):
        signing_key(tmp_path)
    assert path.read_bytes() == damage


def test_what_is_no_file_or_has_no_home_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        signing_key(tmp_path)
    with pytest.raises(StoreError, match="cannot be used"):
        signing_key(tmp_path / "nowhere")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE).symlink_to(tmp_path / "away")
    with pytest.raises(StoreError, match="cannot be used"):
        signing_key(tmp_path / "home")
