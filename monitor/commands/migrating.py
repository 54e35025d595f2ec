"""`gongkai migrate`: an archive of an older gongkai becomes one of this. Makes a backup first, and does nothing by halves."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.backing_up import meter, tell_secrets
from monitor.commands.door import home_of, shared
from monitor.commands.home import Home
from monitor.commands.output import note, progress, say
from storage.backup import back_up
from storage.clock import SystemClock
from storage.errors import GongkaiError
from storage.schema import Step
from storage.software import software
from storage.store import Store


@click.command(short_help="Bring an older archive to this version.")
@click.option("--no-backup", is_flag=True, help="Do not write a backup into the home first.")
@shared
@click.pass_context
def migrate(ctx: click.Context, no_backup: bool) -> None:
    """Bring the archive of an older gongkai to this version, all or nothing, with a backup first. Stop `gongkai serve` before."""
    home = home_of(ctx)
    store = Store.open(home.place_of_archive().database_url)
    try:
        if store.empty:
            store.prepare()
        before, steps = store.revision, store.pending()
        if not steps:
            say(f"nothing to do: the archive stands at {before}, as this version needs it")
            return
        if not no_backup:
            _back_up_first(home, steps[-1])
        _migrate(store, steps)
        say(f"migrated the archive from {before} to {store.revision}")
    finally:
        store.close()


def _back_up_first(home: Home, last: Step) -> None:
    file = _free_name(home.folder / "backups", last)
    with progress("backup") as bar:
        made = back_up(home.place, file, SystemClock().now(), software(), meter(bar))
    say(f"wrote {file}: {file.stat().st_size:,} bytes, schema {made.manifest.revision}")
    tell_secrets(made)


def _free_name(folder: Path, last: Step) -> Path:
    """A name that nothing in the folder has; another `gongkai migrate` may be at it in the same second."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        stem = f"before-{last.revision}-{SystemClock().now():%Y%m%dT%H%M%S}"
        taken = {path.stem for path in folder.iterdir()}
    except OSError as wrong:
        raise GongkaiError(f"{folder} cannot be written: {wrong.strerror}", "mend that, or migrate --no-backup") from None
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return folder.absolute() / f"{next(name for name in names if name not in taken)}.zip"


def _migrate(store: Store, steps: list[Step]) -> None:
    """A bar for a person, lines on standard error for a log."""
    with progress("migrating") as bar:
        bar.expect(len(steps))
        bar.step(steps[0].about, 0)
        number = 0

        def done(step: Step) -> None:
            nonlocal number
            number += 1
            bar.step(steps[min(number, len(steps) - 1)].about)
            if not bar.watched:
                note(f"{step.revision} ({number} of {len(steps)}): {step.about}")

        store.migrate(done)
