"""An archive as the first schema held it, with rows in every table, written in plain SQL: what migrations have to carry along.

A county's portal over six runs: a notice that was changed and changed back, a report that was taken away, a row that left its
column, a look at which the server was silent, a run that broke off and one that is still open.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import zstandard
from pydantic import TypeAdapter
from sqlalchemy import Connection, text

from storage.records import Dates, Entry, Reading

HOST = "www.qinghe.example"
HOME, COLUMN = f"https://{HOST}/", f"https://{HOST}/zwgk/"
NOTICE, REPORT, PAPER = f"https://{HOST}/zwgk/1.html", f"https://{HOST}/nianbao/2.html", f"https://{HOST}/zwgk/3.pdf"
START = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HEADERS = [["Server", "nginx"], ["Content-Type", "text/html; charset=utf-8"], ["X-Odd", "caf\u00e9 \u0080"]]
_FRAME = "".join(f'<li><a href="/zwgk/{n}.html">第{n}号通知</a><span>2025-02-{n:02}</span></li>\n' for n in range(1, 29))


def _page(words: str) -> bytes:
    return f"<html><head><title>青禾县</title></head><body><ul>{_FRAME}</ul><p>{words}</p></body></html>".encode()


BODIES = {
    "home": _page("欢迎访问青禾县人民政府网站"),
    "column": _page("政务公开"),
    "column without": _page("政务公开").replace("第7号通知".encode(), "第77号通知".encode()),
    "notice": _page("全县安排资金1200万元。"),
    "notice changed": _page("全县安排资金800万元。"),
    "report": _page("青禾县2024年政府信息公开工作年度报告"),
    "gone": b"<html><title>404 Not Found</title></html>",
    "paper": b"%PDF-1.4\n" + bytes(range(256)) * 40,
    "nothing": b"",
}
_SHOWN = Dates(shown="2025-02-07")
READINGS = {
    "home": Reading(kind="other", title="青禾县", body=("欢迎",), reader="7"),
    "column": Reading(kind="listing", title="政务公开", entries=(Entry("第7号通知", NOTICE, "2025-02-07"),), reader="7"),
    "column without": Reading(kind="listing", title="政务公开", entries=(Entry("第77号通知", NOTICE, "2025-02-07"),), reader="7"),
    "notice": Reading(
        kind="article", title="通知", dates=Dates(shown="2025-02-07"), body=("全县安排资金1200万元。",), reader="7"
    ),
    "notice changed": Reading(
        kind="article", title="通知", dates=Dates(shown="2025-02-07"), body=("全县安排资金800万元。",), reader="7"
    ),
    "report": Reading(kind="article", title="年度报告", body=("一、总体情况", "二、其他"), reader="6"),
    "paper": Reading(kind="article", title="附件", body=("表一",), family="file", reader="7"),
}
_READING = TypeAdapter(Reading)


def sha(name: str) -> str:
    """The hash of one of BODIES."""
    return hashlib.sha256(BODIES[name]).hexdigest()


def at(days: float) -> datetime:
    """So many days after the first run began."""
    return START + timedelta(days=days)


class Filler:
    """Writes rows, in the way that each engine keeps times, days and JSON."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def put(self, table: str, **values: Any) -> None:
        """One row."""
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(f":{name}" for name in values)
        self._connection.execute(
            text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), {n: self._kept(v) for n, v in values.items()}
        )

    def numbered_on(self, table: str) -> None:
        """Rows were given their numbers: the next one is the database's own."""
        if not self._sqlite:
            told = f"""SELECT setval(pg_get_serial_sequence('"{table}"', 'id'), (SELECT max(id) FROM "{table}"))"""
            self._connection.execute(text(told))

    def _kept(self, value: Any) -> Any:
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        if self._sqlite and isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return value.isoformat() if self._sqlite and isinstance(value, date) else value


def fill(connection: Connection) -> None:
    """Fill a database that stands at revision 0001."""
    to = Filler(connection)
    _watchlist(to)
    _bytes(to)
    _runs(to)
    _seen(to)
    _judged(to)
    _sent(to)
    for table in ("page", "snapshot", "sighting", "entry", "run", "change", "finding", "alert", "message"):
        to.numbered_on(table)


def _watchlist(to: Filler) -> None:
    to.put("house", name="simulated", value="yes")
    body = {"kind": "government", "level": "county", "region": "清州", "valid_from": date(2010, 1, 1), "valid_to": None}
    to.put("agency", id="qinghe", name="青禾县人民政府", successor=None, **body)
    to.put("agency", id="qinghe-old", name="青禾县人民政府（旧）", successor="qinghe", **body)
    to.put("site", host=HOST, name="青禾县", scheme="https", delay=2.5, every=None, follow=True, tls="fallback", sound_runs=3)
    to.put("speaks", site=HOST, agency="qinghe", rank=0)
    to.put(
        "duty",
        agency="qinghe",
        duty="annual_report",
        period="2024",
        due=date(2025, 1, 31),
        basis="条例第五十条",
        title="年度报告",
        site=None,
    )
    filters = {"agencies": [], "sites": [], "kinds": [], "severity": "low", "settled_only": False, "digest": "run"}
    to.put("subscriber", id="desk", address="desk@example.org", notifier="email", filters=filters, last_digest=at(3))
    to.put("lease", key=f"host:{HOST}", holder=None, until=None, next_at=at(4))
    to.put("lease", key="addr:192.0.2.1", holder="77:1", until=at(4.5), next_at=at(4))
    to.put("robots", host=HOST, kind="allow", text="User-agent: *\nDisallow:", fetched=at(4))


def _bytes(to: Filler) -> None:
    for name, body in BODIES.items():
        frame = zstandard.ZstdCompressor(level=6, write_checksum=True).compress(body)
        to.put("blob", sha256=sha(name), size=len(body), data=frame)


PAGES = {1: (HOME, "home"), 2: (COLUMN, "column"), 3: (NOTICE, "article"), 4: (REPORT, "article"), 5: (PAPER, "attachment")}
RUNS = {1: "sound", 2: "sound", 3: "suspect", 4: "sound", 5: "abandoned", 6: "open"}

SNAPSHOTS = {1: (1, 1, "home"), 2: (2, 1, "column"), 3: (3, 1, "notice"), 4: (4, 1, "report"), 5: (5, 1, "paper")}
SNAPSHOTS |= {6: (3, 2, "notice changed"), 7: (2, 2, "column without")}
"""Number of the row: page, number within the page, body."""

LOOKS = [
    ("1.1", 1, "home", "ok", 1), ("1.2", 2, "column", "ok", 2), ("1.3", 3, "notice", "ok", 3), ("1.4", 4, "report", "ok", 4),
    ("1.5", 5, "paper", "ok", 5), ("2.3", 3, "notice changed", "ok", 6), ("2.4", 4, "gone", "gone", None),
    ("3.1", 1, "nothing", "failed", None), ("4.2", 2, "column without", "ok", 7), ("4.3", 3, "notice", "ok", 3),
    ("5.1", 1, "home", "ok", 1), ("6.1", 1, "home", "ok", 1),
]  # fmt: skip
"""Looks that began a span, and were kept: name, page, body, outcome, row of the snapshot."""


def time_of(look: str) -> datetime:
    """When a look ended: a minute after the other, a run each day."""
    run, number = look.split(".")
    return at(int(run) - 1) + timedelta(minutes=int(number))


def _runs(to: Filler) -> None:
    for run, state in RUNS.items():
        closed = None if state == "open" else at(run - 1) + timedelta(hours=1)
        reasons = ["half of its pages failed"] if state == "suspect" else []
        to.put(
            "run", id=run, site=HOST, vantage="here", opened=at(run - 1), closed=closed, beat=closed or at(run - 1),
            state=state, reasons=reasons, tally={"ok": 4, "looks": 5}, looks=1 if state == "open" else 5,
            judged_at=closed if run < 3 else None,
        )  # fmt: skip


def _seen(to: Filler) -> None:
    for page, (url, role) in PAGES.items():
        version = max(number for number, (of, _, _) in SNAPSHOTS.items() if of == page)
        current = 3 if page == 3 else version
        look = {1: "5.1", 2: "4.2", 3: "4.3", 4: "1.4", 5: "1.5"}[page]
        body = SNAPSHOTS[current][2]
        to.put(
            "page", id=page, site=HOST, url=url, key=url.removeprefix("https://"), role=role, title=f"第{page}页", agency=None,
            venue_for=["annual_report"] if page == 2 else [], part_of=None, named=page == 2, added=START, next_look=at(6),
            every=86400.0, etag='"x"', last_modified=None, sha256=sha(body), latest=LATEST[page], version=current,
            current=current, current_look=look, current_sha256=sha(body), current_seen=time_of(look),
            first_sound=time_of(f"1.{page}"),
            first_sound_look=f"1.{page}", first_sound_sha256=sha(SNAPSHOTS[page][2]), shown="2025-02-07", meta=None, rows=0,
            mark=3, judged_mark=2,
        )  # fmt: skip
    for row, (page, number, body) in SNAPSHOTS.items():
        reading = READINGS[body]
        packed = zstandard.ZstdCompressor(level=3).compress(_READING.dump_json(reading))
        first = next(time_of(look) for look, _, _, _, snapshot in LOOKS if snapshot == row)
        to.put(
            "snapshot", id=row, page=page, number=number, identity=reading.identity, sha256=sha(body), url=PAGES[page][0],
            content_type="text/html", reader=reading.reader, reading=packed, first_seen=first, sound=True,
        )  # fmt: skip
    for look, page, body, outcome, _ in LOOKS:
        _capture(to, look, page, body, outcome)
    for number, (look, page, body, outcome, snapshot) in enumerate(LOOKS, start=1):
        _sighting(to, number, look, page, body, outcome, snapshot)
    _rows_of_the_column(to)
    to.put(
        "look", run=6, number=1, page=1, outcome="ok", reason="200", entries=0, known=True, fresh=True, verdict="same",
        time=time_of("6.1"),
    )  # fmt: skip


LATEST = {1: 12, 2: 9, 3: 10, 4: 7, 5: 5}


def _capture(to: Filler, look: str, page: int, body: str, outcome: str) -> None:
    silent = outcome == "failed"
    hop = {"url": PAGES[page][0], "status": 302, "headers": HEADERS, "address": "192.0.2.1"}
    to.put(
        "capture", look=look, page=page, run=int(look[0]), vantage="here", url=PAGES[page][0], final_url=PAGES[page][0],
        started=time_of(look) - timedelta(seconds=2), ended=time_of(look),
        status=None if silent else 404 if outcome == "gone" else 200, http_version="" if silent else "1.1",
        address=None if silent else "192.0.2.1", tls="none" if silent else "verified", robots="allowed",
        error="timeout: no answer within 30 s" if silent else None, request_headers=[["User-Agent", "gongkai"]],
        headers=[] if silent else HEADERS, hops=[hop] if page == 4 else [], sha256=sha(body), outcome=outcome, reason="200",
    )  # fmt: skip


def _sighting(to: Filler, number: int, look: str, page: int, body: str, outcome: str, snapshot: int | None) -> None:
    sound = RUNS[int(look[0])] == "sound"
    told = {"first": time_of(look), "last": time_of(look)}
    for end in ("first", "prior", "last"):
        known = sound and end != "prior"
        told |= {f"sound_{end}": time_of(look) if known else None, f"sound_{end}_look": look if known else None}
        told |= {f"sound_{end}_sha256": sha(body) if known else None}
    to.put(
        "sighting", id=number, page=page, outcome=outcome, reason="200", snapshot=snapshot, sha256=sha(body), url=PAGES[page][0],
        looks=1, first_look=look, last_look=look, first_run=int(look[0]), last_run=int(look[0]), sound_count=int(sound), **told,
    )  # fmt: skip


def _rows_of_the_column(to: Filler) -> None:
    seen = {"first_seen": time_of("1.2"), "first_look": "1.2", "first_url": COLUMN, "first_sha256": sha("column")}
    gone = {"last_seen": time_of("1.2"), "absent_at": time_of("4.2"), "absent_look": "4.2", "listed": False}
    there = {"last_seen": time_of("4.2"), "absent_at": None, "absent_look": None, "listed": True}
    row = {"column": 2, "date": "2025-02-07", "number": None}
    to.put("entry", id=1, key="7", url=NOTICE, title="第7号通知", page=3, **row, **seen, **gone)
    to.put("entry", id=2, key="8", url=REPORT, title="年度报告", page=None, **row, **seen, **there)


DIFFERENCE = {"kind": "figure", "before": "1200万元", "after": "800万元", "paragraph": 0, "spans": [["-", "1200"], ["+", "800"]]}


def _judged(to: Filler) -> None:
    changed = {"page": 3, "baseline": False, "superseded": False, "sound": True, "noise_only": False}
    first = {"before_seen": time_of("1.3"), "before_look": "1.3", "before_sha256": sha("notice")}
    first |= {"seen": time_of("2.3"), "after_look": "2.3", "after_sha256": sha("notice changed")}
    back = {"before_seen": time_of("2.3"), "before_look": "2.3", "before_sha256": sha("notice changed")}
    back |= {"seen": time_of("4.3"), "after_look": "4.3", "after_sha256": sha("notice")}
    done, waits = {"compared_at": at(2), "judged_at": at(2)}, {"compared_at": None, "judged_at": None}
    to.put("change", id=1, before=3, after=6, returned=False, differences=[DIFFERENCE], **changed, **first, **done)
    to.put("change", id=2, before=6, after=3, returned=True, differences=[], **changed, **back, **waits)
    proof = {
        "capture": "2.3",
        "time": time_of("2.3").isoformat(),
        "url": NOTICE,
        "outcome": "ok",
        "sha256": sha("notice changed"),
    }
    told = {"agency": "qinghe", "agency_name": "青禾县人民政府", "site": HOST, "also": [], "priority": 50, "severity": "high"}
    reasons = [{"rule": "figure_changed", "text": "1200万元 became 800万元"}]
    to.put(
        "finding", id=1, key="figure_changed:3:1", kind="figure_changed", subject="page", machine="settled", human="confirmed",
        title="一个数字被改", page=3, url=NOTICE, reasons=reasons, evidence=[proof | {"role": "after"}], after=time_of("1.3"),
        by=time_of("2.3"), detail={"change": 1}, raised=at(2), updated=at(2), **told,
    )  # fmt: skip
    to.put(
        "finding", id=2, key="page_removed:4", kind="page_removed", subject="page", machine="suspected", human="none",
        title="年度报告不见了", page=4, url=REPORT, reasons=[], evidence=[], after=None, by=None, detail={}, raised=at(3),
        updated=at(3), **told,
    )  # fmt: skip


MESSAGES = {1: "sent", 2: "filed", 3: "dead", 4: "waiting"}


def mail_of(number: int) -> bytes:
    """The frozen bytes of a message; no text in them is UTF-8 by chance."""
    return b"Subject: \xc7\xe0 %d\r\n\r\n\x00\xff" % number


def _sent(to: Filler) -> None:
    for number, state in MESSAGES.items():
        over = state != "waiting"
        to.put(
            "message", id=number, message_id=f"<{number}@example.org>", subscriber="desk", address="desk@example.org",
            notifier="email", subject="青禾县", content=mail_of(number), state=state, attempts=int(over), created=at(3),
            next_try=None if over else at(3), claimed_by=None if over else "host:1", claimed_until=None if over else at(3.1),
            done_at=at(3) if over else None, error="550 no" if state == "dead" else None,
            place="mail/a.eml" if state == "filed" else None,
        )  # fmt: skip
    for number, (finding, turn, message) in enumerate([(1, "settled", 1), (1, "settled", 4), (2, "suspected", None)], start=1):
        to.put("alert", id=number, finding=finding, subscriber="desk", turn=turn, raised=at(3), message=message)
