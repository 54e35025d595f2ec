"""The made-up portals of the region, each of another family of portal software.

Data only. All names, hosts and codes are invented: `.example` hosts cannot exist, and no identification code of a real site
begins with 99. A further portal is one more `Portal` in `PORTALS`.
"""

from __future__ import annotations

from datetime import date

from deploy.demo.portal import Column, Portal
from storage.records import Agency

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
    notices=Column("通知公告", "/zwgk/tzgg/", 12),
    earlier=((2021, date(2022, 3, 24)), (2022, date(2023, 3, 22)), (2023, date(2024, 3, 19))),
    standing=8,
    every=45,
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

SONGXI = Portal(
    key="songxi",
    host="www.songxi.example",
    name="松溪新区政府网",
    agency=Agency("songxi-gov", "松溪新区人民政府", "government", "county", "岚江省云岭市松溪新区"),
    short="松溪新区人民政府",
    office="松溪新区党政办公室",
    address="松溪新区创新大道1号",
    family="ucap",
    idcode="9901220003",
    mark="松溪政办",
    towns=("白石街道", "竹园街道", "北港镇", "枣林镇", "双泉乡", "茶亭镇"),
    subjects="government",
    reports=Column("政府信息公开年报", "/sxxq/c104511/"),
    notices=Column("通知公告", "/sxxq/c104317/"),
    earlier=((2022, date(2023, 3, 21)), (2023, date(2024, 3, 26))),
    standing=5,
    every=75,
    follow=False,
    watched=("report-2022", "report-2023", "notice-04", "notice-05"),
)

NANPING = Portal(
    key="nanping",
    host="jyj.nanping.example",
    name="南屏县教育局",
    agency=Agency("nanping-education", "南屏县教育局", "department", "county", "岚江省云岭市南屏县"),
    short="南屏县教育局",
    office="南屏县教育局办公室",
    address="南屏县文昌路27号",
    family="vsb",
    idcode="9901250011",
    mark="南屏教字",
    towns=("文昌街道", "马头镇", "龙塘镇", "枫树坪乡", "上坝乡", "竹溪镇"),
    subjects="education",
    reports=Column("政府信息公开年报", "1056"),
    notices=Column("通知公告", "1031"),
    earlier=((2022, date(2023, 1, 16)), (2023, date(2024, 1, 22))),
    standing=3,
    every=75,
    follow=False,
    watched=("report-2022", "report-2023"),
    validators=True,
)

JINGU = Portal(
    key="jingu",
    host="www.jingu.example",
    name="金谷县人民政府网",
    agency=Agency("jingu-gov", "金谷县人民政府", "government", "county", "岚江省云岭市金谷县"),
    short="金谷县人民政府",
    office="金谷县人民政府办公室",
    address="金谷县人民路66号",
    family="postn",
    idcode="9901260004",
    mark="金谷府办",
    towns=("城北街道", "河口镇", "谷山镇", "大桥镇", "新庙乡", "梨园镇", "石门乡"),
    subjects="government",
    reports=Column("政府信息公开年报", "/zwgk/gknb/"),
    notices=Column("通知公告", "/zwgk/tzgg/"),
    earlier=((2022, date(2023, 3, 28)), (2023, date(2024, 3, 29))),
    standing=4,
    every=100,
)

LIUHE = Portal(
    key="liuhe",
    host="www.liuhe.example",
    name="柳河区人民政府",
    agency=Agency("liuhe-gov", "柳河区人民政府", "government", "county", "岚江省云岭市柳河区"),
    short="柳河区人民政府",
    office="柳河区人民政府办公室",
    address="柳河区中山东路500号",
    family="ivs",
    idcode="9901130006",
    mark="柳府办",
    towns=("中山街道", "杨浦桥街道", "长风街道", "南塘镇", "虹桥湾镇", "北新街道", "曹家渡镇"),
    subjects="government",
    reports=Column("政府信息公开年报", "/gk/nb/"),
    notices=Column("通知公告", "/gk/tzgg/"),
    earlier=((2022, date(2023, 3, 24)), (2023, date(2024, 3, 22))),
    standing=6,
    every=100,
)

MEILING = Portal(
    key="meiling",
    host="www.meiling.example",
    name="梅岭区人民政府",
    agency=Agency("meiling-gov", "梅岭区人民政府", "government", "county", "岚江省云岭市梅岭区"),
    short="梅岭区人民政府",
    office="梅岭区人民政府办公室",
    address="梅岭区梅花路9号",
    family="aspx",
    idcode="9901150008",
    mark="梅政办",
    towns=("梅花街道", "岭南街道", "清泉镇", "双桥镇", "板桥乡", "赤岗镇"),
    subjects="government",
    reports=Column("政府信息公开年报", "/Xxgk/Nb/"),
    notices=Column("通知公告", "/Tzgg/"),
    earlier=((2022, date(2023, 3, 30)), (2023, date(2024, 3, 28))),
    standing=4,
    every=60,
    asleep=date(2025, 6, 11),
    follow=False,
    watched=("report-2022", "report-2023", "notice-03"),
)

FENGTAN = Portal(
    key="fengtan",
    host="www.fengtan.example",
    name="枫潭区人民政府",
    agency=Agency(
        "fengtan-gov",
        "枫潭区人民政府",
        "government",
        "county",
        "岚江省云岭市枫潭区",
        valid_to=date(2023, 12, 31),
        successor="wanglan-gov",
    ),
    short="枫潭区人民政府",
    office="枫潭区人民政府办公室",
    address="枫潭区湖滨路12号",
    family="lonsun",
    idcode="9901120005",
    mark="枫政办",
    towns=("湖滨街道", "枫桥镇", "东湖街道", "柴埠镇", "窑湾乡"),
    subjects="government",
    reports=Column("政府信息公开年报", "6596231"),
    notices=Column("历史资料", "6596117"),
    earlier=((2021, date(2022, 3, 25)), (2022, date(2023, 3, 17))),
    standing=3,
    asleep=date(2025, 1, 6),
)
"""The old address of a district that was merged into its neighbour: nobody keeps it up, and it is watched for that."""

PORTALS = (QINGHE, YUNLING, WANGLAN, SONGXI, NANPING, JINGU, LIUHE, MEILING, FENGTAN)
