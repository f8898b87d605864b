"""The words of the command line, and who carries them out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

import trio_smith as smith

from . import _demo
from ._demo_options import HELP, declare_demo

_EPILOG: Final = """\
examples:
  trio-smith demo         count this Python's standard library, with sabotage,
                          and prove the result
  trio-smith demo --help  what the demo does, and its options
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what *arguments* say (None: those of the process); return the exit code of the process.

    0: done. 1: it failed. 2: the arguments make no sense. 130: Ctrl-C, after an orderly stop.

    Raises:
        SystemExit: From argparse: for ``--help`` and ``--version`` with 0, for a bad argument with 2.
    """
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:  # argparse would show the usage of trio-smith, also where that of its command is wanted
        asked = parser if options.command is None else options.parser
        asked.error(f"unknown: {' '.join(unknown)} (--help shows what there is)")
    if options.command is None:
        parser.error("say what to do, for example: trio-smith demo (--help explains)")
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:  # before or after the part that answers it better
        return _demo.INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trio-smith",
        description="Supervision trees, actors and mailboxes on Trio.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"trio-smith {smith.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    demo = commands.add_parser("demo", help=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    declare_demo(demo)
    demo.set_defaults(run=_demo.run_demo, parser=demo)
    return parser
