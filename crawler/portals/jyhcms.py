"""jyhcms (Yunnan). Known only from description: its lists and texts are plain markup, its page numbers stand encoded in
`#pages` links.
"""

from __future__ import annotations

from crawler.portal import Portal


class Jyhcms(Portal):
    """Pages made by jyhcms."""

    name = "jyhcms"
    described = True
    marks = ("jyhcms", "contt_cont")
    containers = ("contt_cont",)
