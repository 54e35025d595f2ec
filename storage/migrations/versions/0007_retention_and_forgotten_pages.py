"""How long a site's versions and looks are kept, and pages that were forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ('keep_versions', 'keep_days', 'keep_looks_days'):
        op.add_column('site', sa.Column(name, sa.Integer(), nullable=True))
    op.add_column('page', sa.Column('forgotten', sa.Integer(), nullable=True))
