"""Signs that a page is an impostor's copy of an official one: a brand in the body's place, a host that is not the page's own.

Pure. A sign is what stands on the page; it never says whether a copier or an intruder put it there. Words alone are no sign,
since official pages warn of gambling, and lotteries and cups are lawful: only a brand where the name of the issuing body belongs.
What honest pages show too (a code of another province, strewn signs) counts only together with another sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor import disguise
from monitor.brands import ALONE, BEFORE_GOVERNMENTS, WITH_TRADE
from monitor.disguise import BRAND, any_of
from storage.records import Reading


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign, with the text that shows it."""

    kind: str  #: brand | host | domain | title | keyword | characters | scripts | strewn | wording | code | number
    text: str
    number: str = ""  #: of the paper, printed beside the brand
    province: str = ""  #: whose papers bear such a number
    weight: int = 1  #: 1 counts only together with others, 2 raises a suspicion, 3 is proof enough


ENOUGH, PROOF = 2, 3
"""Weights together from which on signs are told, and from which on they settle it if one of them is a proof."""
_HAN = r"[\u4e00-\u9fff]"
_TOLD_OF = r"的|案|赌|诈|骗|涉|被|打击|整治|治理|查|禁|防|非法|网络|活动|用户|平台|运动|比赛|赛事"
_GOVERNMENT = r"(?:人民政府(?:办公[厅室])?|政府办公[厅室])"
_OFFICE = rf"(?:{_GOVERNMENT}|办公[厅室]|领导小组(?:办公室)?|委员会(?:办公室)?|[局厅])"
_BEFORE = r"(?:^|(?<=[^\u4e00-\u9fffa-z0-9])|(?<=按照)|(?<=根据)|(?<=遵照)|(?<=依据)|(?<=转发)|(?<=印发)|(?<=由)|(?<=经)|(?<=向))"
_NAMED = re.compile(any_of((*ALONE, *WITH_TRADE, *BEFORE_GOVERNMENTS)), re.IGNORECASE)
_SLOT = re.compile(
    rf"{_BEFORE}(?:{BRAND}(?:(?!{_TOLD_OF}){_HAN}){{0,16}}?{_OFFICE}|(?:{any_of(BEFORE_GOVERNMENTS)})(?:{_HAN}{{0,3}}[省市县区])?{_GOVERNMENT})",
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
_CODED = """
11北京 12天津 13河北 14山西 15内蒙 21辽宁 22吉林 23黑龙 31上海 32江苏 33浙江 34安徽 35福建 36江西 37山东 41河南 42湖北
43湖南 44广东 45广西 46海南 50重庆 51四川 52贵州 53云南 54西藏 61陕西 62甘肃 63青海 64宁夏 65新疆
"""
_CODES = {entry[:2]: entry[2:] for entry in _CODED.split()}
"""How a site's code begins, and the first two characters of the province that has such codes."""
_ADDRESS = re.compile(r"[\d.]+|\[?[0-9a-f:]+\]?")
_CLOSED = (".edu.cn", ".ac.cn", ".mil.cn")
"""Domains that only institutions get."""
_BESIDE = 80
"""Characters behind a brand in which the number of its paper is looked for."""


def signs(reading: Reading | None, fetched: Sequence[str], known: Iterable[str] = ()) -> tuple[Sign, ...]:
    """The signs of a page if they weigh enough together, the heaviest first.

    `fetched` are the hosts it came from, `known` those of the agency it is said to speak for.
    """
    if reading is None or reading.kind != "article":
        return ()
    known = tuple(known)
    own = [host for host in (_bare(one) for one in (*fetched, *known)) if host]
    found = (*_brands(reading), *_foreign_host(reading, own), *_foreign_domain(reading, own, known), *_disguises(reading))
    if sum(sign.weight for sign in found) < ENOUGH:
        found = ()
    return tuple(sorted((*found, *(_weak(reading) if found else ())), key=lambda sign: -sign.weight))


def is_proof(found: Iterable[Sign]) -> bool:
    """Do signs settle it? A brand in the body's place does, and so do two other heavy signs together."""
    weights = [sign.weight for sign in found]
    return max(weights, default=0) >= PROOF or sum(weight for weight in weights if weight >= ENOUGH) > PROOF


def _brands(reading: Reading) -> tuple[Sign, ...]:
    """Brands in the place of a body; each form of a name once."""
    found: dict[str, Sign] = {}
    for text in (reading.title, reading.source or "", reading.site.name or "", *reading.body):
        plain = unicodedata.normalize("NFKC", text)
        for match in _SLOT.finditer(plain) if _NAMED.search(plain) else ():
            number = _NUMBER.search(plain, match.end(), match.end() + _BESIDE)
            province = _PROVINCES[number[1]] if number else ""
            found.setdefault(match[0], Sign("brand", match[0], number[0] if number else "", province, PROOF))
    return tuple(found.values())


def _foreign_host(reading: Reading, own: Sequence[str]) -> tuple[Sign, ...]:
    printed = reading.site.printed
    if printed is None or not own or any(_related(_bare(printed), host) for host in own):
        return ()
    return (Sign("host", printed, weight=2),)


def _foreign_domain(reading: Reading, own: Sequence[str], known: Iterable[str]) -> tuple[Sign, ...]:
    """A public body's SiteDomain on a host that is none: nobody but a copier keeps another's head.

    Light on a host that a person named as the agency's: groups of sites carry their parent's domain.
    """
    public = [host for host in reading.site.stated if _is_public(host)]
    if not public or not own or any(_related(_bare(stated), host) for stated in reading.site.stated for host in own):
        return ()
    if any(_is_public(host) or _ADDRESS.fullmatch(host) or host.endswith(_CLOSED) for host in own):
        return ()
    trusted = not {_bare(host) for host in known}.isdisjoint(own)
    return (Sign("domain", public[0], weight=1 if trusted else 2),)


def _disguises(reading: Reading) -> tuple[Sign, ...]:
    texts = (reading.title, *reading.body)
    heads = (reading.title, *reading.body[:10])
    found = (
        ("title", disguise.lure_in_title(reading.title), 2),
        ("keyword", disguise.keyword_between(heads), 2),
        ("characters", disguise.broken_characters(texts), 2),
        ("strewn", disguise.strewn_signs(texts), 1),
        ("wording", disguise.other_words(heads), 1),
        ("scripts", disguise.mixed_scripts(texts), 1),
    )
    return tuple(Sign(kind, text, weight=weight) for kind, text, weight in found if text)


def _weak(reading: Reading) -> tuple[Sign, ...]:
    """What speaks for another province than the one the site is named for; portals get this wrong, so it never counts alone."""
    named = next((whole for whole in _PROVINCES.values() if (reading.site.name or "").startswith(whole[:2])), None)
    if named is None:
        return ()
    code = _CODES.get((reading.site.idcode or "")[:2])
    number = next((match for text in (reading.title, *reading.body[:6]) if (match := _NUMBER.search(text))), None)
    found = []
    if code and code != named[:2]:
        found.append(Sign("code", reading.site.idcode or "", province=code))
    if number and _PROVINCES[number[1]] != named:
        found.append(Sign("number", number[0], province=_PROVINCES[number[1]]))
    return tuple(found)


def _bare(host: str) -> str:
    """A host without port and www; "" for what is reserved for no host at all (a saved page without an address)."""
    name = host.lower().partition(":")[0].removeprefix("www.").rstrip(".")
    return "" if name.endswith(".invalid") else name


def _related(printed: str, host: str) -> bool:
    """Is one the other's, or are both public bodies'? Nobody else gets a name under gov.cn, and portals move within it."""
    if _domain(printed) == _domain(host):
        return True
    return _is_public(printed) and _is_public(host)


def _is_public(host: str) -> bool:
    return host.endswith(".gov.cn")


def _domain(host: str) -> str:
    """The part of a name that somebody registered."""
    labels = host.split(".")
    deep = len(labels) > 2 and labels[-1] == "cn" and labels[-2] in {"gov", "com", "net", "org", "edu", "ac"}
    return ".".join(labels[-3:] if deep else labels[-2:])
