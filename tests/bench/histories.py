"""Histories of pages, look by look: made by a seed from saved pages and real change times, or taken from a git repository.

What is real: the pages (``--pages``: a folder of saved ones), when a text was edited (``--traces``: change times of real pages,
from OpenTermsArchive/contrib-versions, ODC-By 1.0; without it rates drawn like theirs), and everything in a repository that is
given. What is made: which edit, the words, the noise of each request and how many sites have which (see page_life), attachments
(bytes that cannot be compressed). A look every twelve hours; a site is made over once in
300 looks.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.reading.encoding import decode
from tests.bench.page_life import HABITS, Frame, Life, Noise, Words, frame_of

Pairs = tuple[tuple[bytes, bytes], ...]

START = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)
POLL = timedelta(hours=12)
REDESIGN = 1 / 300
"""Which share of a site's looks is the first at a new design."""
LEAST = 300
"""Bytes that a saved page must have to be one."""


REQUEST = (
    (b"User-Agent", b"Mozilla/5.0 (compatible; gongkai/0.1; +https://example.org/about-this-watch)"),
    (b"Accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
    (b"Accept-Language", b"zh-CN,zh;q=0.9"),
    (b"Accept-Encoding", b"identity"),
)
"""What every request says."""


@dataclass(frozen=True)
class Look:
    """What one request brought."""

    site: str
    url: str
    time: datetime
    body: bytes
    headers: Pairs
    edited: str = ""  #: what the editor had done since the look before; empty: nothing


@dataclass(frozen=True)
class Made:
    """What histories are to be made of."""

    pages: Path = Path(__file__).parents[1] / "pages"
    traces: Path | None = None
    seed: int = 1
    sites: int = 20
    each: int = 3  #: pages of a site
    looks: int = 200
    attachments: bool = True


def rounds(made: Made) -> Iterator[list[Look]]:
    """One list for every run of every site, site after site, each in order of time."""
    texts = {path.name: decode(path.read_bytes())[0] for path in sorted(made.pages.glob("**/*.html"))}
    texts = {name: text for name, text in texts.items() if len(text) > LEAST}
    words = Words(list(texts.values()))
    frames = [frame_of(name, text) for name, text in texts.items()]
    traces = _traces(made)
    for number in range(made.sites):
        dice = random.Random(f"{made.seed}-{number}")
        noise = dice.choices([noise for _, noise in HABITS], [weight for weight, _ in HABITS])[0]
        host = f"www.c{number}.gov.cn"
        frame = frames[number % len(frames)]
        lives = [_Page(host, page, frame, words, noise, dice.choice(traces), made.seed) for page in range(made.each)]
        files = [_File(host, made.seed)] if made.attachments and number % 4 == 0 else []
        for look in range(made.looks):
            time = START + look * POLL
            if look and dice.random() < REDESIGN:
                frame = dice.choice(frames[made.sites :] or frames)  # a new design looks like nobody else's
                for life in lives:
                    life.redesign(frame)
            yield [one.look(look, time) for one in (*lives, *files)]


class _Page:
    def __init__(self, host: str, page: int, frame: Frame, words: Words, noise: Noise, edits: list[timedelta], seed: int) -> None:
        self.dice = random.Random(f"{seed}-{host}-{page}")
        self.host, self.noise, self.edits = host, noise, edits
        self.url = f"http://{host}/zwgk/c{page}/" if frame.listing else f"http://{host}/zwgk/202301/t20230105_{4000 + page}.html"
        self.life = Life(frame, words, self.dice)
        self.life.begin(copied=page > 0)
        self.etag, self.redesigned = 1, False

    def redesign(self, frame: Frame) -> None:
        """At the next look the same text stands in another frame."""
        self.life.redesign(frame)
        self.redesigned = True

    def look(self, number: int, time: datetime) -> Look:
        edited = self._edited(number, time)
        body = self.noise(self.life.text(), self.dice, number, time).encode("utf-8", "replace")
        return Look(self.host, self.url, time, body, self._headers(time, len(body)), edited)

    def _edited(self, number: int, time: datetime) -> str:
        due = [at for at in self.edits if time - START - POLL < at <= time - START] if number else []
        if self.life.frame.listing and time.weekday() < 5 and number and self.dice.random() < 0.2:
            due.append(timedelta())
        told = [self.life.edit() for _ in due[:1]] + ["redesign"] * self.redesigned
        self.redesigned = False
        self.etag += bool(told)
        return " ".join(told)

    def _headers(self, time: datetime, size: int) -> Pairs:
        told = [
            ("Server", "nginx"),
            ("Date", f"{time:%a, %d %b %Y %H:%M:%S} GMT"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(size)),
            ("Connection", "keep-alive"),
            ("Vary", "Accept-Encoding"),
            ("X-Frame-Options", "SAMEORIGIN"),
        ]
        if self.noise.__name__ == "still":
            told += [("Last-Modified", "Fri, 05 Jan 2024 09:00:00 GMT"), ("ETag", f'"65a{self.etag:05x}-{size:x}"')]
        if self.noise.__name__ in ("session", "state"):
            token = "".join(self.dice.choices("0123456789ABCDEF", k=32))
            told.append(("Set-Cookie", f"JSESSIONID={token}; Path=/; HttpOnly"))
        return tuple((name.encode(), value.encode()) for name, value in told)


class _File:
    """An attachment that is put up anew a few times; no two of its versions have anything in common."""

    def __init__(self, host: str, seed: int) -> None:
        self.dice = random.Random(f"{seed}-{host}-file")
        self.host, self.body = host, b""

    def look(self, number: int, time: datetime) -> Look:
        new = not self.body or self.dice.random() < 0.01
        if new:
            self.body = b"%PDF-1.6\n%" + self.dice.randbytes(self.dice.randrange(60_000, 300_000)) + b"\n%%EOF\n"
        headers = ((b"Content-Type", b"application/pdf"), (b"Content-Length", str(len(self.body)).encode()))
        url = f"http://{self.host}/zwgk/202301/P020230105.pdf"
        return Look(self.host, url, time, self.body, headers, "file" if new and number else "")


def _traces(made: Made) -> list[list[timedelta]]:
    """When each of many texts was edited, from its first day on."""
    if made.traces:
        with gzip.open(made.traces) as opened:
            told = json.load(opened)
        return [[timedelta(seconds=change - page["first"]) for change in page["changes"]] for page in told]
    return [_drawn(random.Random(f"{made.seed}-{number}")) for number in range(200)]


def _drawn(dice: random.Random) -> list[timedelta]:
    """Edits at a rate like those of 875 real pages: lognormal, about one in eight never edited."""
    if dice.random() < 0.13:
        return []
    rate, day, found = math.exp(dice.gauss(-5.0, 1.46)), 0.0, []
    while day < 2000:
        day += dice.expovariate(rate)
        found.append(timedelta(days=day))
    return found


@dataclass
class Repository:
    """A git repository of which each commit holds one version of a file, like the snapshots of Open Terms Archive."""

    path: Path
    most: int | None = None
    _seen: dict[str, int] = field(default_factory=dict)

    def rounds(self) -> Iterator[list[Look]]:
        """Commit by commit; the folder stands for the site, the file for the page."""
        with subprocess.Popen(
            ["git", "-C", str(self.path), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as cat:
            for time, commit, name in self._log():
                if body := _content(cat, f"{commit}:{name}"):
                    yield [Look(*_address(name), time, body, ((b"Content-Type", _type(name)),), "commit")]
            assert cat.stdin
            cat.stdin.close()

    def _log(self) -> Iterator[tuple[datetime, str, str]]:
        how = ["--reverse", "--no-merges", "--diff-filter=AM", "-z", "--name-only", "--format=%x01%ct%x20%H"]
        told = subprocess.run(["git", "-C", str(self.path), "log", *how], capture_output=True, check=True).stdout.decode()
        left = self.most or 10**9
        for entry in told.split("\x01")[1:]:
            head, *names = entry.replace("\n", "\0").split("\0")
            stamp, commit = head.split(" ")
            for name in [name for name in names if name.endswith((".html", ".htm", ".pdf", ".md"))]:
                if (left := left - 1) < 0:
                    return
                yield datetime.fromtimestamp(int(stamp), UTC), commit, name


def _content(cat: subprocess.Popen[bytes], name: str) -> bytes:
    assert cat.stdin
    assert cat.stdout
    cat.stdin.write(name.encode() + b"\n")
    cat.stdin.flush()
    head = cat.stdout.readline().split()
    if len(head) != 3:
        return b""
    body = cat.stdout.read(int(head[2]))
    cat.stdout.read(1)
    return body


def _address(name: str) -> tuple[str, str]:
    folder, _, file = name.rpartition("/")
    host = re.sub("[^a-z0-9]", "-", (folder or "root").lower()) + ".test"
    return host, f"http://{host}/{re.sub('[^A-Za-z0-9._-]', '-', file)}"


def _type(name: str) -> bytes:
    return b"application/pdf" if name.endswith(".pdf") else b"text/html; charset=utf-8"
