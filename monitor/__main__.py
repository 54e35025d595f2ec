"""The front door: `gongkai COMMAND`. Names the commands and loads one when it is called; does nothing else."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper

import click

from monitor.commands.door import Door, log_to_stderr, shared

COMMANDS = {
    "demo": "monitor.commands.demo:demo",
    "init": "monitor.commands.starting:init",
    "import": "monitor.commands.importing:import_",
    "export": "monitor.commands.importing:export",
    "add": "monitor.commands.adding:add",
    "crawl": "monitor.commands.crawling:crawl",
    "judge": "monitor.commands.steps:judge",
    "deliver": "monitor.commands.steps:deliver",
    "run": "monitor.commands.steps:run",
    "serve": "monitor.commands.serving:serve",
    "status": "monitor.commands.telling:status",
    "findings": "monitor.commands.telling:findings",
    "duties": "monitor.commands.telling:duties",
    "evidence": "monitor.commands.evidence:evidence",
    "verify": "monitor.commands.verifying:verify",
    "adopt": "monitor.commands.adopting:adopt",
    "log": "monitor.commands.history:log",
    "show": "monitor.commands.history:show",
    "diff": "monitor.commands.history:diff",
    "search": "monitor.commands.searching:search",
    "prune": "monitor.commands.pruning:prune",
    "forget": "monitor.commands.forgetting:forget",
    "reread": "monitor.commands.rereading:reread",
    "backup": "monitor.commands.backing_up:backup",
    "restore": "monitor.commands.backing_up:restore",
    "migrate": "monitor.commands.migrating:migrate",
    "read": "monitor.commands.reading:read",
    "compare": "monitor.commands.reading:compare",
}
"""Every command and where it lives, in the order in which a newcomer meets them."""


def _version() -> str:
    try:
        return version("gongkai")
    except PackageNotFoundError:
        return "(not installed)"


@click.command("gongkai", cls=Door, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="gongkai", message="%(prog)s %(version)s")
@shared
def gongkai() -> None:
    """Watch what public bodies publish: when it appeared, what was changed in silence, what was taken back, what never came.

    Times are read and shown as ISO 8601. Settings are GONGKAI_* in the environment or in the .env of the home. To see it at
    work without a network: gongkai demo.
    """
    log_to_stderr("WARNING")


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # a terminal that knows no Chinese shows escapes instead of breaking off
            stream.reconfigure(errors="backslashreplace")
    gongkai(prog_name="gongkai")


if __name__ == "__main__":
    main()
