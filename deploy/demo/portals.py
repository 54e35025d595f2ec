"""The made-up portals: who speaks, under which host, in which family of portal software, and what stood there from the start.

Data only. All names, hosts and codes are invented: `.example` hosts cannot exist, and no identification code of a real site
begins with 99. A further portal is one more `Portal` in `PORTALS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.records import Agency


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a portal; `place` is its folder (TRS, table) or its number (JCMS)."""

    title: str
    place: str
    size: int = 100  #: rows on one list page


@dataclass(frozen=True, slots=True)
class Portal:
    """One made-up portal with the one agency it speaks for."""

    key: str
    host: str
    name: str  #: as the site calls itself
    agency: Agency
    short: str  #: as reports call the body
    office: str
    address: str
    family: str  #: trs | jcms | table: which templates and which form of addresses
    idcode: str
    mark: str  #: first part of its document numbers
    towns: tuple[str, ...]
    subjects: str  #: which notices it issues: government | finance
    reports: Column
    notices: Column
    earlier: tuple[tuple[int, date], ...]  #: reports of earlier years: year reported on, date shown
    standing: int  #: notices that stand in the column when the region begins
    encoding: str = "utf-8"
    robots: str | None = None
    watched: tuple[str, ...] = ()  #: keys of documents that a person named, where entries are not followed
    follow: bool = True
    watch_notices: bool = True  #: is the notices column on the watchlist
    validators: bool = False  #: does it send ETag and Last-Modified, and keep its bytes while nothing is published

    @property
    def root(self) -> str:
        """The address of the home page."""
        return f"http://{self.host}/"


QINGHE = Portal(
    key="qinghe",
    host="www.qinghe.example",
    name="青禾县人民政府门户网站",
    agency=Agency("qinghe-gov", "青禾县人民政府", "government", "county", "岚江省云岭市青禾县"),
    short="青禾县人民政府",
    office="青禾县人民政府办公室政务公开股",
    address="青禾县城关镇稻香路18号",
    family="trs",
    idcode="9901230001",
    mark="青禾政办",
    towns=("城关镇", "白鹭滩镇", "石桥坝乡", "三棵柳镇", "云雾岭乡", "柏木塘镇", "双碓镇", "鹿鸣乡", "沙坪渡镇"),
    subjects="government",
    reports=Column("政府信息公开年报", "/zwgk/zfxxgk/gknb/", 15),
    notices=Column("通知公告", "/zwgk/tzgg/", 15),
    earlier=((2021, date(2022, 3, 24)), (2022, date(2023, 3, 22)), (2023, date(2024, 3, 19))),
    standing=8,
    validators=True,
)

YUNLING = Portal(
    key="yunling",
    host="czj.yunling.example",
    name="云岭市财政局",
    agency=Agency("yunling-finance", "云岭市财政局", "department", "city", "岚江省云岭市"),
    short="云岭市财政局",
    office="云岭市财政局办公室",
    address="云岭市望湖大道206号财政大楼",
    family="jcms",
    idcode="9901000017",
    mark="云岭财函",
    towns=("青禾县", "望澜区", "松溪新区", "南屏县", "金谷县", "柳河区", "梅岭开发区"),
    subjects="finance",
    reports=Column("政府信息公开年报", "2071"),
    notices=Column("通知公告", "2043"),
    earlier=((2021, date(2022, 1, 21)), (2022, date(2023, 1, 18)), (2023, date(2024, 1, 24))),
    standing=9,
    watch_notices=False,
    robots="User-agent: *\nDisallow: /module/\nDisallow: /jsearch/\n",
)

WANGLAN = Portal(
    key="wanglan",
    host="www.wanglan.example",
    name="望澜区人民政府",
    agency=Agency("wanglan-gov", "望澜区人民政府", "government", "county", "岚江省云岭市望澜区"),
    short="望澜区人民政府",
    office="望澜区人民政府办公室",
    address="望澜区滨江中路3号",
    family="table",
    idcode="9901110002",
    mark="望澜政办",
    towns=("滨江街道", "钟楼街道", "桂花井街道", "东渡口街道", "棉纺路街道", "新塘镇", "磨盘山街道", "六里铺街道"),
    subjects="government",
    reports=Column("政府信息公开年报", "/xxgk/nb/"),
    notices=Column("通知公告", "/tzgg/"),
    earlier=((2021, date(2022, 3, 29)), (2022, date(2023, 3, 30)), (2023, date(2024, 3, 27))),
    standing=8,
    encoding="gbk",
    follow=False,
    watched=("report-2021", "report-2022", "report-2023", "notice-06", "notice-08"),
)

PORTALS = (QINGHE, YUNLING, WANGLAN)
