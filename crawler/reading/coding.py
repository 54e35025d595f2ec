"""Removes content codings (gzip, deflate, br) under a cap, so that a small body cannot become a huge one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from storage.records import Answer

try:
    brotli: Any = import_module("brotli")
except ImportError:  # not required: without it a br body is unreadable, and the transport does not ask for one
    brotli = None

MOST_BYTES = 50_000_000
"""The largest decoded body that is read."""


class CodingError(ValueError):
    """A body that cannot be decoded, or that grows beyond the cap."""


def body_of(answer: Answer) -> bytes:
    """The bytes that are read: what a browser made of an answer, else its body without content codings. Raises CodingError."""
    return uncode(answer.body, answer.header("content-encoding")) if answer.rendered is None else answer.rendered


def uncode(body: bytes, coding: str | None) -> bytes:
    """Remove the codings that Content-Encoding names, last one first.

    Raises CodingError for broken and unknown ones and for bodies that grow beyond the cap.
    """
    names = [name.strip().lower() for name in (coding or "").split(",")]
    for name in reversed([name for name in names if name not in ("", "identity", "none", "utf-8")]):
        if name in ("gzip", "x-gzip"):
            # Some servers announce gzip and send plain text.
            body = _inflated(body, 47) if body[:2] == b"\x1f\x8b" else body
        elif name == "deflate":
            body = _deflated(body)
        elif name == "br":
            body = _unbrotlied(body)
        else:
            raise CodingError(f"unknown content coding {name[:20]}")
    return body


def _deflated(body: bytes) -> bytes:
    try:
        return _inflated(body, 15)
    except CodingError:
        return _inflated(body, -15)


def _inflated(body: bytes, window: int) -> bytes:
    """The whole stream; members of a gzip file are joined. A cut stream raises, or the missing end would look like a change."""
    parts: list[bytes] = []
    size = 0
    while body:
        engine = zlib.decompressobj(window)
        try:
            part = engine.decompress(body, MOST_BYTES + 1 - size)
        except zlib.error as error:
            if parts:
                break  # padding behind the last member
            raise CodingError(f"broken {'gzip' if window == 47 else 'deflate'} body: {error}") from error
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise CodingError(f"grows beyond {MOST_BYTES} bytes")
        if not engine.eof:
            raise CodingError("body ends early")
        body = engine.unused_data
    return b"".join(parts)


def _unbrotlied(body: bytes) -> bytes:
    if brotli is None:
        raise CodingError("content coding br, and no library for it")
    decoder: Any = brotli.Decompressor()
    process: Callable[..., bytes] = decoder.process
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(body), 4096):
            part = process(body[start : start + 4096])
            size += len(part)
            parts.append(part)
            if size > MOST_BYTES:
                raise CodingError(f"grows beyond {MOST_BYTES} bytes")
    except brotli.error as error:
        raise CodingError(f"broken br body: {error}") from error
    return b"".join(parts)
