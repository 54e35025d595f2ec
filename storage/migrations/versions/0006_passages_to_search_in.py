"""Passages to search in, and on each engine an index of their pairs of characters.

What is indexed waits as `snapshot.indexed`; nothing is indexed here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('snapshot', sa.Column('indexed', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        'snapshot_waiting', 'snapshot', ['id'], sqlite_where=sa.text('indexed = 0'), postgresql_where=sa.text('NOT indexed')
    )
    op.create_table(
        'passage',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('page', sa.Integer(), nullable=False),
        sa.Column('snapshot', sa.Integer(), nullable=False),
        sa.Column('gone', sa.Integer(), nullable=True),
        sa.Column('mark', sa.Integer(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['page'], ['page.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('passage_of_page', 'passage', ['page', 'mark'])
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE passage_text USING fts5(pairs, content='', tokenize='ascii', detail='none', columnsize=0)")
        return
    op.execute(
        'CREATE OR REPLACE FUNCTION passage_text_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ '
        "SELECT array_agg(a || coalesce(b, '')) "
        'FROM unnest(string_to_array($1, NULL), (string_to_array($1, NULL))[2:]) AS pair(a, b) $$'
    )
    op.execute('CREATE INDEX passage_text ON passage USING gin (passage_text_pairs(text))')
