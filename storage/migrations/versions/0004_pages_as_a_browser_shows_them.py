"""Sites whose pages a browser renders, and what it made of the bytes of a capture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('site', sa.Column('browser', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('capture') as capture:
        capture.add_column(sa.Column('rendered', sa.String(), nullable=True))
        capture.create_foreign_key('capture_rendered_fkey', 'blob', ['rendered'], ['sha256'])
