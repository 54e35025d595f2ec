"""Signs that a page is an impostor's copy of an official one: a brand in the body's place, a foreign host in the portal's line.

Pure. A sign is what stands on the page; it never says whether a copier or an intruder put it there. Words alone are no sign,
since official pages warn of gambling, and lotteries and cups are lawful: only a brand where the name of the issuing body belongs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.brands import ALONE, BEFORE_GOVERNMENTS, TRADES, WITH_TRADE
from storage.records import Reading


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign, with the text that shows it."""

    kind: str  #: brand | host
    text: str
    number: str = ""  #: of the paper, printed beside the brand
    province: str = ""  #: whose papers bear such a number


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_HAN = r"[\u4e00-\u9fff]"
_LAWFUL = r"(?!体育(?:局|总局|中心|学校|学院|大学|馆|场|公园|彩票|运动|健身|产业|协会|代表))"
_BRAND = rf"(?:(?:{_any(WITH_TRADE)}){_LAWFUL}(?:{_any(TRADES)})|(?:{_any(ALONE)}))"
_TOLD_OF = r"的|案|赌|诈|骗|涉|被|打击|整治|治理|查|禁|防|非法|网络|活动|用户|平台|运动|比赛|赛事"
_GOVERNMENT = r"(?:人民政府(?:办公[厅室])?|政府办公[厅室])"
_OFFICE = rf"(?:{_GOVERNMENT}|办公[厅室]|领导小组(?:办公室)?|委员会(?:办公室)?|[局厅])"
_BEFORE = r"(?:^|(?<=[^\u4e00-\u9fffa-z0-9])|(?<=按照)|(?<=根据)|(?<=遵照)|(?<=依据)|(?<=转发)|(?<=印发)|(?<=由)|(?<=经)|(?<=向))"
_NAMED = re.compile(_any((*ALONE, *WITH_TRADE, *BEFORE_GOVERNMENTS)), re.IGNORECASE)
_SLOT = re.compile(
    rf"{_BEFORE}(?:{_BRAND}(?:(?!{_TOLD_OF}){_HAN}){{0,16}}?{_OFFICE}|(?:{_any(BEFORE_GOVERNMENTS)})(?:{_HAN}{{0,3}}[省市县区])?{_GOVERNMENT})",
    re.IGNORECASE,
)
_PROVINCES = {
    "京": "北京市", "津": "天津市", "冀": "河北省", "晋": "山西省", "蒙": "内蒙古自治区", "内": "内蒙古自治区", "辽": "辽宁省",
    "吉": "吉林省", "黑": "黑龙江省", "沪": "上海市", "苏": "江苏省", "浙": "浙江省", "皖": "安徽省", "闽": "福建省",
    "赣": "江西省", "鲁": "山东省", "豫": "河南省", "鄂": "湖北省", "湘": "湖南省", "粤": "广东省", "桂": "广西壮族自治区",
    "琼": "海南省", "渝": "重庆市", "川": "四川省", "黔": "贵州省", "云": "云南省", "藏": "西藏自治区", "陕": "陕西省",
    "甘": "甘肃省", "青": "青海省", "宁": "宁夏回族自治区", "新": "新疆维吾尔自治区",
}  # fmt: skip
_NUMBER = re.compile(
    rf"(?<!{_HAN})([{''.join(_PROVINCES)}])政(?:办?(?:明电|发|函|字|规)|办)?\s?[〔\[(【]\s?20\d\d\s?[〕\])】]\s?\d{{1,4}}\s?号"
)
_BESIDE = 80
"""Characters behind a brand in which the number of its paper is looked for."""


def signs(reading: Reading | None, fetched: Sequence[str], known: Iterable[str] = ()) -> tuple[Sign, ...]:
    """The signs of a page; `fetched` are the hosts it came from, `known` those of the agency it is said to speak for."""
    if reading is None or reading.kind != "article":
        return ()
    return (*_brands(reading), *_foreign_host(reading, [*fetched, *known]))


def _brands(reading: Reading) -> tuple[Sign, ...]:
    """Brands in the place of a body; each form of a name once."""
    found: dict[str, Sign] = {}
    for text in (reading.title, reading.source or "", reading.site.name or "", *reading.body):
        plain = unicodedata.normalize("NFKC", text)
        for match in _SLOT.finditer(plain) if _NAMED.search(plain) else ():
            number = _NUMBER.search(plain, match.end(), match.end() + _BESIDE)
            province = _PROVINCES[number[1]] if number else ""
            found.setdefault(match[0], Sign("brand", match[0], number[0] if number else "", province))
    return tuple(found.values())


def _foreign_host(reading: Reading, own: Sequence[str]) -> tuple[Sign, ...]:
    printed = reading.site.printed
    hosts = [host for host in (_bare(one) for one in own) if host]
    if printed is None or not hosts or any(_related(_bare(printed), host) for host in hosts):
        return ()
    return (Sign("host", printed),)


def _bare(host: str) -> str:
    """A host without port and www; "" for what is reserved for no host at all (a saved page without an address)."""
    name = host.lower().partition(":")[0].removeprefix("www.").rstrip(".")
    return "" if name.endswith(".invalid") else name


def _related(printed: str, host: str) -> bool:
    """Is one the other's, or are both public bodies'? Nobody else gets a name under gov.cn, and portals move within it."""
    if _domain(printed) == _domain(host):
        return True
    return printed.endswith(".gov.cn") and host.endswith(".gov.cn")


def _domain(host: str) -> str:
    """The part of a name that somebody registered."""
    labels = host.split(".")
    deep = len(labels) > 2 and labels[-1] == "cn" and labels[-2] in {"gov", "com", "net", "org", "edu", "ac"}
    return ".".join(labels[-3:] if deep else labels[-2:])
