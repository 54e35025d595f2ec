"""Any portal: rows by structure, text by density. Verified on pages 014, 018 and 019 of the development corpus.

The names of containers are those of single hosts, each seen in a public spider of that host; names as wide as content,
main or detail are left to density, for on other hosts they hold the menus as well.
"""

from __future__ import annotations

from crawler.portal import Portal
from crawler.reading.document import Document


class Generic(Portal):
    """What is read when no family is recognised."""

    containers = (
        *("gkxl-article", "xl-bk", "zlyxwz_t2a", "contentlf", "szf_lfNewsDetail", "wip_art_con", "contText", "gknbxq_detail"),
        *("position1-text2", "news_show_conter", "articlecontent1", "articlecontent3", "wrapper_deatil", "zcwjk-xlcon"),
        *("zwxl-main", "zfwjwzcontent", "tys-main-zt", "insMainConTxt", "news_cont_d_wrap"),
    )

    def recognise(self, document: Document) -> str | None:  # noqa: ARG002  the contract gives it
        """Every page qualifies."""
        return "no family recognised"
