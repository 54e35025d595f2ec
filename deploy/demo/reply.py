"""What a made-up portal answers to one request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers in order, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
