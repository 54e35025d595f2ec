"""What others need for the same versions: git with one commit for each, and whole copies compressed one by one."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path
from urllib.parse import quote

import zstandard

from tests.bench.histories import Look

WHO = "watch <watch@example.org>"


class Git:
    """A repository with one commit for every version, as Open Terms Archive keeps its snapshots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
        # As if each commit had been made by itself: loose objects, no delta chosen before the packing.
        self._import = subprocess.Popen(
            ["git", "-C", str(path), "-c", "fastimport.unpackLimit=1000000000", "fast-import", "--quiet"], stdin=subprocess.PIPE
        )
        self._began = False

    def commit(self, look: Look) -> None:
        """Commit one version of a page."""
        told = b"Record new snapshot\n"
        parts = [
            b"commit refs/heads/main\n",
            f"committer {WHO} {look.time.timestamp():.0f} +0000\n".encode(),
            b"data %d\n%s" % (len(told), told),
            f"M 100644 inline {look.site}/{quote(look.url.partition('//')[2].partition('/')[2] or 'index', safe='.')}\n".encode(),
            b"data %d\n%s\n" % (len(look.body), look.body),
        ]
        assert self._import.stdin
        self._import.stdin.write(b"".join(parts))
        self._began = True

    def packed(self, *, aggressive: bool) -> int:
        """Bytes of all packs and their indexes after `git gc`."""
        if self._import.stdin and not self._import.stdin.closed:
            self._import.stdin.close()
            if self._import.wait():
                raise SystemExit("git fast-import failed")
        how = ["--aggressive", "--prune=now"] if aggressive else ["--prune=now"]
        subprocess.run(["git", "-C", str(self.path), "gc", "-q", *how], check=True)
        return sum(file.stat().st_size for file in (self.path / "objects").rglob("*") if file.is_file())


class Plain:
    """Whole copies."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdCompressor(level=9)
        self.count = self.raw = self.zstd = self.gzip = 0

    def add(self, body: bytes) -> None:
        """Count one version."""
        packer = zlib.compressobj(6, wbits=31)
        self.count += 1
        self.raw += len(body)
        self.zstd += len(self._zstd.compress(body))
        self.gzip += len(packer.compress(body)) + len(packer.flush())
