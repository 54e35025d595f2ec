"""Counts in Chinese prose: a number with its unit, how exact it is, and the share printed behind it.

Pure reading of one sentence. Knows no totals, adds nothing up and judges nothing. Numbers of laws (第18条) and of papers
(〔2017〕32号), dates and numbers without a unit are no counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

_UNITS = (
    "人次", "件次", "条次", "批次", "场次", "户次", "项次", "篇次", "平方米", "公顷", "公里",
    "条(?!例)", "件", "项(?!目)", "份", "人(?!大|民|均)", "家", "个(?!工作日|月|小时)", "起", "篇", "期(?!间)", "场(?!所)",
    "户", "宗", "部(?!门|分|委)", "批", "册", "处(?!理|罚|室)", "例", "类", "种", "名", "位", "座", "所", "辆", "台", "套",
    "亩", "吨", "元", "封", "幅", "张", "次",
)  # fmt: skip
_QUANTITY = re.compile(
    r"(?P<about>约|近|逾|超过|接近|不足|至少)?"
    r"(?<![\d.第/〔\[－—-])(?<!\d,)(?P<number>\d{1,3}(?:,\d{3})+|\d{1,12})(?P<part>\.\d{1,6})?"
    r"\s{0,3}(?P<more>[余多几])?(?P<times>[万亿])?(?P<more2>[余多几])?\s{0,3}"
    rf"(?P<unit>{'|'.join(_UNITS)})(?P<more3>[余多]|左右|以上)?"
)
SHARE = re.compile(r"\s{0,3},?\s{0,3}占(?:比|总[数量]|全部)?的?(?:比例|比重)?(?:为|达)?\s{0,3}(\d{1,3})(\.\d{1,4})?\s?%")
"""A share as it stands behind a count: 占比30.77%."""
MOST = 300
"""Counts of one sentence that are looked at; no report comes near."""
_TIMES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, where it stands, and the share printed behind it."""

    value: Decimal
    unit: str
    start: int
    end: int
    place: Decimal  #: one unit of its last place; 0 for a whole number written out
    exact: bool
    share: Decimal | None = None  #: in per cent
    share_place: Decimal = Decimal(1)  #: one unit of the share's last place


def quantities(sentence: str) -> Iterator[Quantity]:
    """The counts of a sentence in half width, in their order."""
    for match in islice(_QUANTITY.finditer(sentence), MOST):
        times = _TIMES.get(match["times"] or "", Decimal(1))
        decimals = len(match["part"] or ".") - 1
        share = SHARE.match(sentence, match.end())
        yield Quantity(
            value=Decimal(match["number"].replace(",", "") + (match["part"] or "")) * times,
            unit=match["unit"],
            start=match.start(),
            end=match.end(),
            place=times.scaleb(-decimals) if decimals or times != 1 else Decimal(0),
            exact=not any(match[name] for name in ("about", "more", "more2", "more3")),
            share=Decimal(share[1] + (share[2] or "")) if share else None,
            share_place=Decimal(1).scaleb(1 - len(share[2] or ".")) if share else Decimal(1),
        )
