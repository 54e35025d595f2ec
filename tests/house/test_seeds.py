"""Five real documents through all rooms, from the gate to the mail, in UTF-8 and GBK: what must be found and what must not."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from front_door import Door
from portal_server import Portals, Reply
from seed_pages import SEEDS, column, document, page

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the seed documents are not at {SEEDS} (set GONGKAI_SHARED)")

CITY, COPY = "www.gaoming-portal.example", "www.fanwen-copy.example"
FUXIN, XIANGTAN, DALIAN = "www.fuxin-portal.example", "www.xiangtan-portal.example", "www.dalian-portal.example"
HOSTS = (CITY, COPY, FUXIN, XIANGTAN, DALIAN)
REPORT = f"http://{CITY}/zwgk/201703/t20170324_1.html"
COPIED = f"http://{COPY}/2014/report.html"
BRANDED = f"http://{FUXIN}/zwgk/report.html"
SWAPPED = f"http://{XIANGTAN}/zwgk/report.html"
NOTICE = f"http://{DALIAN}/zwgk/notice.html"
WATCHLIST = f"""
[[agency]]
id = "gaoming"
name = "佛山市高明区人民政府"
kind = "government"
level = "county"

[[agency]]
id = "city"
name = "某市人民政府"
level = "city"

[[agency]]
id = "fuxin"
name = "阜新市人民政府"
level = "city"

[[agency]]
id = "xiangtan"
name = "湘潭市人民政府"
level = "city"

[[agency]]
id = "dalian"
name = "大连市人民政府"
level = "city"

[[site]]
host = "{CITY}"
name = "高明区政府网"
scheme = "http"
agencies = ["gaoming"]

[[site]]
host = "{COPY}"
name = "范文网"
scheme = "http"

[[site]]
host = "{FUXIN}"
name = "阜新市政府网"
scheme = "http"
agencies = ["fuxin"]

[[site]]
host = "{XIANGTAN}"
name = "湘潭市政府网"
scheme = "http"
agencies = ["xiangtan"]

[[site]]
host = "{DALIAN}"
name = "大连市政府网"
scheme = "http"
agencies = ["dalian"]

[[column]]
url = "http://{CITY}/zwgk/nianbao/"
title = "政府信息公开年报"
duties = ["annual_report"]

[[page]]
url = "{COPIED}"
agency = "city"

[[page]]
url = "{BRANDED}"

[[page]]
url = "{SWAPPED}"

[[page]]
url = "{NOTICE}"

[[duty]]
agency = "xiangtan"
duty = "work_points_report"
period = "2014"
due = 2015-03-31
basis = "2014年政府信息公开工作要点"
title = "工作要点.*报告"

[[subscriber]]
id = "desk"
address = "desk@watch.example"
"""


class House:
    """One home, and the portals it watches, driven by the command line alone."""

    def __init__(self, home: Path, portals: Portals, encoding: str, database: str) -> None:
        self.home, self.portals, self.encoding = home, portals, encoding
        environment = {
            "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
            "GONGKAI_DELAY": "0",
            "GONGKAI_DATABASE_URL": database,
            "GONGKAI_RESOLVE": ",".join(f"{host}={portals.place}" for host in HOSTS),
        }
        self.door = Door(home, environment)

    def gongkai(self, *words: str) -> str:
        """Run one command; its standard output."""
        said = self.door(*words)
        assert said.code == 0, said.err
        return said.out

    def serve(self, where: str, body: bytes) -> None:
        """Serve bytes without saying their encoding, as many portals do."""
        self.portals.pages[where] = Reply(body, headers=(("Content-Type", "text/html"),))

    def live(self, *days: str) -> None:
        """Crawl, judge and deliver on each of these days."""
        for day in days:
            self.gongkai("run", "--as-of", f"{day}T10:00+08:00")

    def findings(self) -> list[dict[str, Any]]:
        """All findings."""
        found: list[dict[str, Any]] = json.loads(self.gongkai("findings", "--json"))
        return found

    def about(self, url: str) -> dict[str, dict[str, Any]]:
        """The findings about one address, by kind; of each kind there is but one."""
        found = [finding for finding in self.findings() if finding["url"] == url]
        by_kind = {finding["kind"]: finding for finding in found}
        assert len(by_kind) == len(found)
        return by_kind

    def told(self, url: str) -> str:
        """What the mails that name this address say, as text."""
        texts = (mail.get_body(("plain",)).get_content() for mail in self.mails())  # type: ignore[union-attr]
        return "\n".join(text for text in texts if url in text)

    def mails(self) -> list[EmailMessage]:
        """The mails that were filed."""
        files = sorted((self.home / "mail").glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A home whose portals stand; one encoding on each engine, since neither knows of the other."""
    encoding = "utf-8" if database_url.startswith("sqlite") else "gbk"
    with Portals() as portals:
        house = House(tmp_path / "home", portals, encoding, database_url)
        for host in HOSTS:
            house.serve(f"{host}/", page("首页", "", ["欢迎访问本网站，这里是首页。"], encoding, 'class="main"'))
        house.serve(f"{CITY}/zwgk/nianbao/", column("政府信息公开年报", EARLIER, encoding))
        for title, url, day in EARLIER:
            body = page(title, f"时间：{day}", ["这是往年的报告正文，内容完整，没有缺失。"] * 5, encoding, 'class="TRS_Editor"')
            house.serve(f"{CITY}{url}", body)
        for url in (COPIED, BRANDED, SWAPPED, NOTICE):
            plain = page("通知", "", ["一段普通的文字，没有墙。"] * 5, encoding, 'id="zoom"')
            house.serve(url.removeprefix("http://"), plain)
        house.gongkai("init", "--simulated")
        (house.home / "watchlist.toml").write_text(WATCHLIST, encoding="utf-8")
        yield house


EARLIER = [("高明区2015年政府信息公开工作年度报告", "/zwgk/201603/t20160325_1.html", "2016-03-25")]
LATER = [("高明区2016年政府信息公开工作年度报告", "/zwgk/201703/t20170324_1.html", "2017-03-24"), *EARLIER]


def publish(house: House) -> None:
    """Put the report of 2016 into the column and the copied report onto the copier's site."""
    house.serve(f"{CITY}/zwgk/nianbao/", column("政府信息公开年报", LATER, house.encoding))
    house.serve(f"{CITY}/zwgk/201703/t20170324_1.html", document("004", house.encoding, 'class="TRS_Editor"'))


def test_the_report_of_2016_is_on_time_and_nothing_is_said_against_it(house: House) -> None:
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2017-03-22", "2017-03-23")
    publish(house)
    house.live("2017-03-24", "2017-04-10")
    (duty,) = [row for row in json.loads(house.gongkai("duties", "--json", "--year", "2016")) if row["agency"] == "gaoming"]
    assert (duty["due"], duty["state"], duty["days"], duty["grounds"]) == ("2017-03-31", "on_time", -7, "observed")
    assert duty["url"] == REPORT
    about = [found for found in house.findings() if found["url"] == REPORT]
    assert [(found["kind"], found["machine"], found["also"]) for found in about] == [("report_published", "settled", [])]
    told = "".join(mail.get_body(("plain",)).get_content() for mail in house.mails())  # type: ignore[union-attr]
    assert REPORT in told
    assert "7 days early" in told


def test_found_first_years_later_it_is_still_on_time_on_the_ground_of_the_date_shown(house: House) -> None:
    publish(house)
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05")
    (duty,) = [row for row in json.loads(house.gongkai("duties", "--json", "--year", "2016")) if row["agency"] == "gaoming"]
    assert (duty["state"], duty["days"], duty["grounds"], duty["shown"]) == ("on_time", -7, "shown", "2017-03-24")
    assert [found for found in house.findings() if found["url"] == REPORT] == []


def test_the_walled_copy_names_its_host_and_accuses_no_agency(house: House) -> None:
    house.serve(f"{COPY}/2014/report.html", document("000", house.encoding, 'class="entry-content"'))
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05", "2026-05-06")
    (finding,) = [found for found in house.findings() if found["url"] == COPIED]
    assert (finding["kind"], finding["also"], finding["agency"], finding["site"]) == ("paywalled_section", [], None, COPY)
    assert COPY in json.dumps(finding["reasons"], ensure_ascii=False)
    read = json.loads(house.gongkai("show", COPIED, "--json"))
    assert [(gap["kind"], gap["missing"], gap["strength"]) for gap in read["gaps"]] == [("wall", ["(一)", "(二)"], "strong")]
    assert any(heading["label"] == "(三)" for heading in read["outline"])
    told = [mail for mail in house.mails() if COPIED in mail.get_body(("plain",)).get_content()]  # type: ignore[union-attr]
    assert len(told) == 1
    assert "(一)" in told[0].get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_the_branded_copy_is_told_with_its_one_wrong_sum_and_settles_nothing_against_the_agency(house: House) -> None:
    house.serve(BRANDED.removeprefix("http://"), document("001", house.encoding, 'class="TRS_Editor"'))
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05", "2026-05-06")
    about = house.about(BRANDED)
    assert about.keys() == {"impostor_copy", "sums_disagree", "late_report"}
    impostor, sums, late = about["impostor_copy"], about["sums_disagree"], about["late_report"]
    assert (impostor["machine"], impostor["agency"], impostor["site"]) == ("settled", None, FUXIN)
    (sign,) = impostor["detail"]["signs"]
    assert (sign["text"], sign["number"], sign["province"]) == ("必赢体育人民政府办公厅", "辽政办明电〔2018〕3号", "辽宁省")
    assert any(FUXIN in reason["text"] for reason in impostor["reasons"])
    assert (sums["agency"], sums["detail"]["in_all"]) == (None, 1)
    (one,) = sums["detail"]["sums"]
    assert (one["total"], one["unit"], one["parts"], one["sum"]) == (47, "条", [3, 30, 3, 6, 8], 50)
    assert (late["machine"], late["detail"]["days"], late["detail"]["grounds"]) == ("suspected", 20, "shown")
    told = house.told(BRANDED)
    assert "3 + 30 + 3 + 6 + 8 = 50" in told
    assert "辽宁省" in told
    assert "more difference" not in told
    assert "late report | suspected" in told
    assert json.loads(house.gongkai("show", BRANDED, "--json"))["gaps"] == []


def test_the_swapped_host_lets_the_late_report_on_work_points_be_suspected_only(house: House) -> None:
    house.serve(SWAPPED.removeprefix("http://"), document("002", house.encoding, 'class="TRS_Editor"'))
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05", "2026-05-06")
    about = house.about(SWAPPED)
    assert about.keys() == {"impostor_copy", "late_report"}
    assert (about["impostor_copy"]["machine"], about["impostor_copy"]["agency"]) == ("suspected", None)
    assert any("www.0413piao.com" in reason["text"] for reason in about["impostor_copy"]["reasons"])
    late = about["late_report"]
    assert (late["machine"], late["agency"]["id"], late["detail"]["duty"]) == ("suspected", "xiangtan", "work_points_report")
    assert (late["detail"]["days"], late["detail"]["grounds"], late["detail"]["due"]) == (90, "shown", "2015-03-31")
    duties = [row for row in json.loads(house.gongkai("duties", "--json")) if row["agency"] == "xiangtan"]
    (owed,) = [row for row in duties if row["duty"] == "work_points_report"]
    assert (owed["state"], owed["days"], owed["grounds"], owed["shown"]) == ("late", 90, "shown", "2015-06-29")
    assert [row for row in duties if row["duty"] == "annual_report" and row["url"] is not None] == []
    told = house.told(SWAPPED)
    assert "late report | suspected" in told
    assert "www.0413piao.com" in told
    read = json.loads(house.gongkai("show", SWAPPED, "--json"))
    assert (read["published"], read["gaps"]) == ("2015-06-29T08:31", [])
    assert not any(heading["label"].startswith(("一是", "二是", "三是")) for heading in read["outline"])


def test_an_accusation_settled_before_the_page_was_hijacked_is_taken_back(house: House) -> None:
    genuine = document("002", house.encoding, 'class="TRS_Editor"').replace(b"www.0413piao.com", XIANGTAN.encode())
    house.serve(SWAPPED.removeprefix("http://"), genuine.replace(b"12345", b"12306"))
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05")
    assert {kind: found["machine"] for kind, found in house.about(SWAPPED).items()} == {"late_report": "settled"}
    assert "late report | settled" in house.told(SWAPPED)
    house.serve(SWAPPED.removeprefix("http://"), document("002", house.encoding, 'class="TRS_Editor"'))
    house.live("2026-06-06")
    machines = {kind: found["machine"] for kind, found in house.about(SWAPPED).items()}
    assert (machines["late_report"], machines["impostor_copy"]) == ("suspected", "suspected")
    assert "late report | suspected" in house.told(SWAPPED)


def test_the_directive_is_kept_and_nothing_is_said_against_it(house: House) -> None:
    house.serve(NOTICE.removeprefix("http://"), document("003", house.encoding, 'class="TRS_Editor"'))
    house.gongkai("import", str(house.home / "watchlist.toml"))
    house.live("2026-05-05", "2026-05-06")
    assert house.about(NOTICE) == {}
    read = json.loads(house.gongkai("show", NOTICE, "--json"))
    assert (read["dates"]["written"], read["dates"]["shown"], read["gaps"]) == ("2014-05-30", "2014-05-30", [])


KINDS = {"000": ["paywalled_section"], "001": ["impostor_copy", "sums_disagree"], "002": ["impostor_copy"], "003": [], "004": []}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("number", list(KINDS))
def test_read_with_judge_says_the_same_of_the_saved_pages(number: str, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / f"{number}.html"
    file.write_bytes(document(number, encoding, 'class="TRS_Editor"'))
    said = Door(tmp_path, {})("read", str(file), "--url", f"http://{CITY}/a.html", "--judge", "--json").json
    assert [finding["kind"] for finding in said["findings"]] == KINDS[number]
    assert said["outcome"] == "ok"
    assert (said["directive"] is not None) == (number == "003")
    assert bool(said["gaps"]) == (number == "000")
    if number == "001":
        assert said["findings"][1]["detail"]["in_all"] == 1


def test_without_an_address_nobody_knows_whether_a_printed_host_is_foreign(tmp_path: Path) -> None:
    file = tmp_path / "002.html"
    file.write_bytes(document("002", "utf-8", 'class="TRS_Editor"'))
    assert Door(tmp_path, {})("read", str(file), "--judge", "--json").json["findings"] == []


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_directives_tasks_leads_deadlines_and_rule_are_read(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "003.html"
    file.write_bytes(document("003", encoding, 'class="TRS_Editor"'))
    directive = Door(tmp_path, {})("read", str(file), "--judge", "--json").json["directive"]
    tasks = directive["tasks"]
    assert [task["number"] for task in tasks] == list(range(1, 21))
    assert all(task["leads"] and task["text"] for task in tasks)
    assert tasks[0]["leads"] == ["市编委办", "市政府行政服务中心"]
    assert tasks[10]["leads"] == ["市教育局", "各行业主管部门"]
    assert tasks[18]["leads"] == ["市食安委办公室", "市食品药品监管局"]
    assert directive["deadlines"] == ["2014-07-15", "2014-11-20"]
    assert ["20个工作日" in rule for rule in directive["rules"]] == [True]
