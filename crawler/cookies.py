"""The cookies of one list: what a portal set on the way to its list's pages, sent back with what is posted to it.

Pure. Kept in memory along one list's pages and no longer; a plain look sends none. Never asks which path or domain a cookie
is meant for: it goes back to the very host that set it, or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from storage.records import Answer
from storage.versioning import host_of

MOST = 50
"""Cookies of one host, as browsers allow at least (RFC 6265, 6.1)."""

LONGEST = 4096

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z\[\]:@-]+\Z")
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e \x80-\xff]*\Z")
_OVER = re.compile(r";\s*max-age\s*=\s*(?:0+\s*(?:;|\Z)|-)", re.IGNORECASE)


def after(cookies: Mapping[str, str], answer: Answer) -> dict[str, str]:
    """What is in the jar after an answer: what was sent, and what the asked host set itself, on redirects too."""
    host = host_of(answer.url)
    told = [(hop.url, hop.headers) for hop in answer.hops]
    jar = dict(cookies)
    for url, headers in (*told, (answer.final_url or answer.url, answer.headers)):
        if host_of(url) == host:
            jar = taken(jar, headers)
    return jar


def taken(cookies: Mapping[str, str], headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """The jar with what these headers set, and without what they take back."""
    jar = dict(cookies)
    for said in (value.decode("latin-1") for name, value in headers if name.lower() == b"set-cookie"):
        name, equals, value = (part.strip() for part in said.partition(";")[0].partition("="))
        if not equals or len(name) + len(value) > LONGEST or not _NAME.match(name) or not _VALUE.match(value):
            continue
        if _OVER.search(said):
            jar.pop(name, None)
        elif name in jar or len(jar) < MOST:
            jar[name] = value
    return jar


def cookie_header(cookies: Mapping[str, str]) -> list[tuple[str, str]]:
    """The header that sends them back; none for an empty jar."""
    told = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [("Cookie", told)] if told else []
