"""Saved pages with gold labels, and how a reading is counted against them. Reads a folder; knows no reader.

A folder holds `gold.jsonl` (one JSON object a page: file, url, status, headers, expect) and the pages it names.
"""

from __future__ import annotations

import json
import math
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import html

from crawler.reading.encoding import decode

_ENDS = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
GRAM = 5
"""Bodies are compared by runs of so many characters."""


@dataclass(frozen=True)
class Page:
    """One saved page and what a careful person says of it."""

    name: str
    url: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    expect: dict[str, Any]

    @property
    def text(self) -> str:
        """The page as text, decoded in the way that is known to be right, so that no reader fails by the charset alone."""
        return decode(self.body)[0]

    @property
    def is_article(self) -> bool:
        """Does a careful person see an article here."""
        return self.expect["outcome"] == "ok" and self.expect.get("kind") == "article"

    def accepts(self, key: str, value: str | None) -> bool:
        """Is this value one of those that the gold accepts for a key."""
        wanted = [self.expect.get(key), *self.expect.get(f"{key}_any", [])]
        return plain(value) in {plain(one) for one in wanted}

    @property
    def gold_texts(self) -> list[str]:
        """The accepted texts of the article: by the gold's selectors, and from where else it may begin; none if it names none."""
        selector = self.expect.get("body_selector")
        if not selector:
            return []
        # The parser would stop at the end of a page that stands inside the page.
        source = _ENDS.sub("", self.text)
        tree = html.fromstring(source.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
        for unseen in tree.cssselect("script, style, noscript"):
            unseen.drop_tree()
        found = tree.cssselect(selector)
        for part in self.expect.get("body_drop", []):
            for element in [one for root in found for one in root.cssselect(part)]:
                element.drop_tree()
        text = plain("".join(element.text_content() for element in found[:1]))
        later = text.find(plain(self.expect.get("body_first_alt", "")))
        return [text, text[later:]] if later > 0 else [text]


def load(folder: Path) -> list[Page]:
    """The pages of a folder in the order of its gold."""
    lines = (folder / "gold.jsonl").read_text("utf-8").splitlines()
    return [_page(folder, json.loads(line)) for line in lines if line.strip()]


def _page(folder: Path, gold: dict[str, Any]) -> Page:
    told = gold.get("headers") or {"content-type": "text/html"}
    # Saved bytes are decoded already, whatever the server once said.
    headers = [
        (key.encode(), value.encode()) for key, value in told.items() if key.lower() not in ("content-encoding", "content-length")
    ]
    return Page(gold["file"], gold["url"], gold["status"], tuple(headers), (folder / gold["file"]).read_bytes(), gold["expect"])


def plain(text: str | None) -> str:
    """Text for comparing: NFKC, without any blank."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


def overlap(found: str, wanted: str) -> tuple[float, float]:
    """Precision and recall of a text by its character 5-grams, counted as often as they occur."""
    ours, gold = _grams(found), _grams(wanted)
    shared = sum((ours & gold).values())
    return shared / (sum(ours.values()) or 1), shared / (sum(gold.values()) or 1)


def _grams(text: str) -> Counter[str]:
    text = plain(text).replace("|", "")
    return Counter(text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1))) if text else Counter()


def f1(precision: float, recall: float) -> float:
    """The harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass
class Share:
    """So many of so many, with the pages where it failed."""

    right: int = 0
    of: int = 0
    missed: list[str] = field(default_factory=list)

    def count(self, good: bool, where: str) -> None:
        """Count one case."""
        self.of += 1
        self.right += good
        if not good:
            self.missed.append(where)

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = wilson(self.right, self.of)
        return f"{self.right}/{self.of} ({100 * low:.0f}-{100 * high:.0f} %)"


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, JASA 22: 209)."""
    z = 1.959964
    share, spread = right / of, z * z / of
    half = z * math.sqrt(share * (1 - share) / of + spread / of / 4)
    return (share + spread / 2 - half) / (1 + spread), (share + spread / 2 + half) / (1 + spread)


def mean_with_bounds(values: Sequence[float]) -> str:
    """The mean and its 95 % interval by the bootstrap over pages (2,000 draws, always the same ones)."""
    if not values:
        return "-"
    dice = random.Random(1)
    means = sorted(_mean(dice.choices(values, k=len(values))) for _ in range(2000))
    return f"{_mean(values):.3f} ({means[50]:.3f}-{means[1949]:.3f})"


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept)
