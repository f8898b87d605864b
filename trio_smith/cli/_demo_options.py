"""The options of ``trio-smith demo``, and its help."""

from __future__ import annotations

import argparse
from typing import Final

from ..store._url import BadStoreUrl, parse_store_url

HELP: Final = "a census of a source tree by supervised actors, sabotaged, that proves itself"

_DESCRIPTION: Final = """\
Count a source tree (files, lines, functions, classes, syntax errors, the
longest function) with actors under a three-level supervision tree, while a
saboteur crashes a share of their handlers. Then count it again in a plain
loop and prove that both agree: nothing lost, nothing counted twice.
"""
_EPILOG: Final = """\
examples:
  trio-smith demo                       this Python's standard library,
                                        5 % of deliveries crash
  trio-smith demo src --crash-rate 0.5  your own sources, and every second
                                        delivery crashes
  trio-smith demo src --crash-rate 0    nobody is hurt: what supervision
                                        costs by itself
  trio-smith demo --store census.db     kill it whenever you like; run again,
                                        it goes on where it was
  trio-smith demo --seed 8 --parsers 9  other crashes, more parsers

A delivery is one message handed to an actor. When its handler crashes, the
message is delivered again, up to 4 times in all; the saboteur spares the last
one. He goes by a hash of the seed, so that one source tree and one seed meet
the same crashes on every run. All parsers share one thread: more of them share
the crashes out, they do not count faster.

What cannot be read, and what this Python cannot parse, is counted and named.
Links to directories are not followed.

The results go to the standard output, progress to the standard error.
exit codes: 0 proven; 1 not proven; 2 bad arguments; 130 Ctrl-C, after the tree
has stopped in order (a second Ctrl-C stops it at once); 141 nobody reads the
results any more. Any other signal ends it at once, as it ends any process; it
keeps nothing outside of itself that could be left behind
"""
_MOST_PARSERS: Final = 256
_MOST_DIGITS: Final = 9
_SHOWN: Final = 40


def declare_demo(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options of the demo: path, crash_rate, seed, parsers, quiet."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add = parser.add_argument
    add(
        "path",
        nargs="?",
        metavar="PATH",
        help="a directory, of which every *.py is counted, or a file; without it the standard library of "
        "this Python, less site-packages",
    )
    add(
        "--crash-rate",
        type=_share,
        default=0.05,
        metavar="RATE",
        help="the share of deliveries that crash, from 0 to 1 (%(default)s)",
    )
    add("--seed", type=_seed, default=7, metavar="N", help="another number, other crashes (%(default)s)")
    add(
        "--parsers",
        type=_parsers,
        default=4,
        metavar="N",
        help="how many, from 1 to 256 (%(default)s)",
    )
    add(
        "--store",
        type=_store,
        metavar="URL",
        help="keep every count in a store, such as the file census.db: the next run goes on where this one "
        "was ended, also by kill -9, and reads no file again that was counted and has not changed",
    )
    add("-q", "--quiet", "--no-progress", action="store_true", help="the results alone, no progress")


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]!r}: give a number from 0 to 1, 0.05 for 5 %")
    return share


def _store(text: str) -> str:
    try:
        parse_store_url(text)
    except BadStoreUrl as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]!r}: give a whole number") from None


def _parsers(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
    if not 1 <= number <= _MOST_PARSERS:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]!r}: give a whole number from 1 to {_MOST_PARSERS}")
    return number
