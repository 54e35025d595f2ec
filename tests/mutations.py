"""Ways in which a saved page may come damaged: cut, doubled, flipped, encoded anew, tags torn or piled up. Pure, by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]


def cut(body: bytes, dice: random.Random) -> bytes:
    """The beginning only, or a piece left out."""
    start, end = sorted(dice.randrange(len(body) + 1) for _ in range(2))
    return dice.choice([body[:start], body[:start] + body[end:], body[start:]])


def doubled(body: bytes, dice: random.Random) -> bytes:
    """A piece stands twice or many times, or the whole page does."""
    start = dice.randrange(len(body) + 1)
    end = min(len(body), start + dice.randrange(1, 5000))
    return dice.choice([body[:end] + body[start:], body[:start] + body[start:end] * dice.randrange(2, 60) + body[end:], body * 2])


def flipped(body: bytes, dice: random.Random) -> bytes:
    """Some bits are others."""
    damaged = bytearray(body)
    for _ in range(dice.choice([1, 20, max(1, len(body) // 50)])):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def recoded(body: bytes, dice: random.Random) -> bytes:
    """Another encoding than the page declares, or decoded wrongly once and written down so."""
    text = body.decode("utf-8", "replace")
    coding = dice.choice(["gb18030", "utf-16", "utf-16-be", "big5", "utf-8-sig", "utf-7", "twice"])
    if coding == "twice":
        return body.decode("latin-1").encode("utf-8")
    return text.encode(coding, "replace")


def torn(body: bytes, dice: random.Random) -> bytes:
    """Tags lose their brackets, change places, or lie open."""
    parts = body.split(b"<")
    for _ in range(min(len(parts), 60)):
        at = dice.randrange(len(parts))
        parts[at] = dice.choice([parts[dice.randrange(len(parts))], parts[at].replace(b">", b"", 1), parts[at][::-1], b""])
    return b"<".join(parts)


def nested(body: bytes, dice: random.Random) -> bytes:
    """Something stands thousands of levels deep in front of the page, or opens a construct that never ends."""
    deep = dice.choice(
        [b"<div>", b"<ul><li>", b"<table><tr><td>", b"<b>", b"<a href=x>", b"<font>", b"<![CDATA[", b"<!--", b"<script>"]
    )
    return deep * dice.randrange(1, 4000) + body


def swollen(body: bytes, dice: random.Random) -> bytes:
    """One run of signs without end in the middle: blanks, digits, brackets, the beginnings of marks that the reader looks for."""
    at = dice.randrange(len(body) + 1)
    run = dice.choice(
        [
            "　",
            " ",
            "1",
            "(",
            "一、",
            "2024-",
            "createPageHTML(",
            "<record>",
            "来源：",
            "发布时间：",
            "&nbsp;",
            "第",
            "\n",
            "\t",
            "http://a.",
        ]
    )
    return body[:at] + run.encode() * dice.randrange(100, 40_000) + body[at:]


MUTATIONS: tuple[Mutation, ...] = (cut, doubled, flipped, recoded, torn, nested, swollen)
