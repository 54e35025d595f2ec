"""The tables of the archive. They never leave this room: other rooms get records.

A row with an empty date is the hand-over between two steps (`compared_at`, `judged_at`, `message`): what waits there is work.
"""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage.tables.findings import AlertRow, FindingRow, MessageRow
from storage.tables.ledger import HeadRow, LeafRow, NodeRow
from storage.tables.looks import (
    BlobRow,
    CaptureRow,
    ChangeRow,
    EntryRow,
    LookRow,
    PageRow,
    RunRow,
    SightingRow,
    SnapshotRow,
)
from storage.tables.manners import LeaseRow, RobotsRow
from storage.tables.passages import PassageRow
from storage.tables.watchlist import AgencyRow, DutyRowTable, House, SiteRow, Speaks, SubscriberRow


def _core(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]


HOUSE, AGENCY, SITE, SPEAKS, PAGE = _core(House), _core(AgencyRow), _core(SiteRow), _core(Speaks), _core(PageRow)
BLOB, SNAPSHOT, CAPTURE, SIGHTING = _core(BlobRow), _core(SnapshotRow), _core(CaptureRow), _core(SightingRow)
ENTRY, RUN, LOOK, CHANGE = _core(EntryRow), _core(RunRow), _core(LookRow), _core(ChangeRow)
PASSAGE = _core(PassageRow)
LEAF, NODE, HEAD = _core(LeafRow), _core(NodeRow), _core(HeadRow)
DUTY, SUBSCRIBER, FINDING, ALERT = _core(DutyRowTable), _core(SubscriberRow), _core(FindingRow), _core(AlertRow)
MESSAGE, LEASE, ROBOTS = _core(MessageRow), _core(LeaseRow), _core(RobotsRow)
