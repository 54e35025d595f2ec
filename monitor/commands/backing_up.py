"""`gongkai backup` and `gongkai restore`: the whole home in one file and back. Changes nothing of a home that is in use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from monitor.commands.door import home_of, shared
from monitor.commands.output import Bar, local, note, plain, progress, say
from monitor.commands.starting import command_of
from storage.backup import Made, back_up
from storage.clock import SystemClock
from storage.copying import Tell
from storage.errors import GongkaiError
from storage.parcel import KEY
from storage.restoring import Restored
from storage.restoring import restore as put_back
from storage.software import software

PASSPHRASE = "GONGKAI_BACKUP_PASSPHRASE"  # noqa: S105 a name


@click.command(short_help="Write the whole home into one file.")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--with-secrets", is_flag=True, help=f"Also the secrets, sealed under a passphrase (asked for, or {PASSPHRASE}).")
@shared
@click.pass_context
def backup(ctx: click.Context, file: Path, with_secrets: bool) -> None:
    """Write archive, watchlist, mails and settings into one FILE, while others go on working.

    Secrets (the key that signs, passwords and tokens in .env) are left out, and named, unless --with-secrets is given.
    """
    place = home_of(ctx).place_of_archive()
    passphrase = _new_passphrase() if with_secrets else None
    with progress("backup") as bar:
        made = back_up(place, file.absolute(), SystemClock().now(), software(), meter(bar), passphrase)
    say(f"wrote {file}: {file.stat().st_size:,} bytes, schema {made.manifest.revision}")
    tell_secrets(made)


@click.command(short_help="Put a backup into an empty home.")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--without-secrets", is_flag=True, help="Leave sealed secrets where they are.")
@shared
@click.pass_context
def restore(ctx: click.Context, file: Path, without_secrets: bool) -> None:
    """Put the backup in FILE into an empty home, on SQLite or on PostgreSQL, whichever it was made from.

    Everything is checked first; what cannot be restored whole is not restored at all.
    """
    home = home_of(ctx)
    with progress("restore") as bar:
        restored = put_back(home.place, file.absolute(), meter(bar), None if without_secrets else _passphrase)
    manifest = restored.manifest
    made = f"{local(manifest.made)} ({plain(manifest.software)}, schema {manifest.revision})"
    say(f"restored {home.folder} from the backup of {made}")
    _tell_restored(restored)
    if restored.older:
        say(f"next: {command_of(home)} migrate")


def meter(bar: Bar) -> Tell:
    """A bar as those who copy speak to it."""
    stood = 0

    def tell(doing: str, done: int, total: int) -> None:
        nonlocal stood
        bar.expect(total)
        bar.step(doing, done - stood)
        stood = done

    return tell


def tell_secrets(made: Made) -> None:
    """Which secrets a backup holds, which it lacks, and what else a person should know of it."""
    manifest = made.manifest
    if manifest.secrets:
        said = "sealed under the passphrase" if manifest.sealed else "left out, since they are secret"
        say(f"{said}: {', '.join(map(plain, manifest.secrets))}")
    for name in made.skipped:
        note(f"left out, since it is no plain file that belongs there: {plain(name)}")
    if manifest.holes:
        note(f"{len(manifest.holes)} bodies were missing in the archive already; see `gongkai verify`")


def _tell_restored(restored: Restored) -> None:
    if restored.missing:
        say(f"missing, since they were left out: {', '.join(map(plain, restored.missing))}")
    if KEY in restored.missing:
        say("the next head is signed with a new key, unless you put the old one back first")
    if restored.put_aside:
        say("put aside: GONGKAI_DATABASE_URL in .env, which named another database; write there where the archive lies now")
    if restored.manifest.holes:
        note(f"{len(restored.manifest.holes)} bodies were missing when the backup was made; see `gongkai verify`")


def _new_passphrase() -> str:
    return os.environ.get(PASSPHRASE) or _ask("passphrase for the secrets", twice=True)


def _passphrase() -> str:
    return os.environ.get(PASSPHRASE) or _ask("passphrase of the secrets", twice=False)


def _ask(what: str, *, twice: bool) -> str:
    if not sys.stdin.isatty():
        raise GongkaiError(
            "no passphrase was given, and nobody can be asked for it",
            f"set {PASSPHRASE}" + ("" if twice else ", or restore --without-secrets"),
        )
    told: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return told
