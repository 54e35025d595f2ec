"""A column that ought to be kept up has shown nothing new for longer than the inspection rules allow.

Source of the limits: 政府网站与政务新媒体检查指标 (国办秘函〔2019〕19号), 栏目不更新: two weeks for news columns, six months for
notices and policy papers. Columns of other names have no limit there, and none here; reports that are owed are duties.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from monitor.case import ColumnCase
from monitor.proof import evidence_of, excerpt
from monitor.rule import Rule
from storage.records import SEEN, SHANGHAI, ColumnLife, Reason, Sighting, Verdict

KIND = "stale_column"

LIMITS = (
    (re.compile(r"动态|要闻"), timedelta(days=14)),
    (re.compile(r"通知|公告|政策文件|规范性文件|政府文件"), timedelta(days=183)),
)
"""What a column's name says of how long it may show nothing new."""

SPARED = re.compile(r"年报|年度报告|解读|历史|往年|归档|失效|废止")
"""Names of columns that are not meant to be kept up at any rate."""

RECENT = timedelta(days=8)
"""How old the latest look may be that says so: columns are looked at weekly at the least."""


def judge(case: ColumnCase) -> Verdict | None:
    """Speak of a column of which the newest row is too old."""
    life, limit, sign = case.life, _limit(case.life), _sign_of_life(case.life)
    look = life.latest
    if limit is None or sign is None or look is None or look.outcome not in SEEN or look.sound_last is None:
        return None
    seen = look.sound_last
    asleep = seen.astimezone(SHANGHAI).date() - sign
    if asleep <= limit or case.now - seen > RECENT:
        return None
    key = f"{KIND}:page:{life.page.id}"
    newest = f"its newest row shows {life.newest}" if life.newest else "none of its rows shows a date"
    came = f"; a row was last seen to come on {life.came.astimezone(SHANGHAI):%Y-%m-%d}" if life.came else ""
    return Verdict(
        key=key,
        kind=KIND,
        subject="page",
        title=f"Column no longer updated: {excerpt(life.page.title or life.page.url)}",
        machine="settled" if _seen_twice(look, case.open.get(key), sign + limit) else "suspected",
        severity="low",
        agency=life.agency,
        site=life.page.site,
        page=life.page.id,
        url=life.page.url,
        reasons=(
            Reason(KIND, f"nothing new for {asleep.days} days at {seen.astimezone(SHANGHAI):%Y-%m-%d}: {newest}{came}"),
            Reason(KIND, f"a column of this name may stand still for {limit.days} days (国办秘函〔2019〕19号, 栏目不更新)"),
        ),
        evidence=(evidence_of(look, "present"),),
        by=seen,
        detail={
            "newest": life.newest.isoformat() if life.newest else None,
            "days": asleep.days,
            "limit": limit.days,
            "rows": life.rows,
        },
    )


def _seen_twice(look: Sighting, known: Verdict | None, last_day: date) -> bool:
    """Did an earlier look see it too: one of the same span, or, where looks are too far apart for one, that which told of it."""
    if look.sound_prior is not None and look.sound_prior.astimezone(SHANGHAI).date() > last_day:
        return True
    return known is not None and known.by is not None and known.by < (look.sound_last or look.last)


def cleared(case: ColumnCase) -> bool:
    """Something new came, or the column is called something else now."""
    limit, sign = _limit(case.life), _sign_of_life(case.life)
    if limit is None or sign is None or case.life.latest is None or case.life.latest.sound_last is None:
        return limit is None
    return case.life.latest.sound_last.astimezone(SHANGHAI).date() - sign <= limit


def _limit(life: ColumnLife) -> timedelta | None:
    name = life.page.title
    if SPARED.search(name):
        return None
    return next((limit for pattern, limit in LIMITS if pattern.search(name)), None)


def _sign_of_life(life: ColumnLife) -> date | None:
    """The latest day that a row shows or on which one was seen to come; without either, our first look must do."""
    came = life.came.astimezone(SHANGHAI).date() if life.came else None
    signs = [day for day in (life.newest, came) if day is not None]
    if signs or life.watched_from is None:
        return max(signs, default=None)
    return life.watched_from.astimezone(SHANGHAI).date()


def why(case: ColumnCase) -> str:
    """Why it is over."""
    sign = _sign_of_life(case.life)
    return f"something new came: {sign}" if sign else "its name no longer says that it ought to be kept up"


RULE = Rule(KIND, ColumnCase, "page", judge, cleared, why=why)
