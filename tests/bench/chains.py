"""One version kept as what differs from another, and which other one that is. Knows no database; pure but for its stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import zstandard

WINDOW = 27
LONG = 8_000_000


def delta(base: bytes, body: bytes, level: int) -> bytes:
    """A frame that only somebody who has the base can open; without a base, one that anybody can."""
    window = min(WINDOW, max(17, (len(base) + len(body)).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        level,
        source_size=len(body),
        dict_size=len(base),
        window_log=window,
        write_checksum=True,
        write_content_size=True,
        enable_ldm=len(base) + len(body) > LONG,
    )
    held = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if base else None
    return zstandard.ZstdCompressor(dict_data=held, compression_params=parameters).compress(body)


def opened(base: bytes, frame: bytes) -> bytes:
    """What `delta` packed."""
    held = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if base else None
    return zstandard.ZstdDecompressor(dict_data=held, max_window_size=2**WINDOW).decompress(frame, max_output_size=2**31)


Rule = Callable[[int], int | None]
"""Of the n-th version since a whole one: which one is its base; None: it is to be whole."""


def up_to(depth: int) -> Rule:
    """Always the one before, whole again when so many stand on it."""
    return lambda number: number - 1 if number <= depth else None


def stairs(width: int) -> Rule:
    """The number's lowest digit that is not 0, less one: of 0x3A7 it is 0x3A6, of 0x3A0 it is 0x390, of 0x300 it is 0x200."""

    def base(number: int) -> int | None:
        digit = 1
        while number % (digit * width) == 0:
            digit *= width
        return number - digit if number < 2**16 else None

    return base


@dataclass
class Chain:
    """The versions of one page by one rule."""

    rule: Rule
    level: int = 9
    share: float = 0.25  #: a delta larger than this share of the version's own size is none
    number: int = -1
    held: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    size: int = 0
    whole: int = 0
    count: int = 0
    seconds: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    def keep(self, body: bytes) -> None:
        """Keep one version more."""
        begun = time.perf_counter()
        self.number += 1
        at = self.rule(self.number) if self.number else None
        base, steps = self.held[at] if at is not None else (b"", -1)
        frame = delta(base, body, self.level)
        if base and len(frame) > self.share * len(own := delta(b"", body, self.level)):
            frame, steps, at = own, -1, None
        if at is None:
            self.number, self.held = 0, {}
        self.seconds.append(time.perf_counter() - begun)
        self.held[self.number] = body, steps + 1
        self._forget()
        self.steps.append(steps + 1)
        self.size, self.count, self.whole = self.size + len(frame), self.count + 1, self.whole + (steps < 0)

    def _forget(self) -> None:
        """Only what can still be a base is held."""
        needed, at = {self.number}, self.number
        while at:
            at = self.rule(at) or 0
            needed.add(at)
        self.held = {number: kept for number, kept in self.held.items() if number in needed}
