"""``trio-smith tree``: the live tree of a running program."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

from ..runtime import TreeUnreachable, ask_tree, run_dir_of, running
from ._exits import FAILED, USAGE
from ._printing import print_result, screen

HELP: Final = "print the live tree of a program that trio-smith run has started"

_DESCRIPTION: Final = """\
Print the live tree of a running program: every supervisor, actor and function,
its state, its restarts, its waiting messages, and where it waits.

The program answers through a socket that only its owner may use; there is one
for each trio-smith run, in the directory that app.run_dir names. To have the
tree in the log instead, send SIGUSR1.
"""
_EPILOG: Final = """\
examples:
  trio-smith tree           of the one program that runs
  trio-smith tree 4711      of process 4711
  trio-smith tree --list    the numbers of those that can be asked

exit codes:
  0  printed
  1  nobody answers
  2  bad arguments, or several programs run
"""
_MOST_DIGITS: Final = 9


def declare_tree(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options of the command."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "pid", metavar="PID", nargs="?", type=_pid, help="the process; without it, the only one that runs"
    )
    parser.add_argument("--list", action="store_true", help="print the processes that can be asked")
    parser.add_argument("--run-dir", metavar="DIR", help="where the sockets lie, if app.run_dir says so")


def run_tree(options: argparse.Namespace) -> int:
    """Ask, and print."""
    folder = run_dir_of(options.run_dir, os.environ)
    if options.list:
        return print_result("tree", "\n".join(map(str, running(folder))) or "no program can be asked")
    pid = options.pid
    if pid is None:
        found = running(folder)
        if len(found) != 1:
            return _not_one(folder, found)
        pid = found[0]
    try:
        text = ask_tree(folder, pid)
    except TreeUnreachable as error:
        screen().say(f"trio-smith tree: {error}")
        return FAILED
    return print_result("tree", text.rstrip("\n"))


def _not_one(folder: Path, found: tuple[int, ...]) -> int:
    if not found:
        screen().say(
            f"trio-smith tree: no program can be asked in {folder}. Start one: trio-smith run app.toml."
        )
        return FAILED
    screen().say(f"trio-smith tree: several programs run, say which: {', '.join(map(str, found))}.")
    return USAGE


def _pid(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: give the number of a process")
    return int(text)
