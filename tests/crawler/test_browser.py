"""Pages as a real Chromium shows them, and what a page cannot do there. A test without Chromium on the machine says so."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from raw_web import MemoryLeases, MemoryRobots, Web, certificate, ok, to

from crawler.browser import ready
from crawler.browser.looks import Browser
from crawler.browser.proxy import Proxy
from crawler.browser.ready import NO_CHROMIUM, NO_EXTRA, missing
from crawler.browser.seal import seal
from crawler.reader import PageReader
from crawler.stay import akin
from storage.clock import SystemClock
from storage.records import Answer, Outcome

HTML = b"Content-Type: text/html; charset=utf-8"
JSON = b"Content-Type: application/json"
NOW = SystemClock().now()


@pytest.fixture
def chromium() -> None:
    """Skips, and says so, where there is no browser to be tested."""
    if why := missing():
        pytest.skip(why)


def page(script: str, markup: str = "<div id=app></div>") -> bytes:
    """A shell with a script, as an answer."""
    return ok(
        f"<html><head><title>政府信息公开</title></head><body>{markup}<script>{script}</script></body></html>".encode(), HTML
    )


SHOW = "document.getElementById('app').innerHTML = "
ROWS = [{"u": f"/art/{n}.html", "t": f"关于第{n}号事项的通知公告", "d": f"2024-03-0{n + 1}"} for n in range(5)]
LISTED = f"""fetch('/api/list').then(r => r.json()).then(rows => {{ {SHOW} '<ul class="list">' + rows.map(
    r => `<li><a href="${{r.u}}">${{r.t}}</a><span>${{r.d}}</span></li>`).join('') + '</ul>'; }});"""
LIST_PORTAL = {"/list/": page(LISTED), "/api/list": ok(json.dumps(ROWS).encode(), JSON)}
TEXT = "为进一步做好全县政务公开工作，现将有关事项通知如下。请各乡镇人民政府、县直各部门认真贯彻执行。" * 4


def with_browser(
    pages: dict[str, Any], deed: Callable[[Browser, Web], Awaitable[Any]], longest: float = 60.0, **how: Any
) -> tuple[Any, Web]:
    """Do something with a browser beside a small web, and end both."""

    async def run() -> tuple[Any, Web]:
        tls, leases, robots = how.pop("tls", None), how.pop("leases", None), how.pop("robots", None)
        async with Web(pages, tls=tls) as web:
            if more := how.pop("resolve_more", None):
                how["resolve"] = {**web.policy().resolve, **more}
            gate = web.gate(leases, robots, **how)
            browser = Browser(gate, longest=longest)
            try:
                return await deed(browser, web), web
            finally:
                await browser.close()
                await gate.close()

    return asyncio.run(run())


def look(pages: dict[str, Any], url: str = "http://a.test/", **how: Any) -> tuple[Answer, Web]:
    """One look."""
    return with_browser(pages, lambda browser, _: browser.look(url), **how)


def shown(answer: Answer) -> str:
    """The document after its scripts ran, without the scripts themselves."""
    assert answer.error is None, answer.error
    return re.sub(r"<script.*?</script>", "", (answer.rendered or b"").decode(), flags=re.DOTALL)


# --- what is read ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chromium")
def test_a_list_that_a_script_fetches_is_read_and_the_bytes_received_are_kept_beside_it() -> None:
    answer, web = look(LIST_PORTAL, "http://a.test/list/")
    examination = PageReader().examine(answer)
    assert (examination.outcome, examination.reason) == (Outcome.OK, "a list of 5 rows")
    assert examination.reading
    assert [entry.url for entry in examination.reading.entries] == [f"http://a.test/art/{n}.html" for n in range(5)]
    assert answer.body in LIST_PORTAL["/list/"]
    assert (answer.seen, answer.seen_type) == (answer.rendered, "text/html; charset=utf-8")
    assert answer.seen_sha256 != answer.sha256
    assert web.asked == ["a.test/robots.txt", "a.test/list/", "a.test/api/list"]  # the page itself is fetched once


@pytest.mark.usefixtures("chromium")
def test_an_article_that_comes_after_a_while_is_waited_for_by_the_clock_of_the_page() -> None:
    script = f"setTimeout(() => {{ {SHOW} '<h1>关于工作的通知</h1><div>{TEXT}</div>' }}, 3000);"
    answer, _ = look({"/art/1.html": page(script)}, "http://a.test/art/1.html")
    reading = PageReader().examine(answer).reading
    assert reading
    assert (reading.kind, reading.body) == ("article", (TEXT,))


@pytest.mark.usefixtures("chromium")
def test_a_page_that_never_comes_to_rest_is_read_and_the_same_page_twice_gives_the_same_reading() -> None:
    script = f"""setInterval(() => fetch('/poll'), 100);
        setInterval(() => document.getElementById('clock').textContent = document.timeline.currentTime, 1000);
        {SHOW} '<p id=clock></p><h1>关于工作的通知</h1><div id="r' + Math.random() + '">{TEXT}</div>';"""
    pages = {"/": page(script), "/poll": ok(b"{}", JSON)}

    async def twice(browser: Browser, _: Web) -> list[Answer]:
        return [await browser.look("http://a.test/") for _ in range(2)]

    answers, _ = with_browser(pages, twice)
    readings = [PageReader().examine(answer).reading for answer in answers]
    assert all(TEXT in shown(answer) for answer in answers)
    assert readings[0]
    assert readings[1]
    assert readings[0].identity == readings[1].identity


@pytest.mark.usefixtures("chromium")
def test_nothing_is_left_of_one_look_in_the_next() -> None:
    script = f"""localStorage.n = +(localStorage.n || 0) + 1; document.cookie = 'n=' + (document.cookie + '1');
        {SHOW} localStorage.n + document.cookie;"""

    async def twice(browser: Browser, _: Web) -> list[str]:
        return [shown(await browser.look("http://a.test/")) for _ in range(2)]

    (first, second), web = with_browser({"/": page(script)}, twice)
    assert first == second
    assert not [head for head in web.heads if b"cookie" in head.lower()]


@pytest.mark.usefixtures("chromium")
def test_an_answer_that_is_no_whole_page_is_told_as_it_came() -> None:
    pages = {
        "/gone": ok(b"<html>no</html>", HTML, status=b"404 No"),
        "/shield": ok(b"<html><script>location.reload()</script></html>", HTML, status=b"412 No"),
        "/file": ok(b"%PDF-1.4", b"Content-Type: application/pdf"),
        "/old": to("/gone"),
    }

    async def all_of_them(browser: Browser, _: Web) -> list[Answer]:
        return [await browser.look(f"http://a.test{path}") for path in pages]

    answers, _ = with_browser(pages, all_of_them)
    assert [(answer.status, answer.rendered) for answer in answers] == [(404, None), (412, None), (200, None), (404, None)]


@pytest.mark.usefixtures("chromium")
def test_what_a_page_goes_on_to_by_itself_is_named_as_the_place_it_was_seen_at() -> None:
    pages = {"/": page("location.href = '/further'"), "/further": page(SHOW + f"'{TEXT}'")}
    answer, _ = look(pages)
    assert (answer.final_url, TEXT in shown(answer)) == ("http://a.test/further", True)


@pytest.mark.usefixtures("chromium")
def test_a_page_that_only_says_it_is_elsewhere_or_cannot_go_there_is_where_it_was() -> None:
    script = f"""history.pushState(null, '', '/said'); {SHOW} '{TEXT}'; location.href = 'http://b.test/away';"""
    answer, _ = look({"/": page(script)}, resolve_more={"b.test": "127.0.0.1:1"})
    assert (answer.final_url, TEXT in shown(answer)) == ("http://a.test/", True)


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("place", ["'http://a.test:1/unsafe'", "URL.createObjectURL(new Blob(['x'], {type: 'text/html'}))"])
def test_what_the_browser_itself_shows_in_the_place_of_a_page_is_not_read(place: str) -> None:
    answer, _ = look({"/": page(f"location.href = {place}")})
    assert (answer.error or "").startswith("render: the page left for ")
    assert answer.rendered is None


@pytest.mark.usefixtures("chromium")
def test_what_a_page_asks_for_with_a_body_is_sent_as_it_is_and_with_our_own_user_agent() -> None:
    script = f"fetch('/q', {{method: 'POST', body: new URLSearchParams('page=1')}}).then(r => r.text()).then(t => {SHOW} t)"
    answer, web = look(
        {"/": page(script), "/q": ok(TEXT.encode(), b"Content-Type: text/plain; charset=utf-8")}, user_agent="we/1"
    )
    assert TEXT in shown(answer)
    assert [body for body in web.bodies if body] == [b"page=1"]
    assert web.heads[-1].startswith(b"POST /q HTTP/1.1\r\n")
    assert b"\r\nUser-Agent: we/1\r\n" in web.heads[-1]
    assert b"hrom" not in web.heads[-1]


# --- manners --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chromium")
def test_all_parts_of_a_page_share_one_turn_at_its_host_and_each_other_host_is_leased() -> None:
    parts = {f"/part{n}": ok(b"1", JSON) for n in range(30)}
    script = f"""Promise.all([...Array(30).keys()].map(n => fetch('/part' + n))).then(() => fetch('http://b.test/x'))
        .then(() => {SHOW} 'all {TEXT}')"""
    leases = MemoryLeases()
    answer, web = look({"/": page(script), **parts, "b.test/x": ok(b"1", JSON, b"Access-Control-Allow-Origin: *")}, leases=leases)
    assert "all " in shown(answer)
    assert [key for key, _ in leases.granted].count("host:a.test") == 3  # robots.txt, the page, all of its parts
    assert web.most_at_once["a.test"] <= 4
    assert sorted(path for path in web.asked if "/part" in path) == sorted(f"a.test/part{n}" for n in range(30))


@pytest.mark.usefixtures("chromium")
def test_pictures_fonts_sounds_and_frames_are_not_asked_for() -> None:
    markup = """<div id=app></div><img src=/i.png><audio src=/s.mp3 preload=auto></audio><iframe src=/frame></iframe>
        <style>@font-face { font-family: x; src: url(/f.woff) } body { font-family: x; background: url(/b.png) }</style>"""
    answer, web = look({"/": page(f"navigator.sendBeacon('/beacon'); {SHOW} '{TEXT}'", markup)})
    assert TEXT in shown(answer)
    assert web.asked == ["a.test/robots.txt", "a.test/"]


@pytest.mark.usefixtures("chromium")
def test_a_page_goes_nowhere_that_robots_txt_forbids() -> None:
    robots = ok(b"User-agent: *\nDisallow: /private", b"Content-Type: text/plain")
    answer, web = look({"/": page("location.href = '/private/x'"), "/robots.txt": robots})
    assert answer.error == (
        "render: a part of the page did not come: http://a.test/private/x: refused_robots: disallowed by a.test/robots.txt"
    )
    assert "a.test/private/x" not in web.asked


@pytest.mark.usefixtures("chromium")
def test_a_page_without_a_part_of_its_own_site_is_not_taken_for_what_the_site_says() -> None:
    pages = {**LIST_PORTAL, "/api/list": ok(b"[]", JSON, status=b"503 Busy")}
    answer, _ = look(pages, "http://a.test/list/")
    assert answer.error == "render: a part of the page did not come: http://a.test/api/list: status 503"
    assert PageReader().examine(answer).outcome is Outcome.FAILED


@pytest.mark.usefixtures("chromium")
def test_a_page_that_loads_itself_again_and_again_stays_where_it_is() -> None:
    answer, web = look({"/": page(f"{SHOW} '{TEXT}'; setInterval(() => location.reload(), 200)")})
    assert TEXT in shown(answer)
    assert web.asked.count("a.test/") == 1


# --- hostile pages --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chromium")
def test_a_page_that_opens_windows_and_asks_and_downloads_is_read_all_the_same() -> None:
    script = f"""alert('a'); confirm('b'); prompt('c'); print(); window.open('/popup');
        const a = document.createElement('a'); a.href = 'data:text/plain,x'; a.download = 'x.exe'; a.click();
        const b = document.createElement('a'); b.href = '/blank'; b.target = '_blank'; document.body.append(b); b.click();
        window.onbeforeunload = () => 'stay'; {SHOW} '{TEXT}';"""
    answer, _ = look({"/": page(script)})
    assert TEXT in shown(answer)


@pytest.mark.usefixtures("chromium")
def test_a_page_that_hangs_is_given_up_and_the_next_one_is_read() -> None:
    async def both(browser: Browser, _: Web) -> list[Answer]:
        return [await browser.look(f"http://a.test/{path}") for path in ("hang", "list/")]

    (hung, well), _ = with_browser({**LIST_PORTAL, "/hang": page("while (true) {}")}, both, longest=4.0)
    assert hung.error == "refused_browser: the page came to no rest within 4 s"
    assert hung.rendered is None
    assert "关于第0号事项" in shown(well)


@pytest.mark.usefixtures("chromium")
def test_a_browser_that_was_killed_is_started_again() -> None:
    async def kill(writer: asyncio.StreamWriter) -> None:
        for process in chromium_processes():
            if b"--type=" not in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)

    async def both(browser: Browser, _: Web) -> list[Answer]:
        return [await browser.look(f"http://a.test/{path}") for path in ("killer", "list/")]

    (lost, well), _ = with_browser({**LIST_PORTAL, "/killer": page("fetch('/kill')"), "/kill": kill}, both)
    assert (lost.error or "").startswith("refused_browser: ")
    assert "关于第0号事项" in shown(well)


class Ears:
    """Sockets on loopback that nobody may speak to; `heard` counts who did."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._tcp = [self._open(socket.AF_INET, "127.0.0.1"), self._open(socket.AF_INET6, "::1")]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.four, self.six = (ear.getsockname()[1] for ear in self._tcp)
        self.udp = self._udp.getsockname()[1]

    def _open(self, family: socket.AddressFamily, address: str) -> socket.socket:
        ear = socket.socket(family, socket.SOCK_STREAM)
        ear.bind((address, 0))
        ear.listen()
        return ear

    def listen(self) -> list[str]:
        """Who is waiting at any of them."""
        for ear in (*self._tcp, self._udp):
            ear.setblocking(False)
            try:
                self.heard.append(str(ear.accept() if ear.type is socket.SOCK_STREAM else ear.recvfrom(2000)))
            except BlockingIOError:
                continue
            finally:
                ear.close()
        return self.heard


FORBIDDEN = """
const tried = {};
async function all() {
    const places = ['http://127.0.0.1:FOUR/', 'http://localhost:FOUR/', 'http://[::1]:SIX/', 'http://169.254.169.254/latest/',
        'http://0.0.0.0:FOUR/', 'http://2130706433:FOUR/', 'http://rebind.test:FOUR/', 'https://127.0.0.1:FOUR/', 'http://10.0.0.1/'];
    for (const place of places) {
        tried[place] = await fetch(place).then(() => 'answered', () => 'refused');
        navigator.sendBeacon(place, 'x');
        for (const [tag, name] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['link', 'href'], ['embed', 'src']]) {
            const element = document.createElement(tag); element[name] = place;
            element.rel = ['preconnect', 'dns-prefetch', 'prefetch'][places.indexOf(place) % 3];
            document.body.append(element);
        }
    }
    try { new Worker(URL.createObjectURL(new Blob([`fetch('http://127.0.0.1:FOUR/'); new WebSocket('ws://127.0.0.1:FOUR/')`]))); }
    catch (error) {}
    for (const make of [() => new WebSocket('ws://127.0.0.1:FOUR/'), () => new WebSocket('wss://127.0.0.1:FOUR/'),
        () => new EventSource('http://127.0.0.1:FOUR/'), () => new WebTransport('https://127.0.0.1:FOUR/'), () => {
            const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:UDP'}]});
            peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer)); }])
        try { make(); } catch (error) {}
    document.getElementById('app').textContent = JSON.stringify(tried);
    setTimeout(() => location.href = 'http://127.0.0.1:FOUR/', 500);
}
all();
"""


@pytest.mark.usefixtures("chromium")
def test_a_page_reaches_no_address_that_the_gate_refuses_by_any_road() -> None:
    ears = Ears()
    script = FORBIDDEN.replace("FOUR", str(ears.four)).replace("SIX", str(ears.six)).replace("UDP", str(ears.udp))
    body = page(script).partition(b"\r\n\r\n")[2]
    robots = MemoryRobots()
    robots.keep_robots("a.test", "allow", "", SystemClock().now())
    # A public address that is never asked: the page is shown out of the bytes that are there already.
    hosts = {"a.test": "1.1.1.1", "rebind.test": "127.0.0.1"}
    answer = Answer("http://a.test/", NOW, NOW, "http://a.test/", 200, ((b"Content-Type", b"text/html"),), body)

    async def show(browser: Browser, _: Web) -> Answer:
        return await browser.show(answer)

    told, _ = with_browser({}, show, robots=robots, allow_private=False, resolve=hosts)
    said = re.search(r'<div id="app">(.*?)</div>', shown(told))
    assert said
    assert ears.listen() == []
    assert set(json.loads(said[1]).values()) == {"refused"}


@pytest.mark.usefixtures("chromium")
def test_the_browser_is_connected_to_the_proxy_alone() -> None:
    seen: list[tuple[str, str]] = []
    browsers: list[Browser] = []

    async def look_around(writer: asyncio.StreamWriter) -> None:
        seen.extend(await asyncio.to_thread(connections_of_chromium))
        writer.write(ok(b"1", JSON))

    async def one(browser: Browser, _: Web) -> int:
        browsers.append(browser)
        shown(await browser.look("http://a.test/"))
        assert browser._proxy
        return browser._port

    port, _ = with_browser({"/": page(f"fetch('/x').then(() => {SHOW} '{TEXT}')"), "/x": look_around}, one)
    assert ("tcp", f"127.0.0.1:{port}") in seen
    assert {peer for kind, peer in seen if kind.startswith("tcp") and peer != "0.0.0.0:0"} == {f"127.0.0.1:{port}"}


def chromium_processes() -> list[Path]:
    """The folders in /proc of the browser's processes that this test started; another test's are none of its business."""
    parents, found = {}, {os.getpid()}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    chosen = [Path("/proc", str(pid)) for pid in found]
    return [process for process in chosen if process.exists() and "chromium" in (process / "comm").read_text()]


def connections_of_chromium() -> list[tuple[str, str]]:
    """(protocol, peer) of every socket that a process named chromium holds."""
    inodes = set()
    for process in chromium_processes():
        for fd in (process / "fd").iterdir():
            with suppress(OSError):
                inodes |= set(re.findall(r"socket:\[(\d+)\]", str(fd.readlink())))
    told = []
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", protocol).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[9] in inodes:
                host, port = cells[2].split(":")
                peer = socket.inet_ntoa(bytes.fromhex(host)[::-1]) if len(host) == 8 else host
                told.append((protocol, f"{peer}:{int(port, 16)}"))
    return told


# --- TLS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("chromium")
def test_over_tls_the_real_server_is_verified_for_every_part(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "a.test")
    script = f"""(async () => {{ const good = await (await fetch('/good')).text();
        const bad = await fetch('https://b.test/bad').then(r => 'loaded ' + r.status, () => 'not loaded');
        {SHOW} good + ' / ' + bad; }})()"""
    pages = {"/": page(script), "/good": ok(b"good"), "/bad": ok(b"bad", b"Access-Control-Allow-Origin: *")}
    answer, web = look(pages, "https://a.test/", tls=context, ca_file=trusted)
    assert answer.tls == "verified"
    assert "good / not loaded" in shown(answer)
    assert "b.test/bad" not in web.asked


@pytest.mark.usefixtures("chromium")
def test_a_site_that_cannot_be_verified_is_told_as_for_a_plain_look(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "a.test")
    answer, _ = look({"/": page("")}, "https://a.test/", tls=context)
    assert (answer.error or "").startswith("tls: ")


@pytest.mark.parametrize(
    ("one", "other", "kin"),
    [
        ("http://www.a.gov.cn/x", "https://api.a.gov.cn:8443/y", True),
        ("http://www.a.gov.cn/", "http://www.b.gov.cn/", False),
        ("http://a.example/", "http://cdn.a.example/", True),
        ("http://10.0.0.1/", "http://10.0.0.2/", False),
        ("no address", "no address", False),
    ],
)
def test_parts_belong_to_a_site_by_their_registered_domain(one: str, other: str, kin: bool) -> None:
    assert akin(one, other) is kin


# --- the proxy, and a machine without a browser ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [b"GET http://a.test/ HTTP/1.1\r\n\r\n", b"CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: Basic cGFnZTp4\r\n\r\n"],
)
def test_nobody_but_a_page_under_way_gets_anything_of_the_proxy(request_: bytes) -> None:
    async def ask() -> bytes:
        proxy = Proxy(seal(SystemClock().now())[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
        writer.write(request_)
        said = await reader.read()
        writer.close()
        await proxy.close()
        return said

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 407 ")


def test_the_key_of_the_proxy_is_new_at_each_start_and_lies_on_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (first, one), (second, two) = seal(NOW), seal(NOW)
    assert one != two
    assert isinstance(first, ssl.SSLContext)
    assert isinstance(second, ssl.SSLContext)
    assert list(tmp_path.iterdir()) == []


def test_without_chromium_the_outcome_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "EXTRA", "json")
    assert missing("/no/such/chromium") == NO_CHROMIUM
    assert "apt-get install chromium" in NO_CHROMIUM


def test_without_the_extra_the_outcome_says_what_to_install_and_the_portal_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "EXTRA", "not_installed_at_all")
    answer, web = look(LIST_PORTAL)
    examination = PageReader().examine(answer)
    assert (examination.outcome, examination.reason) == (Outcome.REFUSED, f"refused_browser: {NO_EXTRA}")
    assert "pip install 'gongkai[browser]'" in NO_EXTRA
    assert web.asked == []


def test_the_extra_is_not_imported_before_a_page_needs_it() -> None:
    code = "import sys, crawler.child, monitor.__main__; print([name for name in sys.modules if 'playwright' in name])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_shell_says_how_it_can_be_read() -> None:
    body = page(LISTED).partition(b"\r\n\r\n")[2]
    answer = Answer("http://a.test/list/", NOW, NOW, "http://a.test/list/", 200, ((b"Content-Type", b"text/html"),), body)
    examination = PageReader().examine(answer)
    assert examination.outcome is Outcome.UNREADABLE
    assert examination.reason == (
        "a shell without text, filled by script: pip install 'gongkai[browser]' and set browser = true for this site"
    )
