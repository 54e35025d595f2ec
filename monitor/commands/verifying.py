"""`gongkai verify`: is an evidence pack whole, or the archive? Changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import click

from monitor.commands.checking import check_archive, head_given
from monitor.commands.door import as_json, home_of, shared
from monitor.commands.output import plain, print_json, say
from storage.errors import GongkaiError
from storage.pack import Checked, check
from storage.stamps import certificates_in

FILE = click.Path(readable=False, path_type=Path)
LARGEST = 2**32


def key_given(_ctx: click.Context, param: click.Parameter, told: str | None) -> str | None:
    """A public key as 64 hex digits; raises BadParameter."""
    if told is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", told.strip()):
        raise click.BadParameter("write the 64 hex digits of the public key", param=param)
    return told.strip().lower() if told else None


@click.command(short_help="Check the archive, or an evidence pack.")
@click.argument("pack", required=False, type=FILE)
@click.option("--head", metavar="SIZE:ROOT", callback=head_given, help="A head of the archive, as a mail's footer tells it.")
@click.option("--key", metavar="HEX", callback=key_given, help="The key that has to have signed, as published.")
@click.option("--tsa-certificates", "roots", metavar="FILE", type=FILE, help="PEM: authorities whose time stamps you trust.")
@as_json
@shared
@click.pass_context
def verify(
    ctx: click.Context, pack: Path | None, head: tuple[int, str] | None, key: str | None, roots: Path | None, as_json: bool
) -> None:
    """Check the archive of this home, or PACK without any archive; exit code 1 if anything is wrong.

    Of an archive: its ledger, every head signed over it, every row against the looks that it names, every byte kept. Of a pack:
    every hash, every look from its bytes to a signed head, every signature.
    """
    if pack is None:
        if key or roots:
            raise click.UsageError("--key and --tsa-certificates belong to a PACK")
        check_archive(home_of(ctx), head, as_json=as_json)
        return
    if head is not None:
        raise click.UsageError("--head is a head of an archive; of a PACK give --key")
    found = check_pack(pack, key, roots)
    if as_json:
        told = {"looks": found.looks, "faults": list(found.faults), "told": list(found.told)}
        print_json({"pack": str(pack), "whole": not found.faults, **told})
    else:
        print_checked(pack, found)
    if found.faults:
        raise SystemExit(1)


def check_pack(pack: Path, key: str | None, roots: Path | None) -> Checked:
    """What came of checking a pack; raises GongkaiError if it cannot be read."""
    try:
        if pack.stat().st_size > LARGEST:
            raise GongkaiError(f"{plain(pack)} has more than {LARGEST} bytes", "no pack of a finding is so large")
        trusted = certificates_in(roots.read_bytes()) if roots else []
        return check(pack.read_bytes(), trusted, key)
    except OSError as error:
        raise GongkaiError(f"{plain(error.filename)} cannot be read: {error.strerror}", "name another file") from None
    except ValueError:
        raise GongkaiError(f"{plain(roots)} holds no certificates", "give a PEM file") from None


def print_checked(pack: Path, found: Checked) -> None:
    """For people: what is wrong, one line each; else what to compare."""
    for fault in found.faults:
        say(f"WRONG: {plain(fault)}")
    for line in found.told:
        say(plain(line))
    if found.faults:
        say(f"{plain(pack)} is not whole: {len(found.faults)} {'fault' if len(found.faults) == 1 else 'faults'}")
    else:
        say(f"{plain(pack)} is whole: {found.looks} looks, each proven from its bytes to a signed head. Now compare the key.")
