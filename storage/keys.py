"""The key that signs heads and tombstones: Ed25519, in a file of the home that only its owner may read. Signs nothing itself.

Made when it is first needed. A key that is lost is not made up for: the next one is another key, and the ledger says so.
"""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from storage.errors import StoreError

FILE = "ledger.key"
"""Its name within the home."""

_LONGEST = 10_000


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The key of a home, made if there is none; raises StoreError if it is damaged or open to others."""
    path = home / FILE
    try:
        if not os.path.lexists(path):
            _make(path)
        return _read(path)
    except OSError as error:
        raise StoreError(
            f"the key {path} cannot be used: {error.strerror or error}", "see that the home is there and that you may write to it"
        ) from None


def _make(path: Path) -> None:
    """Write a new key whole or not at all; of several processes that make one at once, the first wins."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    half = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link takes no name that is taken, where a rename would put a second key over the first.
            os.link(half, path)
        except FileExistsError:
            return
        _settle(path.parent)
    finally:
        half.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Have the new name written to the disk: a key that a head was signed with must still be there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> Ed25519PrivateKey:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        data = file.read(_LONGEST)
    if not stat.S_ISREG(mode):
        raise StoreError(f"the key {path} is no file", "put the key back from your backup")
    if mode & 0o077:
        raise StoreError(
            f"the key {path} can be read by others",
            f"chmod 600 {path}; if they may have read it, move it away: a new one is made",
        )
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(
            f"the key {path} is damaged: it holds no Ed25519 key",
            "put it back from your backup, or move it away: a new one is made, and the ledger tells of the change",
        )
    return key
