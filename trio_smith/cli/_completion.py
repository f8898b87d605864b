"""``trio-smith completion``: a script that lets a shell complete our commands."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, cast

from ._exits import FAILED
from ._printing import print_result, screen

HELP: Final = "print a script that lets your shell complete the commands"

SHELLS: Final = ("bash", "zsh", "fish")

_DESCRIPTION: Final = """\
Print a script that lets your shell complete commands, options and files.
"""
_EPILOG: Final = """\
examples:
  bash   trio-smith completion bash >> ~/.bash_completion
  zsh    trio-smith completion zsh > ~/.zfunc/_trio-smith
         (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  fish   trio-smith completion fish | source

It needs shtab: pip install 'trio-smith[cli]'.
"""


def declare_completion(parser: argparse.ArgumentParser, whole: argparse.ArgumentParser) -> None:
    """Give *parser* its argument; what is completed is *whole*."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
    parser.set_defaults(whole=whole)


def run_completion(options: argparse.Namespace) -> int:
    """Print the script."""
    try:
        shtab = importlib.import_module("shtab")
    except ModuleNotFoundError:
        screen().say(
            "trio-smith completion: shtab is not installed. Install it: pip install 'trio-smith[cli]'."
        )
        return FAILED
    _complete_files(options.whole, shtab)
    _describe_in_a_line(options.whole)
    return print_result("completion", shtab.complete(options.whole, shell=options.shell).rstrip("\n"))


def _complete_files(parser: argparse.ArgumentParser, shtab: ModuleType) -> None:
    for action in _actions(parser):
        if action.metavar in ("FILE", "PATH"):
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # where shtab looks
        elif action.metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


def _describe_in_a_line(parser: argparse.ArgumentParser) -> None:
    """Let shells show what --help says of a command; shtab would take the first line of its description."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            helps = {one.dest: one.help for one in cast("Any", action)._choices_actions}  # noqa: SLF001
            for name, below in cast("Any", action).choices.items():
                below.description = helps[name]
                _describe_in_a_line(below)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for below in cast("Any", action).choices.values():
                yield from _actions(below)
        else:
            yield action
