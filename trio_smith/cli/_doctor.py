"""``trio-smith doctor``: is this machine fit, and if not, how does one mend it."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from typing import Final

from ._checks import State, examine
from ._exits import FAILED
from ._printing import print_result
from ._settings_options import declare_settings, source_of

HELP: Final = "look at this machine and a settings file, and say how to mend what is wrong"

_DESCRIPTION: Final = """\
Look at what a program of trio_smith needs: Python, Trio, clocks, the limit of
open files, directories, the terminal, and a settings file if one is given. A
line each: ok, warn (it runs, but), or fail, and how to mend it.
"""
_EPILOG: Final = """\
examples:
  trio-smith doctor
  trio-smith doctor app.toml

exit codes:
  0  nothing failed
  1  something did
  2  bad arguments
"""


def declare_doctor(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options of the command."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    declare_settings(parser, needed=False)


def run_doctor(options: argparse.Namespace) -> int:
    """Examine, and print."""
    found = examine(source_of(options), os.environ)
    counts = Counter(one.state for one in found)
    sums = ", ".join(f"{counts[state]} {state.value}" for state in State)
    code = print_result("doctor", "\n".join([*map(str, found), sums]))
    return code or (FAILED if counts[State.FAIL] else 0)
