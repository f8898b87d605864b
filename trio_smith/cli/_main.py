"""The words of the command line, and who carries them out."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Final

import trio_smith as smith

from . import _completion, _config, _demo, _doctor, _migrate, _run, _tree
from ._demo_options import HELP, declare_demo
from ._exits import INTERRUPTED, TAUGHT
from ._help import Help

_EPILOG: Final = f"""\
examples:
  trio-smith demo                   count this Python's standard library,
                                    with sabotage, and prove the result
  trio-smith run app.toml           run the tree that app.toml names
  trio-smith tree                   what the running program does now
  trio-smith config check app.toml  all that is wrong with the settings
  trio-smith migrate plan x.db      what the schema of a database lacks
  trio-smith doctor                 whether this machine is fit
  trio-smith run --help             what a command does, and its options

{TAUGHT}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what *arguments* say (None: those of the process); return the exit code of the process.

    0: done. 1: it failed. 2: the arguments or the settings make no sense. 130: Ctrl-C, after an orderly
    stop. 141: nobody reads the output any more.

    Raises:
        SystemExit: From argparse: for ``--help`` and ``--version`` with 0, for a bad argument with 2.
    """
    parser = make_parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:  # argparse would show the usage of trio-smith, also where that of its command is wanted
        asked = parser if options.command is None else options.parser
        asked.error(f"unknown: {' '.join(unknown)} (--help shows what there is)")
    if options.command is None:
        parser.error("say what to do, for example: trio-smith demo (--help explains)")
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:  # before or after the part that answers it better
        return INTERRUPTED
    return code


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="trio-smith",
        description="Supervision trees, actors and mailboxes on Trio.",
        epilog=_EPILOG,
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"trio-smith {smith.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def add(
        name: str,
        help: str,  # noqa: A002 - argparse's own word
        declare: Callable[[argparse.ArgumentParser], None],
        run: Callable[[argparse.Namespace], int] | None,
    ) -> None:
        command = commands.add_parser(name, help=help, formatter_class=Help)
        declare(command)
        command.set_defaults(parser=command)
        if run is not None:
            command.set_defaults(run=run)

    add("run", _run.HELP, _run.declare_run, _run.run_run)
    add("tree", _tree.HELP, _tree.declare_tree, _tree.run_tree)
    add("config", _config.HELP, _config.declare_config, None)
    add("migrate", _migrate.HELP, _migrate.declare_migrate, None)
    add("doctor", _doctor.HELP, _doctor.declare_doctor, _doctor.run_doctor)
    add("demo", HELP, declare_demo, _demo.run_demo)
    add(
        "completion",
        _completion.HELP,
        lambda command: _completion.declare_completion(command, parser),
        _completion.run_completion,
    )
    return parser
