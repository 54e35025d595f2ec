"""Bytes as deltas, captures as records, hashes as raw bytes, and the ledger.

What is here converts rows by itself and leans on no other module, so that it does the same in ten years.
"""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
import zstandard
from alembic import op
from sqlmodel import UTCDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

HASHES = {
    'page': ['sha256', 'current_sha256', 'first_sound_sha256'],
    'snapshot': ['sha256'],
    'sighting': ['sha256', 'sound_first_sha256', 'sound_prior_sha256', 'sound_last_sha256'],
    'entry': ['first_sha256'],
    'change': ['before_sha256', 'after_sha256'],
    'blob': ['sha256'],
    'capture': ['sha256', 'rendered'],
}
NAMES = {'fk': 'fk_%(table_name)s_%(column_0_name)s'}
OLD = ('vantage', 'url', 'final_url', 'status', 'http_version', 'address', 'tls', 'robots', 'error', 'outcome', 'reason')
BATCH = 500
LARGEST = 2**31


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == 'sqlite'
    if sqlite:
        raw = connection.connection.dbapi_connection
        raw.create_function('raw_hash', 1, lambda told: None if told is None else bytes.fromhex(bytes(told).decode()))
    _let_go_of_blobs(sqlite)
    for table, columns in HASHES.items():
        _as_raw_bytes(table, columns, sqlite)
    op.add_column('blob', sa.Column('base', sa.LargeBinary(), nullable=True))
    op.add_column('blob', sa.Column('depth', sa.Integer(), server_default='0', nullable=False))
    with op.batch_alter_table('blob') as blob:
        blob.alter_column('data', existing_type=sa.LargeBinary(), nullable=True)
    op.add_column('snapshot', sa.Column('pruned', sa.Integer(), nullable=True))
    with op.batch_alter_table('snapshot', naming_convention=NAMES) as snapshot:
        snapshot.alter_column('reading', existing_type=sa.LargeBinary(), nullable=True)
    _readings_as_blobs(connection)
    _captures_as_records(connection)
    for name, kind in (('version', sa.Integer()), ('sha256', sa.LargeBinary()), ('seen', sa.LargeBinary()), ('record', sa.LargeBinary())):
        op.add_column('look', sa.Column(name, kind, nullable=True))
    op.add_column('look', sa.Column('url', sa.String(), server_default='', nullable=False))
    _ledger()


def _let_go_of_blobs(sqlite: bool) -> None:
    """What refers to a blob is asked when one is to go, so that no look pays for an index of it."""
    for table, columns in (('snapshot', ['sha256']), ('capture', ['sha256', 'rendered'])):
        with op.batch_alter_table(table, naming_convention=NAMES) as altered:
            for column in columns:
                named = not sqlite or column == 'rendered'
                altered.drop_constraint(f'{table}_{column}_fkey' if named else f'fk_{table}_{column}', type_='foreignkey')


def _as_raw_bytes(table: str, columns: list[str], sqlite: bool) -> None:
    with op.batch_alter_table(table, naming_convention=NAMES) as altered:
        for column in columns:
            altered.alter_column(
                column, existing_type=sa.String(), type_=sa.LargeBinary(), postgresql_using=f"decode({column}, 'hex')"
            )
    if sqlite:
        op.execute(f'UPDATE "{table}" SET ' + ', '.join(f'"{column}" = raw_hash("{column}")' for column in columns))


BLOB = sa.table(
    'blob', sa.column('sha256', sa.LargeBinary), sa.column('size', sa.Integer), sa.column('base', sa.LargeBinary),
    sa.column('depth', sa.Integer), sa.column('data', sa.LargeBinary),
)


def _keep(connection: sa.Connection, body: bytes, frame: bytes) -> bytes:
    """Keep bytes as a row of `blob` unless they are there; gives their hash."""
    digest = hashlib.sha256(body).digest()
    if connection.execute(sa.select(BLOB.c.size).where(BLOB.c.sha256 == digest)).first() is None:
        connection.execute(sa.insert(BLOB).values(sha256=digest, size=len(body), base=None, depth=0, data=frame))
    return digest


def _readings_as_blobs(connection: sa.Connection) -> None:
    table = sa.table('snapshot', sa.column('id', sa.Integer), sa.column('reading', sa.LargeBinary))
    last = 0
    while rows := connection.execute(sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)).all():
        for row in rows:
            try:
                digest = _keep(connection, zstandard.ZstdDecompressor().decompress(row.reading, max_output_size=LARGEST), row.reading)
            except zstandard.ZstdError:  # damaged: the bytes will be read again
                digest = None
            connection.execute(sa.update(table).where(table.c.id == row.id).values(reading=digest))
        last = rows[-1].id


def _captures_as_records(connection: sa.Connection) -> None:
    old = sa.table(
        'capture', *(sa.column(name) for name in ('look', 'page', 'run', *OLD)), sa.column('sha256', sa.LargeBinary),
        sa.column('rendered', sa.LargeBinary), sa.column('started', UTCDateTime), sa.column('ended', UTCDateTime),
        *(sa.column(name, sa.JSON) for name in ('request_headers', 'headers', 'hops')),
    )
    new = op.create_table(
        'capture_as_record',
        sa.Column('run', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('page', sa.Integer(), nullable=False),
        sa.Column('record', sa.LargeBinary(), nullable=False),
        sa.Column('sha256', sa.LargeBinary(), nullable=False),
        sa.Column('rendered', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['run'], ['run.id'], name='capture_run_fk'),
        sa.ForeignKeyConstraint(['page'], ['page.id'], name='capture_page_fk'),
        sa.PrimaryKeyConstraint('run', 'number', name='capture_pk'),
    )
    last = ''
    while rows := connection.execute(sa.select(old).where(old.c.look > last).order_by(old.c.look).limit(BATCH)).all():
        made = []
        for row in rows:
            packed = _record(row)
            record = _keep(connection, packed, zstandard.ZstdCompressor(level=9, write_checksum=True).compress(packed))
            made.append({
                'run': row.run, 'number': int(row.look.rpartition('.')[2]), 'page': row.page, 'record': record,
                'sha256': row.sha256, 'rendered': row.rendered,
            })
        connection.execute(sa.insert(new), made)
        last = rows[-1].look
    op.drop_table('capture')
    op.rename_table('capture_as_record', 'capture')
    op.create_index('capture_of_page', 'capture', ['page', 'run', 'number'])


def _record(row: sa.Row) -> bytes:
    told = {name: getattr(row, name) for name in OLD}
    told |= {name: getattr(row, name).strftime('%Y-%m-%dT%H:%M:%S.%fZ') for name in ('started', 'ended')}
    told |= {name: getattr(row, name) for name in ('request_headers', 'headers', 'hops')}
    told |= {'sha256': row.sha256.hex(), 'rendered': row.rendered.hex() if row.rendered else None}
    told |= {'method': 'POST' if '#__doPostBack=' in row.url else 'GET', 'phrase': '', 'certificate': None, 'software': '', 'reader': ''}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(',', ':')).encode('utf-8', 'replace')


def _ledger() -> None:
    op.create_table(
        'leaf',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('run', sa.Integer(), nullable=True),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.Column('looks', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['run'], ['run.id']),
        sa.PrimaryKeyConstraint('number'),
        sa.UniqueConstraint('run'),
    )
    op.create_table(
        'node',
        sa.Column('level', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('level', 'position'),
    )
    op.create_table(
        'head',
        sa.Column('size', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('root', sa.LargeBinary(), nullable=False),
        sa.Column('signed', UTCDateTime(), nullable=False),
        sa.Column('key', sa.LargeBinary(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('token', sa.LargeBinary(), nullable=True),
        sa.Column('witnessed', UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('size'),
    )
