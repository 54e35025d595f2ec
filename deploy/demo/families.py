"""The families of portal software that the made-up portals run on: how each forms its addresses, links and headers.

Data only; the markup of each family stands in `templates`. A further family is one more row here and its five templates
(base, home, column, article, gone).
"""

from __future__ import annotations

from dataclasses import dataclass

UTF8 = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Family:
    """One family. Fields in braces of the addresses: place of the column, day shown, serial, and a token of 32 hex digits."""

    article: str
    column: str
    base: int  #: number of the document of the first day
    step: int  #: numbers given out per day
    server: str
    homes: tuple[str, ...] = ("/", "/index.html")
    more: str = ""  #: name of a further list page; without one a list has a single page
    links: str = "root"  #: how links are written: root | relative | dotted
    content_type: str = UTF8
    noisy: bool = False  #: do today's date, view counters or random query strings change its bytes


FAMILIES = {
    "trs": Family(
        "{place}{day:%Y%m}/t{day:%Y%m%d}_{serial}.html", "{place}", 1_160_000, 7, "nginx", more="index_{}.html", links="dotted"
    ),
    "trsgroup": Family("{place}t2{serial}.shtml", "{place}", 8_100_000, 7, "nginx", links="dotted"),
    "jcms": Family(
        "/art/{day.year}/{day.month}/{day.day}/art_{place}_{serial}.html",
        "/col/col{place}/index.html",
        31_000,
        5,
        "Apache-Coyote/1.1",
        noisy=True,
    ),
    # The table portal leaves the charset to the page, and its articles leave it to the reader's wits.
    "table": Family(
        "{place}{serial}.htm",
        "{place}index.htm",
        100,
        2,
        "Microsoft-IIS/6.0",
        homes=("/", "/index.htm"),
        links="relative",
        content_type="text/html",
        noisy=True,
    ),
    "ucap": Family(
        "{place}{day:%Y%m}/{token}.shtml", "{place}common_list.shtml", 40_000, 3, "Server", homes=("/", "/index.shtml")
    ),
    "vsb": Family(
        "/info/{place}/{serial}.htm", "/list{place}.htm", 1_200, 3, "VWebServer", homes=("/", "/index.htm"), links="relative"
    ),
    "postn": Family("{place}content/post_{serial}.html", "{place}", 5_200_000, 9, "nginx/1.20.1"),
    "ivs": Family("{place}{day:%Y%m%d}/{token}.html", "{place}index.html", 700, 3, "Apache", links="root"),
    "aspx": Family(
        "/Item/{serial}.aspx", "{place}List.aspx", 300, 2, "Microsoft-IIS/8.5", homes=("/", "/Default.aspx"), noisy=True
    ),
    "lonsun": Family("/public/{place}/{serial}.html", "/public/column/{place}.html", 6_500_000, 11, "openresty"),
}
