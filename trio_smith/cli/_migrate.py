"""``trio-smith migrate``: take the schema of a database up and down."""

from __future__ import annotations

import argparse
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import trio

from ..errors import FailureError, MisuseError
from ._exits import DONE, FAILED, INTERRUPTED, USAGE
from ._help import Help
from ._printing import print_result, screen

if TYPE_CHECKING:
    from ..store import Migrations, MigrationStatus, MigrationStep

HELP: Final = "take the schema of a database up or down, or look how it stands"

_DESCRIPTION: Final = """\
Bring a database to the schema that a program needs, by numbered scripts. Nothing
does it unasked.

Without --folder the schema is that of trio_smith's own store. A folder holds the
scripts of an application: 0001_name.up.sql, 0001_name.down.sql, 0002_…

URL is one of:

  sqlite:PATH                        a file; a path ending in .db or .sqlite
                                     needs no sqlite:
  postgresql://USER@HOST/DATABASE    keep the password in ~/.pgpass or PGPASSWORD:
                                     others see the arguments of a command
"""
_EPILOG: Final = """\
examples:
  trio-smith migrate plan census.db
  trio-smith migrate up census.db
  trio-smith migrate status postgresql://ada@db/census
  trio-smith migrate up census.db --folder migrations --owner census
  trio-smith migrate down census.db --to 3 --dry-run

exit codes:
  0    done, or nothing was to be done; of verify: all is well
  1    it failed or was refused: drift, a gap, a newer database, a broken script;
       whole steps that were printed stay
  2    bad arguments or bad scripts; nothing was run
  130  Ctrl-C: the script at work was undone
"""
_LAST: Final = 9999
_LONGEST_WAIT: Final = 86_400.0

_Command: TypeAlias = "Callable[[Migrations, argparse.Namespace], Awaitable[int]]"


def declare_migrate(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the commands below this one."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", title="commands", required=True)

    def add(name: str, text: str, run: _Command) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=text, description=f"{text.capitalize()}.", epilog=_EPILOG, formatter_class=Help
        )
        command.add_argument("url", metavar="URL", help="the database, such as census.db")
        command.add_argument("--folder", metavar="DIR", help="the scripts of an application")
        command.add_argument(
            "--owner", metavar="NAME", help="whose history the folder has, if not: application"
        )
        command.add_argument(
            "--wait",
            metavar="SECONDS",
            type=_seconds,
            default=10.0,
            help="how long to wait for others that migrate or lock what is needed, if not: 10",
        )
        command.set_defaults(run=partial(_run, command=run), parser=command)
        return command

    add("status", "print how each migration stands", _status)
    plan = add("plan", "print what up would do", _plan)
    up = add("up", "apply what is not applied yet", _up)
    down = add("down", "take back what is applied above a number; data in dropped tables is gone", _down)
    add("verify", "compare the history with the scripts, and the schema with what they make", _verify)
    for command in (plan, up):
        command.add_argument("--to", metavar="N", type=_number, help="up to this number, if not: all")
    down.add_argument(
        "--to", metavar="N", type=_number, required=True, help="the last number to keep; 0: none"
    )
    for command in (up, down):
        command.add_argument("--dry-run", action="store_true", help="only print what would be done")


def _run(options: argparse.Namespace, *, command: _Command) -> int:
    # Here, so that a Python that was built without SQLite has all other commands.
    from ..store import open_migrations  # noqa: PLC0415

    async def main() -> int:
        async with open_migrations(
            options.url, folder=options.folder, owner=options.owner, wait=options.wait
        ) as migrations:
            return await command(migrations, options)

    try:
        return trio.run(main)
    except MisuseError as error:
        return _failed(options, str(error), USAGE)
    except FailureError as error:
        return _failed(options, str(error), FAILED)
    except KeyboardInterrupt:
        return _failed(options, "interrupted; the script at work was undone", INTERRUPTED)


async def _status(migrations: Migrations, _options: argparse.Namespace) -> int:
    found = await migrations.status()
    width = max((len(str(one)) for one in found), default=0)
    lines = [_line(one, width) for one in found]
    return print_result("migrate status", "\n".join(lines) or "there are no migrations")


async def _plan(migrations: Migrations, options: argparse.Namespace) -> int:
    return _show("plan", await migrations.plan(options.to))


async def _up(migrations: Migrations, options: argparse.Namespace) -> int:
    steps = await migrations.plan(options.to)
    if options.dry_run or not steps:
        return _show("up", steps)
    code = DONE
    # One by one, so that each is printed when it is done.
    for step in steps:
        for taken in await migrations.up(step.migration.number):
            code = print_result("migrate up", str(taken)) or code
    return code


async def _down(migrations: Migrations, options: argparse.Namespace) -> int:
    from ..store import MigrationWay  # noqa: PLC0415 - as above

    steps = await migrations.plan(options.to, way=MigrationWay.DOWN)
    if options.dry_run or not steps:
        return _show("down", steps)
    code = DONE
    for step in steps:
        for taken in await migrations.down(to=step.migration.number - 1):
            code = print_result("migrate down", str(taken)) or code
    return code


async def _verify(migrations: Migrations, _options: argparse.Namespace) -> int:
    found = await migrations.verify()
    lines = [*found.problems]
    if found.not_compared is not None:
        lines.append(f"the schema itself was not compared: {found.not_compared}")
    if not found.problems:
        lines.append(f"all is well; applied: {found.applied}")
    return print_result("migrate verify", "\n".join(lines)) or (FAILED if found.problems else DONE)


def _show(what: str, steps: tuple[MigrationStep, ...]) -> int:
    counts = [len(step.statements) for step in steps]
    lines = [f"{step} ({n} statement{'' if n == 1 else 's'})" for step, n in zip(steps, counts, strict=True)]
    return print_result(f"migrate {what}", "\n".join(lines) or "nothing to do")


def _line(one: MigrationStatus, width: int) -> str:
    text = f"{one!s:<{width}}  {one.state.value}"
    if one.applied is None:
        return text
    when = datetime.fromtimestamp(one.applied.applied_at, UTC)
    return f"{text}  {when:%Y-%m-%d %H:%M:%SZ}  {one.applied.took_seconds:.3f} s"


def _failed(options: argparse.Namespace, text: str, code: int) -> int:
    screen().say(f"trio-smith migrate {options.what}: {text}")
    return code


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LAST))):
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: give a number from 0 to {_LAST}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: give seconds from 0 to {_LONGEST_WAIT:.0f}")
    return seconds
