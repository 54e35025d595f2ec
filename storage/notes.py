"""The signed head of the ledger as it is published: a checkpoint in a signed note. Makes and checks the text, keeps nothing.

The forms are those that other transparency logs use, so that their tools and witnesses read ours (C2SP: signed-note and
tlog-checkpoint). A note is the text of a checkpoint, an empty line, and a line for each signature:

    gongkai/<name of the archive>
    <number of entries>
    <root, base64>
    time <UTC>
    SIMULATED                                     (only where the archive lives by a simulated clock)

    — gongkai/<name of the archive> <base64 of four bytes that name the key and the Ed25519 signature of the text>
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.records import moment, stamp

LONGEST = 10_000
"""Characters that a note may have; ours has some three hundred, and each witness adds a line."""

SIMULATED = "SIMULATED"

_ORIGIN = re.compile(r"gongkai/[0-9a-f]{32}")
_SIZE = re.compile(r"[1-9][0-9]{0,17}")
_SIGNED = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]{1,400}={0,2})")
_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says: so many entries of this archive have this root at this time."""

    origin: str
    size: int
    root: str  #: hex
    time: datetime
    simulated: bool = False

    def text(self) -> str:
        """The text that is signed."""
        root = b64encode(bytes.fromhex(self.root)).decode("ascii")
        told = [self.origin, str(self.size), root, f"time {stamp(self.time)}", *([SIMULATED] if self.simulated else [])]
        return "".join(f"{line}\n" for line in told)


def origin_of(archive: str) -> str:
    """How an archive with this name (32 hexadecimal digits) calls itself in its notes; raises ValueError."""
    origin = f"gongkai/{archive}"
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"{archive!r} is no name of an archive")
    return origin


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half of a key, in hex."""
    return key.public_key().public_bytes_raw().hex()


def name_of(origin: str, public: bytes) -> bytes:
    """The four bytes by which an Ed25519 signature names its key (C2SP, signed-note)."""
    return sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:4]


def signed(told: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note that says this, signed with this key."""
    text = told.text()
    named = name_of(told.origin, key.public_key().public_bytes_raw())
    return f"{text}\n— {told.origin} {b64encode(named + key.sign(text.encode())).decode('ascii')}\n"


def read(note: str) -> Checkpoint:
    """What a note says, whoever signed it; raises ValueError for anything that is not such a note to the last sign."""
    return _parts(note)[0]


def check(note: str, key: str) -> Checkpoint:
    """What a note says if this public key (hex) signed it, whoever else did; raises ValueError."""
    told, signatures = _parts(note)
    public = _public(key)
    mine = name_of(told.origin, public.public_bytes_raw())
    ours = [signature for name, signature in signatures if name == told.origin and signature[:4] == mine]
    if len(ours) != 1:
        raise ValueError(f"the note is {'signed twice' if ours else 'not signed'} by the key {key}")
    try:
        public.verify(ours[0][4:], told.text().encode())
    except InvalidSignature:
        raise ValueError("the signature of the note is false: its text or its signature was changed") from None
    return told


def _parts(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    text, blank, lines = note.partition("\n\n")
    if len(note) > LONGEST or not blank or not lines.endswith("\n"):
        raise ValueError("this is no signed note: a text, an empty line, and signatures")
    # Not splitlines: it would also part lines at signs that are no line's end in a note.
    return _checkpoint(text.split("\n")), [_signature(line) for line in lines[:-1].split("\n")]


def _checkpoint(lines: list[str]) -> Checkpoint:
    simulated = lines[4:] == [SIMULATED]
    if len(lines) != 4 + simulated:
        raise ValueError(f"a head's text has four lines, and {SIMULATED} as a fifth in a trial; this one has {len(lines)}")
    origin, size, root, time = lines[:4]
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("the first line does not name an archive of gongkai")
    if not _SIZE.fullmatch(size):
        raise ValueError("the second line is not a number of entries")
    if not time.startswith("time "):
        raise ValueError("the fourth line tells no time")
    told = Checkpoint(origin, int(size), _bytes(root, "the root").hex(), _moment(time[5:]), simulated)
    if len(told.root) != 64:
        raise ValueError("the root has not 32 bytes")
    return told


def _moment(told: str) -> datetime:
    try:
        time = moment(told)
        exact = time.tzinfo is not None and stamp(time) == told
    except (ValueError, OverflowError):
        exact = False
    if not exact:
        raise ValueError("the time is not written as 2026-01-31T00:00:00.000000Z")
    return time


def _signature(line: str) -> tuple[str, bytes]:
    found = _SIGNED.fullmatch(line)
    if not found:
        raise ValueError("a line behind the empty one is no signature")
    return found[1], _bytes(found[2], "a signature")


def _bytes(told: str, what: str) -> bytes:
    """Bytes out of base64, of which only the one usual spelling is taken."""
    try:
        data = b64decode(told, validate=True)
    except ValueError:
        data = b""
    if not data or b64encode(data).decode("ascii") != told:
        raise ValueError(f"{what} is not written in base64")
    return data


def _public(key: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    except ValueError:
        raise ValueError(f"{key!r} is no public key") from None
