"""The shelves of the archive: one file per kind of question. `storage.store` puts them behind one door."""
