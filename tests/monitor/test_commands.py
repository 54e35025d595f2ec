"""The front door's contract: exit codes, homes, settings, times, and one clear line for everything that goes wrong."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from front_door import Door

from crawler.settings import CrawlSettings
from monitor.__main__ import COMMANDS, gongkai
from monitor.commands.home import Home
from monitor.commands.output import plain
from monitor.commands.starting import SETTINGS
from monitor.settings import MonitorSettings
from storage.records import Agency, Watchlist
from storage.store import Store


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The door of a home that keeps its archive in a file: for what is about files, or about no archive at all."""
    for name in [name for name in os.environ if name.startswith("GONGKAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Door(tmp_path / "home", {})


@pytest.fixture
def archived(door: Door, home_settings: dict[str, str]) -> Door:
    """The door of a home whose archive is on each engine in turn."""
    return Door(door.home, home_settings)


def watched(door: Door) -> Watchlist:
    """What a home watches, as its archive says."""
    store = Store.open(door.environment.get("GONGKAI_DATABASE_URL") or Home(door.home).settings.database)
    watchlist = store.watchlist()
    store.close()
    return watchlist


def one_line(text: str) -> bool:
    return text.startswith("gongkai: ") and len(text.splitlines()) == 1


def test_every_command_has_a_help_of_its_own(door: Door) -> None:
    told = door("--help")
    assert told.code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", told.out, re.MULTILINE)
        assert door(name, "--help").code == 0


def test_it_tells_its_version(door: Door) -> None:
    assert door("--version").out.startswith("gongkai ")


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["crawl", "--bogus"],
        ["import"],
        ["findings", "--since", "soon"],
        ["read", "x", "--status", "9"],
        ["crawl", "--due", "--all"],
        ["duties", "--json", "--csv"],
        ["read", "x", "--url", "http://[::1"],
    ],
)
def test_wrong_use_is_exit_code_2(words: list[str], door: Door) -> None:
    told = door(*words)
    assert (told.code, told.out) == (2, "")
    assert "Error: " in told.err


def test_init_makes_a_home_for_its_owner_alone(door: Door) -> None:
    assert door("init").code == 0
    assert stat.S_IMODE(door.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((door.home / ".env").stat().st_mode) == 0o600
    assert not Home(door.home).settings.smtp


def test_init_overwrites_nothing(door: Door) -> None:
    door("init")
    (door.home / ".env").write_text("GONGKAI_DELAY=9\n")
    told = door("init")
    assert told.code == 1
    assert one_line(told.err)
    assert (door.home / ".env").read_text() == "GONGKAI_DELAY=9\n"


def test_what_init_writes_can_be_imported_and_exported_and_imported_again(archived: Door) -> None:
    archived("init")
    assert archived("import", archived.home / "watchlist.toml").code == 0
    for form in ("toml", "xlsx"):
        assert archived("export", f"a.{form}").code == 0
        before = watched(archived)
        assert archived("import", f"a.{form}").code == 0
        assert watched(archived) == before


def test_the_env_file_names_every_setting() -> None:
    inside = {"home", "user_agent", "resolve", "smtp_timeout", "removal_looks", "removal_span_hours"}
    fields = {*MonitorSettings.model_fields, *CrawlSettings.model_fields} - inside
    assert {name for name in fields if f"#GONGKAI_{name.upper()}=" not in SETTINGS} == set()


def test_every_default_in_the_env_file_is_true(door: Door) -> None:
    door("init")
    env = door.home / ".env"
    empty = CrawlSettings(home=door.home)
    env.write_text(re.sub(r"^#(GONGKAI_(?!CONTACT|DATABASE)\w+=)", r"\1", env.read_text(), flags=re.MULTILINE))
    assert CrawlSettings(home=door.home) == empty


@pytest.mark.parametrize("words", [["--home", "elsewhere", "import", "a.csv"], ["import", "a.csv", "--home", "elsewhere"]])
def test_the_home_may_be_named_before_and_behind_the_command(words: list[str], door: Door) -> None:
    Path("a.csv").write_text("url\nhttps://a.gov.cn/x\n")
    assert door(*words).code == 0
    assert Path("elsewhere/gongkai.db").exists()
    assert not door.home.exists()


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".env").write_text("GONGKAI_DELAY=3\nGONGKAI_CONTACT=file\nGONGKAI_HOME=nowhere\nOTHER=1\n")
    monkeypatch.setenv("GONGKAI_DELAY", "2")
    monkeypatch.setenv("GONGKAI_CONTACT", "")
    told = Home(home, timeout="7").environment
    assert (told["GONGKAI_DELAY"], told["GONGKAI_CONTACT"], told["GONGKAI_TIMEOUT"]) == ("2", "file", "7")
    assert told["GONGKAI_HOME"] == str(home)
    assert "OTHER" not in told
    assert Home(home, timeout="7").manners.timeout == 7


@pytest.mark.parametrize(
    "words",
    [
        ["status"], ["findings"], ["duties"], ["crawl"], ["judge"], ["deliver"], ["run"], ["serve"], ["export", "a.toml"],
        ["log", "https://a.gov.cn/"], ["show", "https://a.gov.cn/@2"], ["diff", "https://a.gov.cn/"],
    ],
)  # fmt: skip
def test_without_an_archive_every_command_says_what_to_do_and_makes_nothing(words: list[str], door: Door) -> None:
    told = door(*words)
    assert (told.code, told.out) == (1, "")
    assert one_line(told.err)
    assert "gongkai init" in told.err
    assert not door.home.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("DELAY", "soon"), ("PROCESSES", "0"), ("DATABASE_URL", "nonsense"), ("LOG_LEVEL", "LOUD"), ("RESOLVE", "x")],
)
def test_a_setting_that_cannot_be_used_is_one_line_that_names_it(name: str, value: str, door: Door) -> None:
    door("init")
    told = door("crawl", **{f"GONGKAI_{name}": value})
    assert told.code == 1
    assert f"GONGKAI_{name}" in told.err


def test_a_bad_file_imports_nothing_and_keep_good_imports_the_good_rows(archived: Door) -> None:
    Path("a.csv").write_text("id,name,level\na,A,city\nb,B,village\n")
    told = archived("import", "a.csv")
    assert told.code == 1
    assert told.err.splitlines()[0].startswith("row 3, level: 'village'")
    assert "nothing was imported" in told.err
    assert watched(archived).agencies == ()
    assert archived("import", "a.csv", "--keep-good").code == 0
    assert watched(archived).agencies == (Agency("a", "A", level="city"),)
    assert "village" in Path("a.csv.rejected.csv").read_text("utf-8-sig")


def test_an_empty_home_has_empty_lists(archived: Door) -> None:
    archived("init")
    assert archived("findings", "--json").json == []
    assert archived("duties", "--json").json == []
    assert archived("status", "--json").json["sites"] == []
    assert archived("crawl", "--json").json == []
    assert archived("judge", "--json").json == []
    for words in (["findings"], ["duties"], ["status"], ["crawl"], ["run"]):
        assert archived(*words).code == 0


def test_as_of_needs_a_simulated_home(archived: Door) -> None:
    archived("init")
    for words in (["crawl"], ["judge"], ["run"], ["duties"]):
        told = archived(*words, "--as-of", "2025-03-01")
        assert told.code == 1
        assert one_line(told.err)
        assert "simulated" in told.err


def test_serve_has_no_time_in_a_simulated_home(archived: Door) -> None:
    archived("init", "--simulated")
    told = archived("serve")
    assert told.code == 1
    assert "--as-of" in told.err


def test_an_unknown_site_and_an_unknown_page_say_what_to_do(archived: Door) -> None:
    archived("init")
    assert "gongkai add" in archived("crawl", "--site", "b.gov.cn").err
    told = archived("log", "https://b.gov.cn/x")
    assert (told.code, "gongkai add https://b.gov.cn/x" in told.err) == (1, True)


def test_an_empty_database_is_made_an_archive_by_the_first_command(door: Door, bare_database_url: str) -> None:
    door.environment = {"GONGKAI_DATABASE_URL": bare_database_url}
    assert door("init").code == 0
    assert door("status", "--json").json["sites"] == []


def test_a_server_that_is_away_is_one_line_that_says_what_to_do(door: Door) -> None:
    told = door("status", GONGKAI_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (told.code, told.out) == (1, "")
    assert one_line(told.err)
    assert "GONGKAI_DATABASE_URL" in told.err


def test_the_address_of_the_archive_may_be_given_as_a_flag(door: Door, database_url: str) -> None:
    Path("a.csv").write_text("id,name,level\na,A,city\n")
    assert door("import", "a.csv", "--database-url", database_url).code == 0
    assert watched(Door(door.home, {"GONGKAI_DATABASE_URL": database_url})).agencies == (Agency("a", "A", level="city"),)
    assert not (door.home / "gongkai.db").exists()


def test_a_damaged_archive_is_one_line_that_says_what_to_do(door: Door) -> None:
    door.home.mkdir()
    (door.home / "gongkai.db").write_bytes(b"this is no database" * 100)
    told = door("status")
    assert (told.code, one_line(told.err)) == (1, True)
    assert "file is not a database" in told.err


def test_a_surprise_is_one_line_and_the_trace_is_there_for_who_asks(door: Door) -> None:
    door("init")
    (door.home / "gongkai.db").unlink()
    (door.home / "gongkai.db").mkdir()
    told = door("status", GONGKAI_DEBUG="1")
    assert told.code == 1
    assert "Traceback" in told.err or one_line(told.err)


def test_a_page_cannot_move_the_cursor_of_a_terminal() -> None:
    assert plain("a\x1b[2Jb\u202egnp\x9b1mc\nd\te") == "a[2Jbgnp1mc d e"


def test_it_runs_as_a_module_and_a_closed_pipe_is_no_trace(tmp_path: Path) -> None:
    environment = {**os.environ, "GONGKAI_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    call = subprocess.Popen(
        [sys.executable, "-m", "monitor", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path
    )
    assert call.stdout is not None
    assert call.stderr is not None
    call.stdout.close()
    trouble = call.stderr.read()
    call.stderr.close()
    call.wait()
    assert b"Traceback" not in trouble


def test_a_year_without_duties_does_not_say_that_nobody_owes_anything(archived: Door) -> None:
    archived("init")
    assert archived("duties", "--year", "1999").out == "no agency owes anything for 1999; see all years with gongkai duties\n"


def test_an_env_file_that_is_no_text_is_one_line(door: Door) -> None:
    door("init")
    (door.home / ".env").write_bytes(b"\xff\xfe bad")
    told = door("status")
    assert told.code == 1
    assert one_line(told.err)
    assert "not UTF-8" in told.err


@pytest.mark.parametrize("words", [["status"], ["init"], ["import", "a.csv"]])
def test_a_home_that_may_not_be_read_is_exit_code_1(words: list[str], door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, *_words: object, **_more: object) -> bool:
        raise PermissionError(13, "Permission denied")

    # root, whom no mode keeps out, runs tests too
    monkeypatch.setattr(Path, "exists", refuse)
    monkeypatch.setattr(Path, "is_file", refuse)
    told = door(*words)
    assert told.code == 1
    assert one_line(told.err)
    assert "unexpected" not in told.err


def test_no_path_is_turned_away_by_click_as_wrong_use() -> None:
    paths = [param.type for name in COMMANDS for param in command(name).params if isinstance(param.type, click.Path)]
    assert paths
    assert not [path for path in paths if path.readable]


def command(name: str) -> click.Command:
    found = gongkai.get_command(click.Context(gongkai), name)
    assert found is not None
    return found


def test_the_log_level_of_the_home_is_obeyed_and_the_environment_wins(door: Door) -> None:
    door("init")
    with (door.home / ".env").open("a", encoding="utf-8") as file:
        file.write("GONGKAI_LOG_LEVEL=loud\n")
    assert "GONGKAI_LOG_LEVEL is 'LOUD'" in door("status").err
    assert door("status", GONGKAI_LOG_LEVEL="ERROR").code == 0


@pytest.mark.parametrize("command", ["log", "show", "diff"])
def test_what_is_no_address_is_not_told_to_be_added(command: str, archived: Door) -> None:
    archived("init")
    told = archived(command, "nope")
    assert told.code == 1
    assert "nope is not an address" in told.err
    assert "gongkai add" not in told.err


def test_a_name_that_is_no_setting_is_told_with_the_nearest_that_is_one(archived: Door) -> None:
    archived("init")
    (archived.home / ".env").write_text("GONGKAI_DELLAY=3\n", encoding="utf-8")
    told = archived("status", "--json", GONGKAI_OBEY_ROBOT="false", GONGKAI_SOMETHING_ELSE="1")
    assert (told.code, told.json["sites"]) == (0, [])
    assert told.err.splitlines() == [
        "gongkai: GONGKAI_DELLAY is no setting; did you mean GONGKAI_DELAY?",
        "gongkai: GONGKAI_OBEY_ROBOT is no setting; did you mean GONGKAI_OBEY_ROBOTS?",
        "gongkai: GONGKAI_SOMETHING_ELSE is no setting, and is passed over",
    ]


def test_every_setting_of_the_env_file_is_known(archived: Door) -> None:
    archived("init")
    names = set(re.findall(r"^#(GONGKAI_\w+)=", SETTINGS, re.MULTILINE)) - set(archived.environment)
    told = archived("status", "--json", **dict.fromkeys(names, ""))
    assert (told.code, told.err) == (0, "")
