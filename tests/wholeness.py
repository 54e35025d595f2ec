"""What must hold of an archive's bytes, whatever was done to it: no hole, and nothing kept that nothing needs."""

from __future__ import annotations

from sqlalchemy import select

from storage import blob_files, blobs
from storage.engine import reading
from storage.store import Store
from storage.sweeping import REFERENCES
from storage.tables import BLOB


def whole(store: Store, *, swept: bool = True) -> None:
    """Everything that is referred to can be read; once `swept`, nothing else is there, and no stray file."""
    with reading(store.engine) as connection:
        wanted = {one for query in REFERENCES for one in connection.execute(query).scalars() if one is not None}
        rows = {row.sha256: row for row in connection.execute(select(BLOB))}
        assert wanted <= rows.keys()
        for sha256 in wanted:
            blobs.fetch(connection, sha256)
        bases = {row.base for row in rows.values() if row.base is not None}
        assert all(rows[row.base].depth < row.depth for row in rows.values() if row.base is not None)
        if not swept:
            return
        assert rows.keys() == wanted | (bases & wanted)
        folder = blob_files.folder_of(store.engine)
        if folder is not None and folder.is_dir():
            files = {path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}
            assert files == {sha256 for sha256, row in rows.items() if row.data is None}
