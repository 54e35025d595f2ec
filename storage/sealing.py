"""Seals a few secrets under a passphrase, and opens them again: scrypt and AES-256-GCM. Keeps nothing and asks nobody.

What it costs to try a passphrase is written beside the seal, within bounds: a hostile file may not ask for all memory there is.
"""

from __future__ import annotations

import json
import os
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.errors import BackupError

SHORTEST = 8
"""Letters of a passphrase; what is shorter is tried out in hours."""

COST = (2**16, 8, 2)
"""n, r, p of scrypt: 64 MB of memory for each try; as strong as OWASP's (2**17, 8, 1), with half of the memory."""

LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class Seal:
    """How a sealed text was made; public."""

    kdf: str
    cipher: str
    n: int
    r: int
    p: int
    salt: str
    nonce: str


def seal(secrets: Mapping[str, bytes], passphrase: str, bound_to: str) -> tuple[Seal, bytes]:
    """These secrets under a passphrase, good only beside what they are bound to; raises BackupError for a short passphrase."""
    if len(passphrase) < SHORTEST:
        raise BackupError("the passphrase is too short", f"take at least {SHORTEST} letters; four words are better")
    n, r, p = COST
    made = Seal("scrypt", "AES-256-GCM", n, r, p, os.urandom(16).hex(), os.urandom(12).hex())
    told = json.dumps({name: b64encode(data).decode() for name, data in secrets.items()}).encode()
    return made, AESGCM(_key(made, passphrase)).encrypt(bytes.fromhex(made.nonce), told, _beside(made, bound_to))


def unseal(sealed: bytes, made: Seal, passphrase: str, bound_to: str) -> dict[str, bytes]:
    """The secrets of `seal`; raises BackupError if the passphrase is another one, or anything was changed."""
    try:
        key = _key(made, passphrase)
        told = json.loads(AESGCM(key).decrypt(bytes.fromhex(made.nonce), sealed, _beside(made, bound_to)))
        return {str(name): b64decode(data) for name, data in told.items()}
    except InvalidTag:
        raise BackupError(
            "the passphrase is wrong, or the backup was changed", "try another, or restore --without-secrets"
        ) from None
    except (ValueError, TypeError, AttributeError) as wrong:
        raise BackupError(f"the secrets cannot be opened: {wrong}", "restore --without-secrets") from None


def _key(made: Seal, passphrase: str) -> bytes:
    n, r, p = made.n, made.r, made.p
    if (made.kdf, made.cipher) != ("scrypt", "AES-256-GCM") or not (1 < n <= 2**18 and 1 <= r <= 8 and 1 <= p <= 16):
        raise ValueError("sealed in a way that this program does not know")
    # the same letters typed on another system may come composed in another way
    letters = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return Scrypt(salt=bytes.fromhex(made.salt), length=32, n=n, r=r, p=p).derive(letters)


def _beside(made: Seal, bound_to: str) -> bytes:
    return json.dumps([asdict(made), bound_to], sort_keys=True).encode()
