"""What a report's title says: which year, which body, and whether that body is the agency in question.

Pure reading of one line of Chinese. Never decides whether a duty was met, and never reads a body text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from storage.records import Agency

_CHINESE_DIGITS = dict(zip("〇○零Oo一二三四五六七八九", "00000123456789", strict=True))
_CHINESE_YEAR = re.compile(r"[二2][〇○零Oo0][〇○零Oo0-9一二三四五六七八九]{2}(?=年)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_SPAN = re.compile(r"(?<!\d)20\d\d年?度?")
_CORE = re.compile(r"(?:政府|政务)?信息公开|政务公开")
_QUOTES = re.compile("[《》〈〉“”\"'‘’]")
_BRACKETS = re.compile(r"[(\[〔【]([^()\[\]〔〕【】]*)[)\]〕】]")
_ABOUT = re.compile("关于(?:印发|发布|公布|公开)?")
_EDGES = re.compile(r"^(?:[-—_:,、|·.])+|(?:关于|工作|年度|度|年|的|本级|[-—_:,、|·.])+$")
_BODY = re.compile(r"(?:[局委办厅处室院站所会司镇乡省市县区旗州盟府署社部馆队校行团]|街道|中心|公司|集团|大学|管委会)$")
_SELF = re.compile(r"^(?:[我全本各](?:省|市|县|区|旗|州|盟|镇|乡|局|委|办|厅|部|院|街道|机关|单位|部门)?|机关|单位|部门|年度)$")
_REGION = re.compile(r"[省市县区旗州盟镇乡]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def fold(title: str) -> str:
    """Bring a title into one form: half width, no blanks, years in digits."""
    text = "".join(unicodedata.normalize("NFKC", title).split())
    return _CHINESE_YEAR.sub(lambda found: "".join(_CHINESE_DIGITS.get(c, c) for c in found.group()), text)


@lru_cache(maxsize=65536)
def year_of(title: str) -> int | None:
    """Find the year a report is about: the one called 年度 first, else the last before the subject words, else the first."""
    text = fold(title)
    yearly = re.search(r"(?<!\d)(20\d\d)年?年度", text) or re.search(r"(?<!\d)(20\d\d)年?度", text)
    if yearly:
        return int(yearly.group(1))
    core = _CORE.search(text)
    before = _YEAR.findall(text[: core.start()]) if core else []
    found = before[-1:] or _YEAR.findall(text)[:1]
    return int(found[0]) if found else None


@lru_cache(maxsize=65536)
def subject_of(title: str) -> str | None:
    """Find the body that a report's title names; None if it names none ("全市", "本机关" and the like name none)."""
    text = _QUOTES.sub("", fold(title))
    plain = _BRACKETS.sub("", text)
    core = _CORE.search(plain)
    head = plain[: core.start()] if core else plain
    if head.endswith("人民"):
        head += "政府"  # one 政府 may serve both the body's name and the subject word
    tail = plain.partition("报告")[2]
    pieces = [piece for piece in _ABOUT.split(head) if piece]
    for part in (*pieces[::-1], *_BRACKETS.findall(text), tail):
        name = _EDGES.sub("", _EDGES.sub("", _SPAN.sub("", part)))
        if len(name) > 1 and _BODY.search(name) and not _SELF.match(name):
            return name
    return None


def names(subject: str, agency: Agency) -> bool:
    """Tell whether the body named in a title is this agency, in full, in short, or with a higher place before it."""
    if not _HAN.search(agency.name):
        return True  # a name in another script cannot be compared with a Chinese title
    if agency.kind == "government":
        return _names_government(_government(subject), _government(fold(agency.name)), agency.region, subject)
    return _names_department(_short(subject), _short(fold(agency.name)), agency.region)


def mentions(title: str, agency: Agency) -> bool:
    """Tell whether a title holds the agency's name, or its place if it is a government."""
    text, name = fold(title), fold(agency.name)
    return name in text or (agency.kind == "government" and _government(name) in text)


def _government(name: str) -> str:
    return re.sub(r"(?:人民)?政府$", "", name)


def _names_government(named: str, own: str, region: str, subject: str) -> bool:
    if own.endswith(named) and (len(named) > 1 or subject != named):
        return True
    return named.endswith(own) and _higher_place(named[: -len(own)], own, region)


def _short(name: str) -> str:
    for long, short in (("委员会", "委"), ("办公室", "办"), ("办公厅", "办"), ("人民政府", "政府")):
        name = name.replace(long, short)
    return name


def _names_department(named: str, own: str, region: str) -> bool:
    """Short names keep the order of the characters (发改局 for 发展和改革局) and always the last one."""
    if named[-1] != own[-1]:
        return False
    if _within(named, own):
        return True
    return _within(own, named) and _higher_place(named[: named.index(own[0])], own, region)


def _within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def _higher_place(prefix: str, own: str, region: str) -> bool:
    """A bare 教育局 must not be taken for that of another place, so a place may stand before it only if it is its own."""
    if len(prefix) <= 1 or (region and (prefix in region or region in prefix)):
        return True
    return bool(_REGION.search(own[:-1] or own)) and prefix[-1] in "省市州区盟"
