"""The troubles of whole sites in the region: days without an answer, shield pages, a redesign.

Data, and the pages of shields. What a site publishes meanwhile stands in `happenings`.
"""

from __future__ import annotations

from datetime import date

from deploy.demo.events import About, Ail, Told, Trouble
from deploy.demo.reply import Reply

TROUBLES: tuple[Trouble, ...] = (
    Trouble(
        "songxi",
        Ail.SILENT,
        date(2025, 3, 25),
        date(2025, 4, 24),
        (
            Told(
                "site_unreachable",
                "The site closed every connection without an answer from 2025-03-25 until 2025-04-24.",
                needs=9,
                until=date(2025, 4, 24),
                about=About.SITE,
            ),
            Told(
                "not_assessable",
                "Nobody could look at the site when the report for 2024 was due, so it is neither late nor missing.",
                needs=10,
                until=date(2025, 4, 24),
                about=About.DUTY,
                day=date(2025, 4, 1),
                year=2024,
            ),
            Told("run_suspect", "Crawls of the site brought nothing.", sure=False, until=date(2025, 4, 24), about=About.SITE),
        ),
    ),
    Trouble(
        "nanping",
        Ail.SCRIPT,
        date(2025, 5, 13),
        date(2025, 5, 20),
        (
            Told(
                "site_blocked",
                "A shield answered 412 in place of every page from 2025-05-13 until 2025-05-20.",
                needs=2,
                until=date(2025, 5, 20),
                about=About.SITE,
            ),
            Told("run_suspect", "Crawls of the site brought nothing.", sure=False, until=date(2025, 5, 20), about=About.SITE),
        ),
    ),
    Trouble(
        "jingu",
        Ail.REDESIGN,
        date(2025, 8, 4),
        None,
        (
            Told(
                "site_redesigned",
                "The site changed its software on 2025-08-04: every article moved, old addresses lead to the home page.",
                needs=28,
                about=About.SITE,
            ),
            Told("run_suspect", "Crawls of the site brought much else than usual.", sure=False, about=About.SITE),
        ),
        family="trsgroup",
    ),
    Trouble(
        "meiling",
        Ail.COOKIE,
        date(2025, 9, 9),
        date(2025, 9, 16),
        (
            Told(
                "site_blocked",
                "A shield answered 521 in place of every page from 2025-09-09 until 2025-09-16.",
                needs=2,
                until=date(2025, 9, 16),
                about=About.SITE,
            ),
            Told("run_suspect", "Crawls of the site brought nothing.", sure=False, until=date(2025, 9, 16), about=About.SITE),
        ),
    ),
)

NO_ANSWER = Reply(0, (), b"")
"""Stands for a connection that is closed without a word."""

HTML = ("Content-Type", "text/html; charset=utf-8")
_SET = "__jsluid_h=5f1c7b09aa2e; max-age=31536000; path=/; HttpOnly"
_SCRIPT = b"""<!DOCTYPE html><html><head><meta charset="UTF-8"><meta id="9DhefwqGPrzGxEp9" content="@token@" r="m">
<script type="text/javascript" r="m">$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=91857;$_ts.cd="@token@";</script>
<script type="text/javascript" src="/4QbVtADbnLVIc/d.FxJzG50F.js" r="m"></script></head><body></body></html>
"""
_COOKIE = b"""<script>document.cookie=('_')+('_')+('jsl_clearance=')+'@token@|-1|';location.href=location.pathname</script>"""


def answer_of(trouble: Trouble, path: str) -> Reply | None:
    """What comes in place of a page while a site is in trouble; None where the site itself answers."""
    if trouble.ail is Ail.SILENT:
        return NO_ANSWER
    if trouble.ail is Ail.SCRIPT:
        return Reply(
            412, (("Server", "******"), HTML, ("Cache-Control", "no-store")), _SCRIPT.replace(b"@token@", b"q8Wn5c2Tz" * 9)
        )
    if trouble.ail is Ail.COOKIE and path != "/robots.txt":
        return Reply(521, (HTML, ("Set-Cookie", _SET)), _COOKIE.replace(b"@token@", b"1758002941.207"))
    return None
