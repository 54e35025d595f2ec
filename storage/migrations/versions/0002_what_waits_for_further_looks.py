"""Pages whose state is not settled, pages lost in a redesign, and when a site's new normal was adopted."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('site', sa.Column('adopted', sqlmodel.UTCDateTime(), nullable=True))
    op.add_column('page', sa.Column('unsettled', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('page', sa.Column('retired', sqlmodel.UTCDateTime(), nullable=True))
    op.create_index(op.f('ix_entry_page'), 'entry', ['page'], unique=False)
