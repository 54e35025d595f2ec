"""Made-up annual reports in the uniform six-part format, with figures that add up within a year and from year to year.

Pure: portal, year and seed in, blocks of text out. Never knows markup, dates of events or what a monitor makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from deploy.demo import texts
from deploy.demo.chance import dice
from deploy.demo.portal import Portal

PARTIES = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
ANSWERS = (
    "（一）予以公开",
    "（二）部分公开",
    "（三）不予公开",
    "（四）无法提供",
    "（五）不予处理",
    "（六）其他处理",
    "（七）总计",
)


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document's text: a heading, a paragraph, a signature, or a table (rows of cells)."""

    kind: str  #: heading | sub | para | sign | table
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one year; `answers` holds one row per kind of answer, one number per party, totals left out."""

    site_items: int
    policies: int
    wechat: int
    points: int
    trainings: int
    answers: tuple[tuple[int, ...], ...]
    carried: int
    left: int

    @property
    def done(self) -> int:
        """Requests answered in the year."""
        return sum(sum(row) for row in self.answers)

    @property
    def new(self) -> int:
        """Requests received in the year: what was answered or left over and did not come from the year before."""
        return self.done + self.left - self.carried


def left_over(portal: Portal, year: int, seed: int) -> int:
    """Requests carried from `year` into the next; the same number stands in both reports."""
    return dice(seed, portal.key, year, "left").randint(0, 3)


@lru_cache(maxsize=64)
def figures(portal: Portal, year: int, seed: int) -> Figures:
    """All numbers of a portal's report for one year."""
    chance = dice(seed, portal.key, year, "figures")
    natural = [chance.randint(low, high) for low, high in ((14, 38), (2, 8), (1, 5), (3, 9), (0, 2), (0, 2))]
    firms = tuple(chance.randint(0, 2) for _ in natural)
    return Figures(
        site_items=chance.randint(3100, 4800),
        policies=chance.randint(12, 45),
        wechat=chance.randint(210, 690),
        points=chance.randint(3, 14),
        trainings=chance.randint(2, 6),
        answers=tuple((n, f, 0, 0, 0, 0) for n, f in zip(natural, firms, strict=True)),
        carried=left_over(portal, year - 1, seed),
        left=left_over(portal, year, seed),
    )


def wording(pool: Sequence[str], portal: Portal, place: str, year: int, seed: int) -> str:
    """The pool's paragraph for one place of one report; neighbouring years of a portal never share one."""
    order = list(range(len(pool)))
    dice(seed, portal.key, place).shuffle(order)
    return pool[order[year % len(pool)]]


def report(portal: Portal, year: int, seed: int, added: int = 0) -> tuple[Block, ...]:
    """The text of the report for `year`; `added` raises the figure of items on the site and touches nothing else."""
    numbers = figures(portal, year, seed)
    counted = ("policies", "wechat", "points", "trainings", "new", "carried", "done", "left")
    fields = {
        "body": portal.short,
        "office": portal.office,
        "address": portal.address,
        "host": portal.host,
        "year": year,
        "site_items": numbers.site_items + added,
        **{name: getattr(numbers, name) for name in counted},
    }

    def para(place: str) -> Block:
        return Block("para", wording(getattr(texts, place), portal, place, year, seed).format(**fields))

    return (
        para("LEAD"),
        Block("heading", "一、总体情况"),
        Block("sub", "（一）主动公开"),
        para("OPEN"),
        Block("sub", "（二）依申请公开"),
        para("REQUESTS"),
        Block("sub", "（三）政府信息管理"),
        para("MANAGEMENT"),
        Block("sub", "（四）政府信息公开平台建设"),
        para("PLATFORM"),
        Block("sub", "（五）监督保障"),
        para("SUPERVISION"),
        Block("heading", "二、主动公开政府信息情况"),
        *_published(portal, year, seed),
        Block("heading", "三、收到和处理政府信息公开申请情况"),
        Block("table", rows=_requests(numbers)),
        Block("heading", "四、政府信息公开行政复议、行政诉讼情况"),
        Block("table", rows=_reviews(portal, year, seed)),
        Block("heading", "五、存在的主要问题及改进情况"),
        Block("sub", "（一）存在的主要问题"),
        para("PROBLEMS"),
        Block("sub", "（二）改进情况"),
        para("REMEDIES"),
        Block("heading", "六、其他需要报告的事项"),
        para("OTHER"),
    )


def walled(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The same report with its second and third section hidden: the wall's phrase, and its label glued to the next heading."""
    first = next(i for i, block in enumerate(blocks) if block.text.startswith("（二）"))
    after = next(i for i, block in enumerate(blocks) if block.text.startswith("（四）"))
    label = Block("para", texts.WALL_LABEL + blocks[after].text)
    return (*blocks[:first], Block("para", texts.WALL_PHRASE), label, *blocks[after + 1 :])


def _published(portal: Portal, year: int, seed: int) -> tuple[Block, ...]:
    chance = dice(seed, portal.key, year, "published")
    made, ended = chance.randint(2, 9), chance.randint(0, 3)
    rules = (
        ("第二十条第（一）项", "", "", ""),
        ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        ("规章", "0", "0", "0"),
        ("行政规范性文件", str(made), str(ended), str(chance.randint(40, 90))),
    )
    deeds = (
        ("第二十条第（五）项", ""),
        ("信息内容", "本年处理决定数量"),
        ("行政许可", str(chance.randint(200, 9000))),
        ("第二十条第（六）项", ""),
        ("行政处罚", str(chance.randint(20, 700))),
        ("行政强制", str(chance.randint(0, 60))),
        ("第二十条第（八）项", ""),
        ("行政事业性收费", f"{chance.randint(10, 900)}.{chance.randint(10, 99)}"),
    )
    return Block("table", rows=rules), Block("table", rows=deeds)


def _requests(numbers: Figures) -> tuple[tuple[str, ...], ...]:
    answered = tuple(sum(row[i] for row in numbers.answers) for i in range(6))
    carried, left = (numbers.carried, 0, 0, 0, 0, 0), (numbers.left, 0, 0, 0, 0, 0)
    new = tuple(a + b - c for a, b, c in zip(answered, left, carried, strict=True))
    results = zip(("三、本年度办理结果", *[""] * 6), ANSWERS, (*numbers.answers, answered), strict=True)
    return (
        ("申请人情况", "", *PARTIES),
        _counted(("一、本年新收政府信息公开申请数量", ""), new),
        _counted(("二、上年结转政府信息公开申请数量", ""), carried),
        *(_counted((part, label), row) for part, label, row in results),
        _counted(("四、结转下年度继续办理", ""), left),
    )


def _counted(labels: Sequence[str], row: Sequence[int]) -> tuple[str, ...]:
    return (*labels, *map(str, row), str(sum(row)))


def _reviews(portal: Portal, year: int, seed: int) -> tuple[tuple[str, ...], ...]:
    chance = dice(seed, portal.key, year, "reviews")

    def row(label: str) -> tuple[str, ...]:
        return _counted((label,), (chance.randint(0, 3), chance.randint(0, 1), 0, chance.randint(0, 1)))

    return (
        ("类别", "结果维持", "结果纠正", "其他结果", "尚未审结", "总计"),
        row("行政复议"),
        row("行政诉讼（未经复议直接起诉）"),
        row("行政诉讼（复议后起诉）"),
    )
