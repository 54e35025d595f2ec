"""Where a site itself says that its things stand, and versions that were read anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('site', sa.Column('selectors', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('snapshot', sa.Column('anew', sa.Boolean(), server_default=sa.false(), nullable=False))
