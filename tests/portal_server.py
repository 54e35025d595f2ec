"""A few portals on one loopback port, told apart by the Host header, for crawls through the real wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Reply:
    """What a portal says at one address; `hold` is waited for before it speaks."""

    body: str | bytes = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """What a portal was asked: path with query, headers by lower-case name, and the fields of a form if one was posted."""

    path: str
    headers: Mapping[str, str]
    posted: tuple[tuple[str, str], ...] | None = None


@dataclass
class Portals:
    """Serves what `pages` holds, by "host/path"; everything else is 404. `asked` lists what was asked for, in order.

    `answering` holds portals that look at what they are asked, by host; they come first and may leave it to `pages`.
    """

    pages: dict[str, Reply] = field(default_factory=dict)
    answering: dict[str, Callable[[Asked], Reply | None]] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)  #: the same as in `asked`, with the fields
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    most_at_once: dict[str, int] = field(default_factory=dict)
    instead: Reply | None = None  #: what every address says, robots.txt too, while a site is down or behind a shield
    address: str = "127.0.0.1"

    def __enter__(self) -> Self:
        self._now: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((self.address, 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for reply in self.pages.values():
            if reply.hold:
                reply.hold.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def place(self) -> str:
        """Where it listens, as GONGKAI_RESOLVE wants it."""
        return f"{self.address}:{self._server.server_address[1]}"

    def put(self, where: str, *parts: str, **more: object) -> None:
        """Serve an HTML page at "host/path"."""
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        self.pages[where] = Reply("\n".join(parts), headers=headers, **more)  # type: ignore[arg-type]

    def asked_of(self, host: str) -> list[str]:
        """The paths that were asked for at a host, robots.txt aside."""
        return [where.removeprefix(host) for where, _ in self.asked if where.startswith(f"{host}/") and "robots" not in where]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        portals = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                portals._serve(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        host = asked.headers.get("Host", "")
        where = host + asked.path
        headers = {name.lower(): value for name, value in asked.headers.items()}
        posted = _fields(asked) if asked.command == "POST" else None
        with self._lock:
            self.asked.append((where, headers))
            if posted is not None:
                self.posted.append((where, dict(posted)))
            self._now[host] = self._now.get(host, 0) + 1
            self.most_at_once[host] = max(self.most_at_once.get(host, 0), self._now[host])
        made = self.answering[host](Asked(asked.path, headers, posted)) if host in self.answering else None
        reply = self.instead or made or self.pages.get(where, Reply("not here", 404))
        if reply.hold:
            reply.hold.wait(20)
        etag = dict(reply.headers).get("ETag")
        if etag and asked.headers.get("If-None-Match") == etag:
            reply = Reply("", 304, reply.headers)
        with self._lock:
            self._now[host] -= 1
        self._write(asked, reply)

    def _write(self, asked: BaseHTTPRequestHandler, reply: Reply) -> None:
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        try:
            asked.send_response(reply.status)
            for name, value in reply.headers:
                asked.send_header(name, value)
            asked.send_header("Content-Length", str(len(body)))
            asked.end_headers()
            asked.wfile.write(body)
        except OSError:
            return


def _fields(asked: BaseHTTPRequestHandler) -> tuple[tuple[str, str], ...]:
    body = asked.rfile.read(int(asked.headers.get("Content-Length", "0")))
    return tuple(parse_qsl(body.decode("ascii"), keep_blank_values=True))


def article(title: str, day: str = "2024-03-01", *paragraphs: str) -> str:
    """A page as a county portal writes it."""
    told = paragraphs or ("为进一步做好全县政务公开工作，现将有关事项通知如下。", "请各乡镇人民政府、县直各部门认真贯彻执行。")
    text = "".join(f"<p>{paragraph}</p>" for paragraph in told)
    return (
        f'<html><head><title>{title}</title><meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{day}">'
        f'</head><body><h1>{title}</h1><div class="info">发布日期：{day}</div><div id="zoom">{text}</div></body></html>'
    )


def column(title: str, rows: list[tuple[str, str]], next_page: str | None = None) -> str:
    """A list of articles: (address, title) rows, each with a date."""
    items = "".join(f'<li><a href="{url}">{name}</a><span>2024-03-01</span></li>' for url, name in rows)
    more = f'<div class="page"><a href="{next_page}">下一页</a></div>' if next_page else ""
    return (
        f'<html><head><title>{title}</title><meta name="ColumnName" content="{title}"></head>'
        f'<body><ul class="list">{items}</ul>{more}</body></html>'
    )


def home(name: str = "示例县人民政府") -> str:
    """A home page."""
    return (
        f'<html><head><title>{name}</title><meta name="SiteName" content="{name}"></head><body><h1>{name}</h1>'
        "<p>欢迎访问本站，这里公开县人民政府的文件、报告与统计数据，供公众查阅和监督。</p></body></html>"
    )
