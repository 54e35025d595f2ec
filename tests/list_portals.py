"""Portals whose lists are not turned over by plain links: ASP.NET's postbacks, a list that wants a Referer, a bare shell.

Each looks at what it is asked as the real ones do, and shows an error page, or nothing, to whoever asks wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from portal_server import Asked, Reply

HTML = ("Content-Type", "text/html; charset=utf-8")
ROWS = 2


def rows(first: int, count: int = ROWS) -> str:
    """Rows of a list, numbered on."""
    return "".join(
        f'<li><a href="/a/{n}.html">关于第{n}号事项的通知公告</a><span>2024-02-{28 - n % 28:02}</span></li>'
        for n in range(first, first + count)
    )


@dataclass
class AspNet:
    """A list in the manner of ASP.NET 4: each answer has a view state, and only with it and its session it is turned.

    `pages` of it; `turned` tells which were shown, in order.
    """

    pages: int = 4
    path: str = "/List.aspx"
    first: int = 0  #: number of the first row
    pinned: int | None = None  #: number of a row above all others on the first page
    steady: bool = False  #: do state and session stay the same for ever
    forgets: bool = False  #: is every session lost at once
    turned: list[int] = field(default_factory=list)
    sessions: dict[str, int] = field(default_factory=dict)  #: session -> the page it was shown last

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.path.partition("?")[0] != self.path:
            return None
        if asked.posted is None:
            session = "s" if self.steady else f"s{len(self.sessions)}"
            self.sessions[session] = 1
            return self._show(1, session, (("Set-Cookie", f"ASP.NET_SessionId={session}; path=/; HttpOnly"),))
        fields, session = dict(asked.posted), asked.headers.get("cookie", "").partition("ASP.NET_SessionId=")[2]
        current = self.sessions.get(session)
        if (
            self.forgets
            or current is None
            or fields.get("__VIEWSTATE") != state(session, current)
            or "__EVENTVALIDATION" not in fields
        ):
            return Reply("<html><title>运行时错误</title><body><h1>验证视图状态 MAC 失败</h1></body></html>", 500, (HTML,))
        wanted = int(fields["__EVENTARGUMENT"]) if fields["__EVENTTARGET"] == "Pager" else current
        self.sessions[session] = wanted
        return self._show(wanted, session, ())

    def _show(self, page: int, session: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        self.turned.append(page)
        click = f"""href="javascript:__doPostBack('Pager','{page + 1}')\"""" if page < self.pages else "disabled"
        pinned = rows(self.pinned, 1) if self.pinned is not None and page == 1 else ""
        told = (
            '<html><head><title>公示公告</title><meta name="ColumnName" content="公示公告"></head><body>'
            f'<form method="post" action=".{self.path}" id="form1"><input type="hidden" name="__VIEWSTATE" '
            f'value="{state(session, page)}"><input type="hidden" name="__EVENTTARGET" value="">'
            '<input type="hidden" name="__EVENTARGUMENT" value=""><input type="hidden" name="__EVENTVALIDATION" value="/wE=">'
            f"<ul>{pinned}{rows(self.first + (page - 1) * ROWS)}</ul>"
            f'<div id="Pager"><a {click}>下一页</a></div></form></body></html>'
        )
        return Reply(told, headers=(HTML, *headers))


def state(session: str, page: int) -> str:
    """A view state that fits one session and one page."""
    return f"/wEP{sha256(f'{session} {page}'.encode()).hexdigest()}+=="


@dataclass
class Endless:
    """A list that always names one more page: `shown` says which rows page n has."""

    shown: Sequence[int]  #: first row of page 1, 2, ...; the last one stands for all further pages
    names: Sequence[str] = ()  #: what page 1, 2, ... calls its next page; none: page n + 1

    def __call__(self, asked: Asked) -> Reply | None:
        path, _, query = asked.path.partition("?")
        if path != "/list":
            return None
        page = int(query.removeprefix("page=") or 1)
        further = self.names[page - 1] if page <= len(self.names) else f"/list?page={page + 1}"
        start = self.shown[min(page, len(self.shown)) - 1]
        return Reply(
            f'<html><head><title>公示公告</title></head><body><ul>{rows(start)}</ul><a href="{further}">下一页</a></body></html>',
            headers=(HTML,),
        )


@dataclass
class Bare:
    """A column whose page only frames the list and says where the rows stand; these come empty to whoever does not come from it.

    `whole`: the page holds its rows after all. `status` is that of the rows, `count` how many there are on each of two pages.
    """

    first: int = 0
    count: int = ROWS
    status: int = 200
    whole: bool = False
    etag: str = ""
    token: str = ""  #: changes what the page is made of, and nothing that it says
    title: str = "公示公告"
    empty: int = 0  #: how often rows were asked for by somebody who came from nowhere

    def __call__(self, asked: Asked) -> Reply | None:
        path, _, query = asked.path.partition("?")
        if path == "/col/":
            return self._frame(asked)
        if path != "/rows":
            return None
        if not asked.headers.get("referer", "").startswith(f"http://{asked.headers['host']}/"):
            self.empty += 1
            return Reply(_list(""), headers=(HTML,))
        page = int(query.removeprefix("page="))
        further = '<a href="/rows?page=2">下一页</a>' if page == 1 and self.count else ""
        return Reply(_list(rows(self.first + (page - 1) * self.count, self.count), further), self.status, (HTML,))

    def _frame(self, asked: Asked) -> Reply:
        headers = (HTML, *((("ETag", self.etag),) if self.etag else ()))
        if self.whole:
            return Reply(_list(rows(self.first, self.count)), headers=headers)
        frame = f'<div id="list" data-rows="/rows?page=1">正在加载</div><script>token="{self.token}"</script>'
        return Reply(_list("", frame, self.title), headers=headers)


def _list(items: str, more: str = "", title: str = "公示公告") -> str:
    head = f'<html><head><title>{title}</title><meta name="ColumnName" content="{title}"></head>'
    return f"{head}<body><ul>{items}</ul>{more}</body></html>"
