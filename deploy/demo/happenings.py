"""What happens to the documents of the region, and what each happening must be told as.

Data only. A further happening is one more row in `EVENTS`; what befalls a whole site stands in `troubles`.
"""

from __future__ import annotations

from datetime import date

from deploy.demo.events import About, Action, Event, Told, Way

EVENTS: tuple[Event, ...] = (
    Event(
        date(2025, 2, 1),
        "yunling",
        Action.LAPSE,
        "report-2024",
        (
            Told(
                "missing_report",
                "The report for 2024 was not there when its due day, 2025-01-31, had gone by; it came twelve days later.",
                needs=2,
                until=date(2025, 2, 12),
            ),
        ),
    ),
    Event(
        date(2025, 2, 12),
        "yunling",
        Action.PUBLISH,
        "report-2024",
        (
            Told(
                "late_report",
                "The report for 2024, due 2025-01-31, was published on 2025-02-12: 12 days late, shown and observed.",
            ),
            Told("report_published", "The report for 2024 was published on 2025-02-12.", sure=False),
        ),
    ),
    Event(
        date(2025, 3, 20),
        "qinghe",
        Action.PUBLISH,
        "report-2024",
        (Told("report_published", "The report for 2024 was published on 2025-03-20, eleven days before its due day; observed."),),
    ),
    Event(
        date(2025, 4, 1),
        "wanglan",
        Action.LAPSE,
        "report-2024",
        (Told("missing_report", "The report for 2024, due 2025-03-31, never came.", needs=2),),
    ),
    Event(
        date(2025, 6, 17),
        "yunling",
        Action.WALL,
        "report-2023",
        (
            Told(
                "paywalled_section",
                "Sections (二) and (三) of the report for 2023 were put behind a wall; the date shown stayed as it was.",
                needs=8,
            ),
            Told("numbering_gap", "The numbering of the report for 2023 jumps from (一) to (四).", sure=False),
            Told("silent_edit", "The report for 2023 was altered and its date was not.", sure=False),
        ),
    ),
    Event(
        date(2025, 7, 22),
        "qinghe",
        Action.EDIT,
        "report-2024",
        (
            Told(
                "figure_changed",
                "One figure of the published report for 2024, the number of items on the site, grew by 90 in silence.",
                needs=8,
            ),
            Told("silent_edit", "The report for 2024 was altered and its date was not.", sure=False),
        ),
        added=90,
    ),
    Event(
        date(2025, 9, 9),
        "qinghe",
        Action.REMOVE,
        "notice-07",
        (
            Told("page_removed", "A notice of 2024 was taken away for good, page and row.", needs=22),
            Told("entry_removed", "The notice's row was taken out of the column.", needs=8, sure=False),
        ),
        unlisted=True,
    ),
    Event(
        date(2025, 10, 21),
        "wanglan",
        Action.REMOVE,
        "notice-06",
        (
            Told(
                "page_removed",
                "A notice was taken away on 2025-10-21, its row left standing, and came back five weeks later.",
                needs=22,
                until=date(2025, 11, 25),
            ),
        ),
    ),
    Event(
        date(2025, 11, 25),
        "wanglan",
        Action.RESTORE,
        "notice-06",
        (Told("page_restored", "The notice taken away on 2025-10-21 was put back unchanged.", needs=15),),
    ),
    Event(
        date(2026, 1, 22),
        "yunling",
        Action.PUBLISH,
        "report-2025",
        (Told("report_published", "The report for 2025 was published on 2026-01-22, nine days before its due day; observed."),),
    ),
    # --- on time, late, missing and dated back, at more portals than one --------------------------------------------------
    Event(
        date(2025, 1, 21),
        "nanping",
        Action.PUBLISH,
        "report-2024",
        (Told("report_published", "The report for 2024 was published on 2025-01-21, ten days before its due day; observed."),),
    ),
    Event(
        date(2025, 3, 25),
        "jingu",
        Action.PUBLISH,
        "report-2024",
        (Told("report_published", "The report for 2024 was published on 2025-03-25, six days before its due day; observed."),),
    ),
    Event(
        date(2025, 3, 27),
        "songxi",
        Action.PUBLISH,
        "report-2024",
        (
            Told(
                "report_published",
                "The report for 2024 was published on 2025-03-27 while nobody could look; by its date it was on time.",
                needs=28,
            ),
        ),
    ),
    Event(
        date(2025, 4, 1),
        "liuhe",
        Action.LAPSE,
        "report-2024",
        (
            Told(
                "missing_report",
                "The report for 2024 was not there when its due day, 2025-03-31, had gone by; it came eleven days later.",
                needs=2,
                until=date(2025, 4, 11),
            ),
        ),
    ),
    Event(
        date(2025, 4, 11),
        "liuhe",
        Action.PUBLISH,
        "report-2024",
        (
            Told(
                "late_report",
                "The report for 2024, due 2025-03-31, was published on 2025-04-11: 11 days late, shown and observed.",
            ),
            Told("report_published", "The report for 2024 was published on 2025-04-11.", sure=False),
        ),
    ),
    Event(
        date(2025, 4, 1),
        "meiling",
        Action.LAPSE,
        "report-2024",
        (
            Told(
                "missing_report",
                "The report for 2024 was not there when its due day, 2025-03-31, had gone by; it came nine days later.",
                needs=2,
                until=date(2025, 4, 9),
            ),
        ),
    ),
    Event(
        date(2025, 4, 9),
        "meiling",
        Action.PUBLISH,
        "report-2024",
        (
            Told(
                "late_report",
                "The report for 2024, due 2025-03-31, came on 2025-04-09 with a date before its due day: at least 8 days late.",
            ),
            Told("backdated", "The report for 2024 shows 2025-03-28 and was not there until 2025-04-09."),
            Told("report_published", "The report for 2024 was published on 2025-04-09.", sure=False),
        ),
        shown=date(2025, 3, 28),
    ),
    Event(
        date(2026, 2, 1),
        "nanping",
        Action.LAPSE,
        "report-2025",
        (Told("missing_report", "The report for 2025, due 2026-01-31, had not come by the end.", needs=2),),
    ),
    # --- taken away and slipped in ----------------------------------------------------------------------------------------
    Event(
        date(2025, 6, 17),
        "liuhe",
        Action.REMOVE,
        "notice-02",
        (Told("page_removed", "A notice was taken away: status 200 and a page that says it does not exist.", needs=22),),
        way=Way.SOFT,
    ),
    Event(
        date(2025, 8, 19),
        "fengtan",
        Action.PUBLISH,
        "copy-1",
        (
            Told(
                "impostor_copy",
                "A copy of a county's notice appeared on the old address of a district, with a betting brand in its name.",
            ),
        ),
        copied=("qinghe", "notice-03", "必赢体育", "www.byty365.example"),
    ),
    Event(
        date(2025, 10, 21),
        "liuhe",
        Action.REMOVE,
        "notice-04",
        (Told("page_removed", "A notice was taken away: its address leads to the home page.", needs=22),),
        way=Way.HOME,
    ),
    Event(
        date(2025, 11, 25),
        "liuhe",
        Action.UNLIST,
        "notice-06",
        (Told("entry_removed", "A notice's row was taken out of its column; the page itself stayed.", needs=9),),
    ),
    Event(
        date(2025, 12, 16),
        "qinghe",
        Action.REMOVE,
        "notice-01",
        (Told("page_removed", "Six notices of 2024 were taken away at once, pages and rows.", needs=22, about=About.SITE),),
        further=("notice-02", "notice-03", "notice-04", "notice-05", "notice-06"),
        unlisted=True,
    ),
)
