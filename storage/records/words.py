"""Words that every room uses: outcomes, roles, states of a run, and the zone of China. Plain values; decides nothing."""

from __future__ import annotations

from datetime import timedelta, timezone
from enum import StrEnum

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one zone without summer time since 1991, so a fixed offset is exact for every date this project judges."""


class Outcome(StrEnum):
    """The class of an answer; only `OK` and `NOT_MODIFIED` say anything about a page's content."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"
    SOFT_GONE = "soft_gone"
    MOVED = "moved"
    WALLED = "walled"
    BLOCKED = "blocked"
    REFUSED = "refused"
    FAILED = "failed"
    UNREADABLE = "unreadable"


SEEN = frozenset({Outcome.OK, Outcome.NOT_MODIFIED})
"""Outcomes in which the page itself was seen."""

ABSENT = frozenset({Outcome.GONE, Outcome.SOFT_GONE})
"""Outcomes in which a working server said that the page is not there."""

LOST = ABSENT | {Outcome.MOVED}
"""Outcomes in which a working server said that the page is not where it was."""

ROBOTS_UNREAD = "robots.txt could not be read"
"""Begins the reason of a look that was refused only because the host did not answer for its robots.txt."""

SHIELD_ANSWERED = "a shield answered"
"""Stands in that reason when something did answer, but in place of the site."""


SAME_BYTES = "same bytes as before"
"""The reason of a look at which every byte was as it was, so that nothing was read."""

SELECTOR_MISSED = "the site's selector for"
"""Begins the reason of a look that is unreadable because a selector of the site's own found nothing."""


class Role(StrEnum):
    """What a page is for."""

    HOME = "home"
    COLUMN = "column"
    ARTICLE = "article"
    ATTACHMENT = "attachment"


class RunState(StrEnum):
    """Nothing judges an open run; a suspect or abandoned run keeps its captures and accuses nobody."""

    OPEN = "open"
    SOUND = "sound"
    SUSPECT = "suspect"
    ABANDONED = "abandoned"
