"""The daily head at the front door: signed before mails, stamped by an authority, told to a witness; it stops no step."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from authority import Authority
from front_door import Door
from loguru import logger
from scenes import DAY, HOST, MONDAY, Story, watch

from monitor.commands.heads import Heads
from monitor.commands.home import Home
from storage.keys import FILE
from storage.notes import check as check_note
from storage.records import Judgement, Subscriber, Verdict
from storage.stamps import asking, check
from storage.store import Store


class Servers:
    """An authority at /tsr and a witness at /witness, which answer as told and remember what they were sent."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.mood = "good"
        self.asked: list[tuple[str, str, bytes]] = []
        servers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                servers.asked.append((self.path, self.headers["Content-Type"], body))
                if servers.mood == "closed":
                    self.close_connection = True
                    return
                status, answer = servers.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        match self.mood:
            case "500":
                return 500, b"sorry"
            case "html":
                return 200, b"<html>Welcome</html>"
            case "other data":
                return 200, self.authority.answer(asking(b"other data").as_bytes())
        return 200, self.authority.answer(body) if path == "/tsr" else b""

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [path for path, _, _ in self.asked]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def servers(authority: Authority) -> Iterator[Servers]:
    made = Servers(authority)
    yield made
    made.close()


@pytest.fixture
def warned() -> Iterator[list[str]]:
    told: list[str] = []
    number = logger.add(lambda line: told.append(line.rstrip("\n")), level="WARNING", format="{message}")
    yield told
    logger.remove(number)


@pytest.fixture
def store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """The archive of a home on a file; what depends on the engine is tested with the shelf."""
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_file, tmp_path / "home" / "gongkai.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'home' / 'gongkai.db'}")
    watch(opened)
    yield opened
    opened.close()


def home_of(tmp_path: Path, servers: Servers | None, **more: str) -> Home:
    told = {"tsa_url": f"{servers.url}/tsr", "witness_url": f"{servers.url}/witness"} if servers else {}
    told |= {"tsa_certificates": str(servers.authority.certificates)} if servers else {}
    return Home(tmp_path / "home", **{**told, "allow_private_hosts": "true", **more})


def run_on(store: Store, day: int) -> datetime:
    """A run on a day of a simulated home; gives the time of its end."""
    Story(store).run(MONDAY + day * DAY)
    return MONDAY + day * DAY


def test_a_head_is_signed_stamped_and_witnessed_once(store: Store, tmp_path: Path, servers: Servers, warned: list[str]) -> None:
    run_on(store, 0)
    for _ in range(2):
        Heads(home_of(tmp_path, servers), store).keep()
    head = store.newest_head()
    assert head is not None
    assert head.token is not None
    assert head.witnessed is not None
    assert check(head.token, head.note.encode(), None, [servers.authority.root])
    assert servers.authority.verifies(head.token, head.note.encode())
    assert check_note(head.note, head.key).size == head.size
    assert servers.paths() == ["/tsr", "/witness"]
    assert servers.asked[0][1] == "application/timestamp-query"
    assert servers.asked[1][1:] == ("text/plain; charset=utf-8", head.note.encode())
    assert warned == []


def test_without_servers_a_head_is_signed_all_the_same(store: Store, tmp_path: Path, warned: list[str]) -> None:
    Heads(home_of(tmp_path, None), store).keep()
    assert not (tmp_path / "home" / FILE).exists()
    run_on(store, 0)
    Heads(home_of(tmp_path, None), store).keep()
    head = store.newest_head()
    assert head is not None
    assert (head.token, head.witnessed) == (None, None)
    assert (tmp_path / "home" / FILE).stat().st_mode & 0o777 == 0o600
    assert warned == []


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("500", "it answered 500"),
        ("html", "no answer of a time stamp authority"),
        ("other data", "answers another question"),
        ("closed", "connect"),
    ],
)
def test_a_wrong_answer_is_one_warning_and_the_next_step_tries_again(
    mood: str, why: str, store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    run_on(store, 0)
    servers.mood = mood
    home = home_of(tmp_path, servers, witness_url="")
    Heads(home, store).keep()
    head = store.newest_head()
    assert head is not None
    assert head.token is None
    assert len(warned) == 1
    assert why in warned[0]
    assert "127.0.0.1" in warned[0]
    servers.mood = "good"
    Heads(home, store).keep()
    assert [bool(each.token) for each in store.heads()] == [True]
    assert len(warned) == 1


def test_a_witness_that_says_no_has_not_taken_the_head(store: Store, tmp_path: Path, servers: Servers, warned: list[str]) -> None:
    run_on(store, 0)
    servers.mood = "500"
    Heads(home_of(tmp_path, servers, tsa_url=""), store).keep()
    assert [each.witnessed for each in store.heads()] == [None]
    assert len(warned) == 1
    assert "was not witnessed by 127.0.0.1" in warned[0]


def test_an_authority_that_is_not_trusted_is_one_warning(
    store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    run_on(store, 0)
    stranger = Authority(tmp_path / "stranger")
    Heads(home_of(tmp_path, servers, witness_url="", tsa_certificates=str(stranger.certificates)), store).keep()
    assert [each.token for each in store.heads()] == [None]
    assert len(warned) == 1
    assert "cannot be trusted" in warned[0]


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_certificates_that_cannot_be_read_are_one_warning(
    content: bytes | None, store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    run_on(store, 0)
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_bytes(content)
    Heads(home_of(tmp_path, servers, witness_url="", tsa_certificates=str(path)), store).keep()
    assert servers.paths() == []
    assert len(warned) == 1
    assert "GONGKAI_TSA_CERTIFICATES" in warned[0]


def test_an_address_of_this_machine_is_refused_unless_allowed(
    store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    run_on(store, 0)
    Heads(home_of(tmp_path, servers, allow_private_hosts="false"), store).keep()
    assert servers.paths() == []
    assert [(each.token, each.witnessed) for each in store.heads()] == [(None, None)]
    assert len(warned) == 2
    assert all("refused_address" in line for line in warned)


def test_heads_of_the_last_week_are_tried_again_and_a_server_that_is_away_is_asked_once(
    store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    store.mark_simulated()
    home = home_of(tmp_path, servers, witness_url="")
    servers.mood = "closed"
    for day in (0, 3, 8):
        Heads(home, store).keep(run_on(store, day))
    assert len(servers.asked) == len(warned) == 3
    servers.mood = "500"
    Heads(home, store).keep(MONDAY + 8 * DAY)
    assert len(servers.asked) == 5
    servers.mood = "good"
    Heads(home, store).keep(MONDAY + 8 * DAY)
    assert [bool(head.token) for head in store.heads()] == [False, True, True]
    assert all("\nSIMULATED\n" in head.note for head in store.heads())


def test_a_server_that_failed_is_left_alone_for_a_while_by_who_asks_every_minute(
    store: Store, tmp_path: Path, servers: Servers, warned: list[str]
) -> None:
    run_on(store, 0)
    servers.mood = "500"
    heads = Heads(home_of(tmp_path, servers), store)
    for _ in range(3):
        heads.keep()
    assert servers.paths() == ["/tsr", "/witness"]
    assert len(warned) == 2


def test_a_key_that_others_can_read_signs_nothing_and_the_mails_still_leave(store: Store, tmp_path: Path) -> None:
    run_on(store, 0)
    (tmp_path / "home" / FILE).touch(0o644)
    told = Door(tmp_path / "home", {})("deliver")
    assert told.code == 0
    assert "mails: none" in told.out
    assert "can be read by others" in told.err
    assert store.heads() == []


def test_the_mails_of_a_step_carry_the_head_of_that_step_and_status_tells_it(store: Store, tmp_path: Path) -> None:
    watch(store, subscribers=[Subscriber("desk", "desk@example.org")])
    verdict = Verdict(key="k", kind="site_unreachable", subject="site", title=HOST, severity="high", site=HOST)
    store.save_judgement(Judgement(verdicts=(verdict,)), MONDAY)
    door = Door(tmp_path / "home", {})
    assert "no head is signed yet" in door("status").out
    assert door("status", "--json").json["head"] is None
    run_on(store, 0)
    assert "1 written" in door("deliver").out
    head = store.newest_head()
    assert head is not None
    (mail,) = (tmp_path / "home" / "mail").iterdir()
    parts = [
        part.get_content() for part in message_from_bytes(mail.read_bytes(), policy=modern).walk() if not part.is_multipart()
    ]
    assert len(parts) == 2
    assert all(f"gongkai verify --head {head.size}:{head.root}" in part for part in parts)
    told = door("status")
    assert f"ledger: {head.size} entries" in told.out
    assert head.root in told.out
    assert "not stamped" in told.out
    shape = door("status", "--json").json["head"]
    assert shape == {
        "size": head.size, "root": head.root, "signed": head.signed.isoformat(), "key": head.key, "stamped": False,
        "witnessed": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["GONGKAI_TSA_URL", "GONGKAI_WITNESS_URL"])
def test_a_server_is_named_by_a_web_address(name: str, store: Store, tmp_path: Path) -> None:
    told = Door(tmp_path / "home", {name: "tsa.example.org"})("status")
    assert told.code == 1
    assert f"{name} cannot be used: write the web address" in told.err
