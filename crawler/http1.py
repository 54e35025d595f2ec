"""Reads one HTTP/1.1 answer out of the bytes of a connection. Pure: no socket, no clock.

Made for evidence, so it never throws away what came: headers stay in the order, case and number received, the content coding
stays on, and a broken answer keeps its beginning. As lenient with heads as browsers are, because portals are not strict; never
lenient about where a body ends. Rules: RFC 9112, sections 2 to 8.
"""

from __future__ import annotations

import re

Pairs = tuple[tuple[bytes, bytes], ...]

LONGEST_HEAD = 262_144
"""Bytes; real heads stay below 20 kB, but shields set very long cookies."""

LONGEST_SIZE_LINE = 4096

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"(HTTP/\d\.\d)[ \t]+(\d{3})(?:[ \t](.*?))?\r?\Z", re.DOTALL)
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")


class Message:
    """An answer in the making: `feed` it, `finish` it when the peer closes, and look at `complete` and `error`."""

    def __init__(self, max_bytes: int) -> None:
        self.version = ""
        self.status: int | None = None
        self.phrase = ""  #: the words behind the status, as received
        self.headers: Pairs = ()
        self.body = bytearray()
        self.complete = False
        self.error: str | None = None  #: class and detail as in records.Answer
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._length: int | None = None
        self._chunked = False
        self._chunk_left: int | None = None  #: bytes left of the chunk under way; None: a size line comes next
        self._in_trailers = False

    @property
    def over(self) -> bool:
        """Nothing more is wanted of the connection."""
        return self.complete or self.error is not None

    def feed(self, data: bytes) -> None:
        """Take bytes in; ignored once the answer is over."""
        if self.over:
            return
        self._buffer += data
        if self.status is None:
            self._read_head()
        if self.status is not None and not self.over:
            self._read_body()

    def finish(self, why: str = "") -> None:
        """The connection ended, properly or because of `why`."""
        if self.over:
            return
        detail = f" ({why})" if why else ""
        if self.status is None:
            begun = f"cut: closed within the head{detail}"
            self.error = begun if self._buffer else f"connect: closed before an answer{detail}"
        elif self._chunked:
            self.error = f"cut: closed within a chunked body after {len(self.body)} bytes{detail}"
        elif self._length is not None:
            self.error = f"cut: {len(self.body)} of {self._length} bytes came{detail}"
        elif why:
            self.error = f"cut: {why} after {len(self.body)} bytes"
        else:
            self.complete = True

    def _read_head(self) -> None:
        while self.status is None and not self.error:
            self._buffer[:] = self._buffer.lstrip(b"\r\n")
            end = _HEAD_END.search(self._buffer)
            if end is None:
                if len(self._buffer) > LONGEST_HEAD:
                    self.error = f"protocol: a head of more than {LONGEST_HEAD} bytes"
                elif not b"HTTP/".startswith(bytes(self._buffer[:5])):
                    self.error = f"protocol: not HTTP: {bytes(self._buffer[:40])!r}"
                return
            lines = bytes(self._buffer[: end.start()]).split(b"\n")
            del self._buffer[: end.end()]
            self._take_head(lines)

    def _take_head(self, lines: list[bytes]) -> None:
        first = _STATUS_LINE.match(lines[0])
        if first is None:
            self.error = f"protocol: not HTTP: {lines[0][:40]!r}"
            return
        status = int(first[2])
        if 100 <= status < 200 and status != 101:
            return
        self.version, self.status, self.headers = first[1].decode(), status, _pairs(lines[1:])
        self.phrase = (first[3] or b"").decode("latin-1")
        self._chunked = b"chunked" in b",".join(self._values(b"transfer-encoding")).lower()
        if status in (101, 204, 304):
            self.complete = True
        elif not self._chunked:
            self._take_length()

    def _take_length(self) -> None:
        lengths = {part.strip() for value in self._values(b"content-length") for part in value.split(b",")}
        numbers = {int(part) for part in lengths if part.isdigit() and len(part) < 16}
        if len(numbers) > 1:
            self.error = f"protocol: contradicting Content-Length {sorted(numbers)}"
        elif numbers and len(lengths) == 1:
            self._length = numbers.pop()
            if self._length > self._max_bytes:
                self._too_large(f"{self._length} bytes announced, {self._max_bytes} allowed")

    def _values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]

    def _read_body(self) -> None:
        if self._chunked:
            self._read_chunks()
        elif self._length is None:
            self._take(len(self._buffer))
        else:
            self._take(min(len(self._buffer), self._length - len(self.body)))
            self.complete = not self.error and len(self.body) == self._length

    def _read_chunks(self) -> None:
        while not self.over:
            if self._chunk_left:
                if not self._buffer:
                    return
                taken = min(len(self._buffer), self._chunk_left)
                self._chunk_left -= taken
                self._take(taken)
                continue
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > LONGEST_SIZE_LINE:
                    self._broken(bytes(self._buffer[:20]))
                return
            line = bytes(self._buffer[:end]).strip()
            del self._buffer[: end + 1]
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        """One line between chunks: a chunk's end, a size, or a trailer."""
        if self._in_trailers:
            self.complete = not line
        elif self._chunk_left == 0:
            self._chunk_left = None
            if line:
                self._broken(line)
        else:
            size = line.partition(b";")[0].strip()
            if not _HEX.match(size):
                self._broken(line)
                return
            self._chunk_left = int(size, 16)
            self._in_trailers = self._chunk_left == 0

    def _take(self, count: int) -> None:
        self.body += self._buffer[:count]
        del self._buffer[:count]
        if len(self.body) > self._max_bytes:
            self._too_large(f"more than {self._max_bytes} bytes")

    def _too_large(self, why: str) -> None:
        self.error = f"too_large: {why}"
        self.body.clear()
        self._buffer.clear()

    def _broken(self, line: bytes) -> None:
        self.error = f"cut: broken chunk after {len(self.body)} bytes: {line[:20]!r}"


def _pairs(lines: list[bytes]) -> Pairs:
    """Header lines as pairs; a line without a colon is kept as a name without a value, a folded line joins the one before."""
    pairs: list[tuple[bytes, bytes]] = []
    for line in lines:
        line = line.removesuffix(b"\r")
        if line[:1] in (b" ", b"\t") and pairs:
            name, value = pairs[-1]
            pairs[-1] = (name, value + b" " + line.strip(b" \t"))
            continue
        name, _, value = line.partition(b":")
        pairs.append((name.rstrip(b" \t"), value.strip(b" \t")))
    return tuple(pairs)
