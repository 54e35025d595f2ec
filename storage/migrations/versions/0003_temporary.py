"""TEMPORARY: stands for the migration of another branch, which brings the selectors of sites."""

from __future__ import annotations


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
