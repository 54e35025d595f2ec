"""How politely and how far the gate goes: one frozen value, filled from the settings. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from typing import Protocol


def version() -> str:
    """The installed version of gongkai, "0" when it runs from a bare source tree."""
    try:
        return metadata.version("gongkai")
    except metadata.PackageNotFoundError:
        return "0"


def honest_agent(contact: str = "") -> str:
    """The user agent: who we are and whom to write to."""
    return f"gongkai/{version()} (+{contact or 'no contact given'})"


@dataclass(frozen=True, slots=True)
class TransportPolicy:
    """Limits and manners of the transport; seconds and bytes."""

    delay: float = 5.0  #: between the end of one visit of a host or address and the begin of the next
    jitter: float = 0.5  #: share of the delay by which it varies both ways
    timeout: float = 30.0  #: for one whole request, from connecting to the last byte
    max_bytes: int = 20_000_000
    max_redirects: int = 10
    max_wait: float = 900.0  #: the longest a fetch waits for its turn at a host before it is refused_budget
    allow_private: bool = False
    resolve: Mapping[str, str] = field(default_factory=dict)  #: host -> "address" or "address:port"
    user_agent: str = field(default_factory=honest_agent)
    obey_robots: bool = True
    concurrency: int = 16  #: requests on the wire at once, over all hosts
    retries: int = 1  #: further tries after a failure to connect
    ca_file: str | None = None  #: certificates to trust; None: the ones that certifi brings


class Leases(Protocol):
    """Who may visit a host now; one table for all processes and machines (`storage.leases`). Blocking calls, real time."""

    def claim(self, keys: Sequence[str], holder: str, now: datetime, ttl: float) -> float:
        """0.0 if all keys are granted for `ttl` seconds, else the seconds to wait before asking again."""
        ...

    def release(self, keys: Sequence[str], holder: str, next_at: datetime) -> None:
        """Give the keys back; nobody is granted them before `next_at`."""
        ...


class RobotsStore(Protocol):
    """Keeps what a host's robots.txt said, for all processes. Blocking calls."""

    def robots(self, host: str, now: datetime) -> tuple[str, str] | None:
        """("allow" | "rules" | "refuse", text), or None if unknown or older than 24 h."""
        ...

    def keep_robots(self, host: str, kind: str, text: str, at: datetime) -> None:
        """Write down what was decided at `at`."""
        ...
