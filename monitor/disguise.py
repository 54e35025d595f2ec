"""What copiers do to an official text: they name a game in its title, break its characters, strew signs, put other words.

Pure. Each trace comes with the words that show it; what they weigh together is for `impostor`. Pages that warn of gambling name
the same brands, and pages that teach rare characters print their sounds: both are told apart here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from monitor.brands import ALONE, BEFORE_GOVERNMENTS, LURES, TRADES, WITH_TRADE


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WARNS = re.compile(
    r"警惕|谨防|提防|防范|防止|远离|抵制|拒绝|打击|查处|整治|治理|举报|揭秘|曝光|典型|案|赌博|涉赌|诈|骗|非法|违法|风险|提示|提醒|宣传|"
    r"严禁|禁止|取缔|清理|体彩|福彩|体育彩票|福利彩票"
)
_OFFICIAL = re.compile(r"人民政府|国务院|办公[厅室]|委员会|关于|通知|公告|通报|意见|条例|办法|公开|报告|[局厅]")
_PARTS = re.compile(r"[-_|｜—–:：,，、!！~～·【】\[\]()（）《》「」\s]+")
_SOUND = re.compile(r"([\u4e00-\u9fff])[(（][a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]{1,6}[)）]")
_STREWN = re.compile(r"(?<=[\u4e00-\u9fff])(@{2,4}|&{2,4}|\^{2,4}|~~|\$\$|%%|\|\||##)(?=[\u4e00-\u9fff])")
_OTHER_WORDS = re.compile(
    r"^对于.{4,60}(?:的通知|的公告|的通报|的意见|的批复|情况)$|闭于|人民当局|当局信息公|信息(?:地下|公然|揭露)(?:指南|目录|年报|工作|条例)|"
    r"国务院办公室(?:关于|印发|转发)|的(?:关照|告知)$|(?:省|市|县|区)当局办公"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FEWEST = 3
"""Broken characters, or signs between words, from which on they are no slip."""


_LAWFUL = r"(?!体育(?:局|总局|中心|学校|学院|大学|馆|场|公园|彩票|运动|健身|产业|协会|代表))"
BRAND = rf"(?:(?:{any_of(WITH_TRADE)}){_LAWFUL}(?:{any_of(TRADES)})|(?:{any_of(ALONE)}))"
_FILM = r"(?:国产|日韩|亚洲|欧美|久久|精品)\w{0,6}(?:一区|二区|三区|在线(?:观看|视频)|无码)"
_LURE = re.compile(
    rf"(?:{BRAND})(?!嘉年华|活动|赛|节|文化|用品|器材|城|广场)|{any_of(LURES)}|{_FILM}|^(?:{any_of(BEFORE_GOVERNMENTS)})$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"(?:人民政府|办公[厅室]|国务院|委员会)(?:(?:{BRAND}|{any_of(LURES)})[一-龥]{{0,6}}?|[一-龥]{{1,4}}的(?:软件|网址|官网|下载|平台))"
    r"(?=印发|转发|关于)",
    re.IGNORECASE,
)


def lure_in_title(title: str) -> str | None:
    """A game's or film's bait beside the official words of a title; a title that warns of it is none."""
    if _WARNS.search(title):
        return None
    parts = [part for part in _PARTS.split(title) if part]
    baits = [part for part in parts if _LURE.search(part)]
    rest = [part for part in parts if part not in baits]
    if baits and any(_OFFICIAL.search(part) for part in rest):
        return baits[0]
    return None


def keyword_between(texts: Iterable[str]) -> str | None:
    """A bait where the fixed phrase of a heading has 关于 or nothing at all: 国务院办公厅…印发."""
    return next((found[0] for text in texts if (found := _BETWEEN.search(text)) and not _WARNS.search(text)), None)


def broken_characters(texts: Sequence[str]) -> str | None:
    """Characters turned into the traditional form with their sound in brackets behind, as a converter leaves them: 務(wù).

    A page that teaches the sound of rare characters prints them in the simplified form, all of which GB 2312 knows or no
    converter makes.
    """
    found = [match for text in texts for match in _SOUND.finditer(text) if not _simplified(match[1])]
    return " ".join(match[0] for match in found[:_FEWEST]) if len(found) >= _FEWEST else None


def strewn_signs(texts: Sequence[str]) -> str | None:
    """Doubled signs between words, often enough to be a machine's."""
    found = [match for text in texts for match in _STREWN.finditer(text)]
    if len(found) < _FEWEST * 2:
        return None
    match = found[0]
    return match.string[max(0, match.start() - 4) : match.end() + 4]


def other_words(texts: Iterable[str]) -> str | None:
    """A word put in the place of one that official headings never change: 对于 for 关于, 当局 for 政府."""
    return next((found[0] for text in texts if (found := _OTHER_WORDS.search(text))), None)


def mixed_scripts(texts: Iterable[str]) -> str | None:
    """Traditional and simplified characters side by side in one text; a version for readers elsewhere has no simplified ones."""
    traditional, simplified = 0, 0
    shown = []
    for char, times in Counter("".join(texts)).items():
        if not _HAN.match(char):
            continue
        if not _simplified(char):
            traditional += times
            shown.append(char)
        elif not _encodes(char, "big5"):
            simplified += times
    enough = min(traditional, simplified) >= 20 and max(traditional, simplified) <= 20 * min(traditional, simplified)
    return "".join(shown)[:12] if enough else None


def _simplified(char: str) -> bool:
    return _encodes(char, "gb2312")


@cache
def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
