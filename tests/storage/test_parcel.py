"""A file that says it is a backup is believed in nothing: each trick is refused in one line, before anything is written."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import BackupError
from storage.parcel import Manifest, opened, packing

MADE = datetime(2025, 3, 3, tzinfo=UTC)
BLOB = "ab" * 32
FILES = {"gongkai.db": b"rows " * 50, f"blobs/ab/{BLOB}": b"\x28\xb5\x2f\xfd frame", "mail/2025-03-03_a_1.eml": b"Subject: x"}


Change = Callable[[zipfile.ZipInfo], None]


def told(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest that these files would have."""
    items = [{"name": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in files.items()]
    made = {"format": 1, "made": MADE.isoformat(), "software": "gongkai 1", "engine": "sqlite", "revision": "0001"}
    return {**made, "items": items}


def crafted(
    path: Path, files: dict[str, bytes], manifest: object = None, change: Callable[[zipfile.ZipInfo], None] | None = None
) -> Path:
    """A zip as an attacker would write it; `change` is asked for every entry."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in {**files, "manifest.json": json.dumps(manifest or told(files)).encode()}.items():
            info = zipfile.ZipInfo("placeholder", (2025, 3, 3, 0, 0, 0))
            info.filename = name  # as it is: the constructor would tidy it up
            if change is not None:
                change(info)
            archive.writestr(info, body)
    return path


def taken(path: Path, folder: Path) -> dict[str, bytes]:
    """Everything in a backup, taken out."""
    found = {}
    with opened(path) as parcel:
        for item in parcel.manifest.items:
            target = folder / hashlib.sha256(item.name.encode()).hexdigest()
            target.unlink(missing_ok=True)
            parcel.take_out(item, target)
            found[item.name] = target.read_bytes()
    return found


def packed(path: Path) -> Path:
    """A backup as it is really written."""
    with packing(path, MADE) as (packer, _):
        for name, body in FILES.items():
            packer.add(name, BytesIO(body), squeeze=name == "gongkai.db")
        packer.finish(Manifest(1, MADE, "gongkai 1", "sqlite", "0001", tuple(packer.items)))
    return path


def test_what_was_packed_comes_out_again(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert taken(path, tmp_path) == FILES
    assert [name.name for name in tmp_path.iterdir() if name.name.startswith(".")] == []


def test_what_is_crafted_here_is_otherwise_a_backup(tmp_path: Path) -> None:
    assert taken(crafted(tmp_path / "a.zip", FILES), tmp_path) == FILES


def refused(path: Path, tmp_path: Path, why: str) -> None:
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    with pytest.raises(BackupError, match=why) as error, opened(path):
        pass
    assert error.value.next_step
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd", "../gongkai.db", "mail/../../x", "mail/../x.eml", "./x", "mail//x", "mail/a/b.eml", "mail/.hidden",
        "mail/", "mail/..", "blobs/..", f"blobs/cd/{BLOB}", f"blobs/ab/../../{BLOB}", f"blobs/ab/{BLOB}.x", "mail/" + "a" * 300,
        f"blobs/AB/{BLOB.upper()}", "C:\\x", "..\\x", "mail\\x.eml", "mail/x\n.eml", "ledger.key", "gongkai.db-wal",
        "backups/a.zip", ".bashrc", "mail/邮件.eml", "GONGKAI.DB", "",
    ],
)  # fmt: skip
def test_a_name_that_no_home_holds_is_refused(name: str, tmp_path: Path) -> None:
    refused(crafted(tmp_path / "a.zip", {**FILES, name: b"x"}), tmp_path, "no file of a home|is damaged")


def test_a_name_cut_off_by_a_nul_is_refused(tmp_path: Path) -> None:
    path = crafted(tmp_path / "a.zip", {**FILES, "mail/abcd.eml": b"x"})
    path.write_bytes(path.read_bytes().replace(b"mail/abcd.eml", b"mail/a\0../../.", 2))
    refused(path, tmp_path, "backup")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int, tmp_path: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (kind | 0o777) << 16 if info.filename.startswith("mail/") else 0

    refused(crafted(tmp_path / "a.zip", FILES, change=change), tmp_path, "something else than a plain file")


def test_a_way_of_compressing_that_we_do_not_use_is_refused(tmp_path: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_BZIP2 if info.filename.startswith("mail/") else zipfile.ZIP_STORED

    refused(crafted(tmp_path / "a.zip", FILES, change=change), tmp_path, "something else than a plain file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    path = crafted(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("gongkai.db", b"another")
    refused(path, tmp_path, "a name twice")


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (told({**FILES, "watchlist.toml": b"x"}), "does not hold what its manifest says"),
        (told({"gongkai.db": FILES["gongkai.db"]}), "does not hold what its manifest says"),
        (told(FILES) | {"items": told(FILES)["items"] * 2}, "does not hold what its manifest says"),
        (told(FILES | {"gongkai.db": b"longer " * 99}), "not as long as the manifest says"),
        (told(FILES) | {"items": [{**item, "size": -1} for item in told(FILES)["items"]]}, "not as long as the manifest says"),
        (told(FILES) | {"format": 2}, "use a newer gongkai"),
        (told(FILES) | {"items": "all"}, "manifest cannot be read"),
        ([[1]], "manifest cannot be read"),
        (told(FILES) | {"format": 10**400}, "another format.*use a newer gongkai"),
    ],
)
def test_a_manifest_that_is_not_of_these_files_is_refused(manifest: object, why: str, tmp_path: Path) -> None:
    path = crafted(tmp_path / "a.zip", FILES, manifest)
    refused(path, tmp_path, why)


def test_a_manifest_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = crafted(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("gongkai.db", b"x")
        archive.writestr("manifest.json", b"[" * 100_000)
    refused(tmp_path / "b.zip", tmp_path, "manifest cannot be read")
    assert path.exists()


@pytest.mark.parametrize("files", [{}, {"watchlist.toml": b"x"}])
def test_a_backup_without_a_database_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    refused(crafted(tmp_path / "a.zip", files), tmp_path, "does not hold")


def test_other_zips_and_other_files_are_no_backups(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("gongkai.db", b"x")
    refused(tmp_path / "a.zip", tmp_path, "has no manifest")
    (tmp_path / "b.zip").write_bytes(b"no zip")
    refused(tmp_path / "b.zip", tmp_path, "no backup of gongkai")
    refused(tmp_path / "c.zip", tmp_path, "there is no file")
    refused(tmp_path, tmp_path, "is no file")


def test_bytes_that_are_not_those_of_the_manifest_are_refused(tmp_path: Path) -> None:
    other = {name: bytes(len(body)) for name, body in FILES.items()}
    with pytest.raises(BackupError, match=r"gongkai\.db in the backup is damaged"):
        taken(crafted(tmp_path / "a.zip", FILES, told(other)), tmp_path)


def test_what_unpacks_to_more_than_it_says_is_cut_short_and_refused(tmp_path: Path) -> None:
    """The size in the directory is that of the manifest, the stream behind it holds a thousand times as much."""
    path = tmp_path / "a.zip"
    small, large = b"a" * 1234, b"a" * 1_234_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gongkai.db", large)
        archive.writestr("manifest.json", json.dumps(told({"gongkai.db": small})))
    path.write_bytes(path.read_bytes().replace(len(large).to_bytes(4, "little"), len(small).to_bytes(4, "little")))
    with pytest.raises(BackupError, match="damaged"):
        taken(path, tmp_path)
    assert max(each.stat().st_size for each in tmp_path.iterdir()) < 10_000


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_backup_is_refused_or_comes_out_as_it_was(data: st.DataObject, tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    body = (whole if whole.exists() else packed(whole)).read_bytes()
    at = data.draw(st.integers(0, len(body) - 1))
    broken = body[:at] + data.draw(st.binary(max_size=8)) + body[at + data.draw(st.integers(0, 8)) :]
    (tmp_path / "broken.zip").write_bytes(broken)
    with suppress(BackupError):
        assert taken(tmp_path / "broken.zip", tmp_path) == FILES


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300))
def test_any_bytes_are_answered_in_one_line(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "any.zip").write_bytes(body)
    with pytest.raises(BackupError), opened(tmp_path / "any.zip"):
        pass


# --- writing -------------------------------------------------------------------------------------------------------------------


def breaks_off(target: Path, deed: Callable[[], object]) -> None:
    """A backup in which something happens before it is finished."""
    with packing(target, MADE) as (packer, _):
        packer.add("gongkai.db", BytesIO(b"x"))
        deed()


def test_a_backup_overwrites_nothing_even_if_another_is_faster(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    with pytest.raises(BackupError, match="is there already"):
        breaks_off(target, lambda: target.write_bytes(b"of another"))
    assert target.read_bytes() == b"of another"
    (tmp_path / "link.zip").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="is there already"), packing(tmp_path / "link.zip", MADE):
        pass


def test_a_backup_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off(tmp_path / "a.zip", stop)
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links_gets_its_backup_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert taken(packed(tmp_path / "a.zip"), tmp_path) == FILES


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="there is no folder"), packing(tmp_path / "no" / "a.zip", MADE):
        pass
