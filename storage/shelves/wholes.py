"""Keeps looks whole: the record of what was sent and what came, and the bytes, as little as they differ from what is kept.

What costs time is made ready before the writing transaction. Decides neither which version a look shows nor what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from storage import blobs
from storage.blobs import Frame
from storage.errors import Missing
from storage.records import SEEN, Capture, CaptureRecord, Outcome, Reading, error_class
from storage.rows import clean, pack_reading
from storage.software import software
from storage.tables import CAPTURE, PAGE, SNAPSHOT

NEIGHBOURS = 200
"""How far among the pages of a site, in the order in which they were added, a page like a new one is looked for."""

_LAST = select(CAPTURE).where(CAPTURE.c.page == bindparam("of")).order_by(CAPTURE.c.run.desc(), CAPTURE.c.number.desc()).limit(1)
_NEIGHBOUR = (
    select(PAGE.c.id, SNAPSHOT.c.sha256, SNAPSHOT.c.reading)
    .join(SNAPSHOT, SNAPSHOT.c.id == PAGE.c.version)
    .where(PAGE.c.site == bindparam("site"), PAGE.c.role == bindparam("role"))
    .where(PAGE.c.id < bindparam("of"), PAGE.c.id >= bindparam("of") - NEIGHBOURS)
    .order_by(PAGE.c.id.desc())
    .limit(1)
)
_READING_OF = select(SNAPSHOT.c.reading).where(SNAPSHOT.c.id == bindparam("of"))
_ADD_CAPTURE = insert(CAPTURE)


@dataclass(frozen=True, slots=True)
class Around:
    """What is kept of a page and its neighbours that new bytes may be held against."""

    page: Row[Any]
    last: Row[Any] | None  #: the newest capture of the page
    neighbour: Row[Any, Any, Any] | None  #: a page of the site like this one, if this one is new

    @classmethod
    def of(cls, connection: Connection, page: Row[Any], role: str | None) -> Around:
        """Look around a page."""
        last = connection.execute(_LAST, {"of": page.id}).first()
        asked = {"site": page.site, "role": page.role or role, "of": page.id}
        return cls(page, last, connection.execute(_NEIGHBOUR, asked).first() if last is None and asked["role"] else None)

    def brings_other_bytes(self, capture: Capture) -> bool:
        """Does a look bring bytes that the newest capture of the page did not."""
        answer = capture.answer
        if capture.examination.outcome is Outcome.NOT_MODIFIED:
            return False
        rendered = answer.seen_sha256 if answer.rendered is not None else None
        return self.last is None or (self.last.sha256, self.last.rendered) != (answer.sha256, rendered)


class Wholes:
    """The frames of one capture, each made when it is first asked for."""

    def __init__(self, capture: Capture, around: Around) -> None:
        self._capture, self._around = capture, around
        self._frames: dict[str, Frame] = {}

    def brings_other_bytes(self, connection: Connection) -> bool:
        """Does the look bring bytes that the page's newest capture did not; asked again where it is to be kept."""
        newest = connection.execute(_LAST, {"of": self._capture.page}).first()
        return replace(self._around, last=newest).brings_other_bytes(self._capture)

    def fails_otherwise(self, connection: Connection) -> bool:
        """Does the page not come in another way than at its newest capture: a time-out after a broken TLS, 410 after 404."""
        answer = self._capture.answer
        newest = connection.execute(_LAST, {"of": self._capture.page}).first()
        if self._capture.examination.outcome in SEEN or newest is None:
            return False
        try:
            last = CaptureRecord.unpacked(blobs.fetch(connection, newest.record), "")
        except Missing:  # gone by a tombstone
            return True
        return (last.status, error_class(last.error)) != (answer.status, error_class(answer.error))

    def prepare(self, connection: Connection) -> None:
        """Make ready what will surely be kept: all of it if the bytes are not those of the look before."""
        if self._around.brings_other_bytes(self._capture):
            for part in self._parts():
                self.frame(connection, part)

    def frame(self, connection: Connection, part: str) -> Frame:
        """The frame of a part: body, rendered, reading or record."""
        if part not in self._frames:
            body, near = getattr(self, f"_{part}")()
            self._frames[part] = blobs.pack(connection, body, dict.fromkeys(near(connection)))
        return self._frames[part]

    def keep_reading(self, connection: Connection) -> str:
        """Keep the reading; gives its hash."""
        return self._keep(connection, "reading")

    def restore_reading(self, connection: Connection) -> str:
        """Keep the reading in place of one that is damaged or was pruned; gives its hash."""
        return blobs.restore(connection, self._reading()[0])

    def keep_seen(self, connection: Connection) -> str:
        """Keep the bytes that were read; gives their hash."""
        return self._keep(connection, "rendered" if self._capture.answer.rendered is not None else "body")

    def keep_whole(self, connection: Connection, number: int) -> str:
        """Keep the look with its record and its bytes; gives the record's hash."""
        rendered = self._keep(connection, "rendered") if self._capture.answer.rendered is not None else None
        told = {"record": self._keep(connection, "record"), "sha256": self._keep(connection, "body"), "rendered": rendered}
        connection.execute(_ADD_CAPTURE, {"run": self._capture.run, "number": number, "page": self._capture.page, **told})
        return str(told["record"])

    def _keep(self, connection: Connection, part: str) -> str:
        frame = self.frame(connection, part)
        blobs.put(connection, frame)
        return frame.sha256

    def _parts(self) -> Iterator[str]:
        yield from ("body", "record")
        if self._capture.answer.rendered is not None:
            yield "rendered"
        if self._capture.examination.reading is not None:
            yield "reading"

    # Each part: its bytes, and what they may be held against, the likeliest first.

    def _body(self) -> tuple[bytes, Callable[[Connection], Iterator[str | None]]]:
        return self._capture.answer.body, self._near_body

    def _rendered(self) -> tuple[bytes, Callable[[Connection], Iterator[str | None]]]:
        return self._capture.answer.seen, self._near_rendered

    def _reading(self) -> tuple[bytes, Callable[[Connection], Iterator[str | None]]]:
        return pack_reading(self._capture.examination.reading or Reading()), self._near_reading

    def _record(self) -> tuple[bytes, Callable[[Connection], Iterator[str | None]]]:
        return record_of(self._capture).packed(), self._near_record

    def _near_body(self, connection: Connection) -> Iterator[str | None]:
        around = self._around
        if self._capture.examination.outcome in SEEN and self._capture.answer.rendered is None:
            yield around.page.sha256
        if around.last is not None:
            yield around.last.sha256
        if around.neighbour is not None:
            yield blobs.keyframe_of(connection, around.neighbour.sha256)

    def _near_rendered(self, connection: Connection) -> Iterator[str | None]:
        yield self._around.page.sha256
        if self._around.last is not None:
            yield self._around.last.rendered
        if self._around.neighbour is not None:
            yield blobs.keyframe_of(connection, self._around.neighbour.sha256)

    def _near_reading(self, connection: Connection) -> Iterator[str | None]:
        if self._around.page.version is not None:
            yield connection.execute(_READING_OF, {"of": self._around.page.version}).scalar()
        elif self._around.neighbour is not None and self._around.neighbour.reading is not None:
            yield blobs.keyframe_of(connection, self._around.neighbour.reading)

    def _near_record(self, connection: Connection) -> Iterator[str | None]:
        if self._around.last is not None:
            yield self._around.last.record
        elif self._around.neighbour is not None:
            beside = connection.execute(_LAST, {"of": self._around.neighbour.id}).first()
            yield blobs.keyframe_of(connection, beside.record) if beside is not None else None


def record_of(capture: Capture, look: str = "") -> CaptureRecord:
    """What is kept of one look beside its bytes."""
    answer, examination = capture.answer, capture.examination
    return CaptureRecord(
        look=look,
        vantage=capture.vantage,
        url=answer.url,
        final_url=answer.final_url or answer.url,
        started=answer.started,
        ended=answer.ended,
        outcome=examination.outcome.value,
        reason=clean(examination.reason),
        sha256=answer.sha256,
        rendered=answer.seen_sha256 if answer.rendered is not None else None,
        method=answer.method,
        status=answer.status,
        http_version=answer.http_version,
        phrase=answer.phrase,
        address=answer.address,
        tls=answer.tls,
        certificate=answer.certificate,
        robots=answer.robots,
        error=clean(answer.error) if answer.error else None,
        request_headers=answer.request_headers,
        headers=answer.headers,
        hops=answer.hops,
        software=software(),
        reader=examination.reading.reader if examination.reading is not None else "",
    )
