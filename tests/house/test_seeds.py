"""Two real documents through all rooms, from the gate to the mail, in UTF-8 and GBK: what must be found and what must not."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from portal_server import Portals, Reply
from seed_pages import SEEDS, column, document, page

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the seed documents are not at {SEEDS} (set GONGKAI_SHARED)")

CITY, COPY = "www.gaoming-portal.example", "www.fanwen-copy.example"
REPORT = f"http://{CITY}/zwgk/201703/t20170324_1.html"
COPIED = f"http://{COPY}/2014/report.html"
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

[[site]]
host = "{CITY}"
name = "高明区政府网"
scheme = "http"
agencies = ["gaoming"]

[[site]]
host = "{COPY}"
name = "范文网"
scheme = "http"

[[column]]
url = "http://{CITY}/zwgk/nianbao/"
title = "政府信息公开年报"
duties = ["annual_report"]

[[page]]
url = "{COPIED}"
agency = "city"

[[subscriber]]
id = "desk"
address = "desk@watch.example"
"""


class House:
    """One home, and the portals it watches, driven by the command line alone."""

    def __init__(self, home: Path, portals: Portals, encoding: str) -> None:
        self.home, self.portals, self.encoding = home, portals, encoding
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GONGKAI_")},
            "GONGKAI_HOME": str(home),
            "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
            "GONGKAI_DELAY": "0",
            "GONGKAI_RESOLVE": f"{CITY}={portals.place},{COPY}={portals.place}",
        }

    def gongkai(self, *words: str) -> str:
        """Run one command; its standard output."""
        command = [sys.executable, "-m", "monitor", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

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

    def mails(self) -> list[EmailMessage]:
        """The mails that were filed."""
        files = sorted((self.home / "mail").glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


@pytest.fixture(params=["utf-8", "gbk"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with Portals() as portals:
        house = House(tmp_path / "home", portals, request.param)
        for host in (CITY, COPY):
            house.serve(f"{host}/", page("首页", "", ["欢迎访问本网站，这里是首页。"], request.param, 'class="main"'))
        house.serve(f"{CITY}/zwgk/nianbao/", column("政府信息公开年报", EARLIER, request.param))
        for title, url, day in EARLIER:
            body = page(
                title, f"时间：{day}", ["这是往年的报告正文，内容完整，没有缺失。"] * 5, request.param, 'class="TRS_Editor"'
            )
            house.serve(f"{CITY}{url}", body)
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
    house.serve(f"{COPY}/2014/report.html", page("通知", "", ["一段普通的文字，没有墙。"] * 5, house.encoding, 'id="zoom"'))
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
    house.serve(f"{COPY}/2014/report.html", page("通知", "", ["一段普通的文字，没有墙。"] * 5, house.encoding, 'id="zoom"'))
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


def test_read_with_judge_says_the_same_of_the_saved_pages(house: House, tmp_path: Path) -> None:
    for number, kinds in (("000", ["paywalled_section"]), ("004", [])):
        file = tmp_path / f"{number}.html"
        file.write_bytes(document(number, house.encoding, 'class="TRS_Editor"'))
        said = json.loads(house.gongkai("read", str(file), "--url", f"http://{CITY}/a.html", "--judge", "--json"))
        assert [finding["kind"] for finding in said["findings"]] == kinds
        assert said["outcome"] == "ok"
