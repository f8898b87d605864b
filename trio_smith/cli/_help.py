"""How help is written: by hand for 80 columns, and set anew where a terminal is narrower."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import Final

_ITEM: Final = re.compile(r"(?P<indent> +)(?P<term>\S+(?: \S+)*) {2,}(?P<text>\S.*)")
_HANGING: Final = "    "
_SHORT: Final = 10
"""Columns up to which a text stays beside its term."""


class Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions and examples as they are, if they fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        # argparse leaves two columns free; one is enough.
        return flow(super()._fill_text(text, width, indent), width + 1)


def flow(text: str, columns: int) -> str:
    """Return *text* as it is, or with its paragraphs and its lists of two columns set for *columns*.

    A paragraph begins at the margin; a list has lines of a term, blanks and a text, which may go on below.
    """
    if all(len(line) <= columns for line in text.splitlines()):
        return text
    return "\n".join(_fill(*piece, columns) for piece in _pieces(text))


def _pieces(text: str) -> list[tuple[str, str]]:
    """Return what belongs together, each with the indentation of its lines behind the first."""
    pieces: list[tuple[str, str]] = []
    column = 0  # at which the text of the item before stands; 0: nothing goes on
    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        indent = len(line) - len(line.lstrip())
        if item is not None:
            column = item.start("text")
            if column <= _SHORT:
                pieces.append((line, " " * column))
            else:
                pieces.append((item["indent"] + item["term"], item["indent"] + _HANGING))
                pieces.append((item["indent"] + _HANGING + item["text"], item["indent"] + _HANGING))
        elif line and pieces and (indent == column > 0 or (indent == 0 and _goes_on(pieces[-1][0]))):
            before, hanging = pieces.pop()
            pieces.append((f"{before} {line.strip()}", hanging))
        else:
            pieces.append((line, " " * indent + (_HANGING if indent else "")))
            column = 0
    return pieces


def _goes_on(before: str) -> bool:
    # A heading such as "examples:" is no part of a paragraph.
    return bool(before) and not before.startswith(" ") and not before.endswith(":")


def _fill(line: str, hanging: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    return textwrap.fill(
        line, columns, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
