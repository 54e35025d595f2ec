"""Any portal: rows by structure, text by density. Verified on pages 004, 018 and 019 of the development corpus."""

from __future__ import annotations

from crawler.portal import Portal
from crawler.reading.document import Document


class Generic(Portal):
    """What is read when no family is recognised."""

    def recognise(self, document: Document) -> str | None:  # noqa: ARG002  the contract gives it
        """Every page qualifies."""
        return "no family recognised"
