"""What every command shares: where it is told its home, how it is told a time, and how an error reaches a person.

Knows no command. Exit codes: 0 the step finished, 1 nothing could be done or something is broken, 2 the command was used wrongly.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

import click
from loguru import logger

from monitor.commands.home import Home
from monitor.commands.output import note, plain
from storage.errors import GongkaiError
from storage.records import SHANGHAI

F = TypeVar("F", bound=Callable[..., Any])

LOG_LINE = "{time:YYYY-MM-DDTHH:mm:ssZZ} {level: <7} {message}"


class Sorry(click.ClickException):
    """One clear line on standard error, exit code 1."""

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"gongkai: {self.message}", file=file or sys.stderr)


class Door(click.Group):
    """A group that loads a command when it is called, and turns every error into one line."""

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click calls it so
        """The names of the commands in the order of the list."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command; None if there is none of that name."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a GongkaiError, or any surprise, ends as one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except GongkaiError as error:
            raise Sorry(_one_line(str(error))) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("GONGKAI_DEBUG"):
                traceback.print_exc()
            told = f"{type(error).__name__}: {_one_line(str(error))}" if str(error) else type(error).__name__
            raise Sorry(f"unexpected {told}; run with GONGKAI_DEBUG=1 for the trace") from None


def moment(_ctx: click.Context, param: click.Parameter, told: str | None) -> datetime | None:
    """A time as ISO 8601; without an offset it is China's time, a date alone is its first minute. Raises BadParameter."""
    if told is None:
        return None
    try:
        return _moment(told.strip())
    except (ValueError, OverflowError):
        raise click.BadParameter(f"'{told}' is not a time; write 2026-04-01 or 2026-04-01T09:00+08:00", param=param) from None


def shared(command: F) -> F:
    """--home and --database-url also behind the name of a command."""
    for option in (
        click.option("--database-url", metavar="URL", expose_value=False, callback=_keep("database_url"), hidden=True),
        click.option(
            "--home", metavar="DIR", type=click.Path(readable=False, path_type=Path), expose_value=False,
            callback=_keep("folder"),
            help="Where the archive and the settings live (default ./gongkai-data, or GONGKAI_HOME).",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def as_json(command: F) -> F:
    """--json: one JSON document on standard output instead of a table."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


def as_of(command: F) -> F:
    """--as-of T: the time of a step in a simulated home."""
    told = "The time of this step, only in a simulated home: ISO 8601, a date alone means 00:00+08:00."
    return click.option("--as-of", metavar="TIME", callback=moment, help=told)(command)


def home_of(ctx: click.Context) -> Home:
    """The home that the flags of this call name."""
    told = ctx.find_root().ensure_object(dict)
    home = Home(told.get("folder"), told.get("database_url"))
    if level := home.written("LOG_LEVEL"):
        log_to_stderr(level)
    for name, near in home.strangers():
        note(f"gongkai: {plain(name)} is no setting" + (f"; did you mean {near}?" if near else ", and is passed over"))
    return home


def log_to_stderr(level: str) -> None:
    """Send logs to standard error from this level on, unless GONGKAI_LOG_LEVEL says another."""
    logger.remove()
    wanted = (os.environ.get("GONGKAI_LOG_LEVEL") or level).upper()
    try:
        logger.add(_to_stderr, level=wanted, format=LOG_LINE, backtrace=False, diagnose=False)
    except ValueError:
        raise GongkaiError(f"GONGKAI_LOG_LEVEL is '{wanted}'", "give DEBUG, INFO, WARNING or ERROR") from None


def _to_stderr(line: str) -> None:
    # whatever standard error is by then: it is another one where a test, or a progress bar, looks on
    sys.stderr.write(line)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
        if value is not None:
            ctx.find_root().ensure_object(dict)[name] = value
        return value

    return callback


def _moment(told: str) -> datetime:
    if len(told) == len("2026-04-01") and told.count("-") == 2:
        moment = datetime.combine(date.fromisoformat(told), time())
    else:
        moment = datetime.fromisoformat(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if len(lines) == 1 else " / ".join(lines[:3])
