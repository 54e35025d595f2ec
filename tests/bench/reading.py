"""Measures what the reader makes of saved pages with gold labels, beside the best general extractors that are installed.

``python -m tests.bench.reading FOLDER [--misses]``: title exact, day exact, body precision, recall and F1 (character 5-grams,
mean over pages), entries F1 by address and the accuracy of their dates, outcome accuracy, and on how many pages text stands that
is foreign to them. Counts with 95 % bounds. `--misses` names the pages behind each count.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crawler.reader import PageReader
from storage.records import Answer, Entry, Examination
from tests.bench.baselines import BASELINES, Said
from tests.bench.gold import Page, Share, f1, load, mean_with_bounds, overlap, plain

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Card:
    """The score card of one reader."""

    def __init__(self) -> None:
        self.title, self.day, self.outcome, self.dated, self.clean = Share(), Share(), Share(), Share(), Share()
        self.bodies: dict[str, tuple[float, float]] = {}
        self.rows: dict[str, tuple[float, float]] = {}
        self.leaks = 0

    def article(self, page: Page, said: Said) -> None:
        """Count what was said of an article."""
        if page.is_article and said.title is not None and "title" in page.expect:
            self.title.count(page.accepts("title", said.title), page.name)
        if page.is_article and said.day is not None and "published" in page.expect:
            days = {plain(day)[:10] for day in (page.expect["published"], *page.expect.get("published_any", []))}
            self.day.count(plain(said.day)[:10] in days, page.name)
        if wanted := page.gold_texts:
            self.bodies[page.name] = max((overlap(said.body or "", text) for text in wanted), key=lambda pair: f1(*pair))
        self.foreign(page, said.body or "")

    def foreign(self, page: Page, told: str) -> None:
        """Count what stands in the text and does not belong to it."""
        words = page.expect.get("must_not_contain", [])
        found = [word for word in words if plain(word) in plain(told)]
        self.leaks += len(found)
        if words:
            self.clean.count(not found, f"{page.name} {found}" if found else page.name)

    def listing(self, page: Page, entries: tuple[Entry, ...]) -> None:
        """Count the rows of a list."""
        gold = {row["url"]: row.get("date") for row in page.expect["entries"]}
        ours = {entry.url: entry.date for entry in entries}
        both = gold.keys() & ours.keys()
        if gold or ours:
            self.rows[page.name] = len(both) / (len(ours) or 1), len(both) / (len(gold) or 1)
        for url in both:
            self.dated.count(gold[url] == ours[url], f"{page.name} {url}: {ours[url]} for {gold[url]}")

    def lines(self) -> list[tuple[str, str]]:
        """Names and figures."""
        texts, rows = list(self.bodies.values()), list(self.rows.values())
        return [
            ("title exact", str(self.title)),
            ("day exact", str(self.day)),
            ("body precision", mean_with_bounds([precision for precision, _ in texts])),
            ("body recall", mean_with_bounds([recall for _, recall in texts])),
            ("body F1", mean_with_bounds([f1(*text) for text in texts])),
            ("entries F1", mean_with_bounds([f1(*row) for row in rows])),
            ("entry dates", str(self.dated)),
            ("outcome", str(self.outcome)),
            ("pages without foreign text", str(self.clean)),
            ("foreign strings", str(self.leaks)),
        ]

    def misses(self) -> list[str]:
        """What lies behind the figures that are not full."""
        shares = {"title": self.title, "day": self.day, "dates": self.dated, "outcome": self.outcome, "foreign": self.clean}
        told = [f"{name}: {where}" for name, share in shares.items() for where in share.missed]
        told += [f"body: {name} P {p:.3f} R {r:.3f}" for name, (p, r) in self.bodies.items() if f1(p, r) < 0.995]
        return told + [f"rows: {name} P {p:.3f} R {r:.3f}" for name, (p, r) in self.rows.items() if f1(p, r) < 1]


def ours(pages: list[Page]) -> Card:
    """The card of gongkai's reader."""
    card, reader = Card(), PageReader()
    for page in pages:
        examination = reader.examine(_answer(page))
        card.outcome.count(page.accepts("outcome", examination.outcome.value), f"{page.name} {examination.reason}")
        if page.expect["outcome"] != "ok":
            continue
        card.article(page, _said(examination))
        if "entries" in page.expect:
            card.listing(page, examination.reading.entries if examination.reading else ())
    return card


def _answer(page: Page) -> Answer:
    return Answer(page.url, EPOCH, EPOCH, final_url=page.url, status=page.status, headers=page.headers, body=page.body)


def _said(examination: Examination) -> Said:
    reading = examination.reading
    if reading is None:
        return Said("", "", "")
    told = [*reading.body, *(entry.title for entry in reading.entries)]
    return Said(reading.title, reading.dates.published or "", "\n".join(told))


def baseline(pages: list[Page], say: Callable[[str, str], Said]) -> Card:
    """The card of another extractor; a page on which it breaks counts as nothing said."""
    card = Card()
    for page in pages:
        if page.expect["outcome"] != "ok":
            continue
        try:
            said = say(page.text, page.url)
        except Exception as error:  # the measure must go on
            print(f"{page.name}: {type(error).__name__}: {error}"[:120])
            said = Said("", "", "")
        card.article(page, said)
    return card


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds gold.jsonl and the pages it names")
    parser.add_argument("--misses", action="store_true", help="name the pages behind each count of ours")
    asked = parser.parse_args()
    pages = load(asked.folder)
    cards = {"gongkai": ours(pages)}
    for name, make in BASELINES.items():
        try:
            cards[name] = baseline(pages, make())
        except ImportError as missing:
            print(f"{name} is not installed ({missing}); `pip install '.[bench]'` brings it")
    _print(cards)
    for miss in cards["gongkai"].misses() if asked.misses else ():
        print(miss)


def _print(cards: dict[str, Card]) -> None:
    columns = [[""] + [name for name, _ in Card().lines()]]
    columns += [[name] + [figure for _, figure in card.lines()] for name, card in cards.items()]
    widths = [max(len(cell) for cell in column) for column in columns]
    for row in zip(*columns, strict=True):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
