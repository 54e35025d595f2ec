"""Checks that the archive is what it says: the log, its signed heads, the rows, the bytes. Mends nothing, and writes nothing.

log.py      entries are whole, their tree is what the nodes say, every head ever signed is the root of its beginning
lines.py    the looks as the log tells them, laid out as a table of this check alone
rows.py     captures, versions, spans, findings ... say the same as the looks that they name
content.py  bytes decode to their hash, and what is referred to is there
"""

from __future__ import annotations

from storage.verifying.check import Check, Checked, Fault, Progress

__all__ = ["Check", "Checked", "Fault", "Progress"]
