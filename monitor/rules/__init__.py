"""The list of rules. A new kind is one file here and one line below."""

from __future__ import annotations

from typing import Any

from monitor.rule import Rule
from monitor.rules import (
    attachment_changed,
    backdated,
    entry_removed,
    figure_changed,
    impostor_copy,
    late_report,
    link_changed,
    missing_report,
    not_assessable,
    page_changed,
    page_removed,
    page_restored,
    paywalled_section,
    redated,
    report_published,
    run_suspect,
    silent_edit,
    site_blocked,
    site_redesigned,
    site_unreachable,
    stale_column,
    sums_disagree,
    wall_lifted,
)

RULES: tuple[Rule[Any], ...] = (
    report_published.RULE,
    missing_report.RULE,
    late_report.RULE,
    not_assessable.RULE,
    backdated.RULE,
    redated.RULE,
    paywalled_section.RULE,
    paywalled_section.ON_CHANGE,
    wall_lifted.RULE,
    page_removed.RULE,
    page_removed.TOGETHER,
    page_restored.RULE,
    entry_removed.RULE,
    figure_changed.RULE,
    silent_edit.RULE,
    page_changed.RULE,
    attachment_changed.RULE,
    link_changed.RULE,
    impostor_copy.RULE,
    stale_column.RULE,
    site_unreachable.RULE,
    site_blocked.RULE,
    site_redesigned.RULE,
    run_suspect.RULE,
    sums_disagree.RULE,
)
