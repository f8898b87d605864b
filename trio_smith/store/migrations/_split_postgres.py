"""Find where the statements of a PostgreSQL script end, as psql does: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PIECE: Final = re.compile(
    r"""
      (?P<open_comment> /\* )
    | --[^\n]*
    | [eE]' (?: [^'\\] | \\. | '' )* '
    | ' (?: [^'] | '' )* '
    | " (?: [^"] | "" )* "
    | \$ (?P<tag> (?: [A-Za-z_\x80-\U0010ffff] [\w]* )? ) \$ .*? \$ (?P=tag) \$
    | (?P<word> [A-Za-z_\x80-\U0010ffff] [\w$]* )
    | \d [\w.]* | \s+
    | (?P<sign> [();] )
    | (?P<never_closed> ['"] | \$ (?: [A-Za-z_] \w* )? \$ )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT: Final = re.compile(r"/\*|\*/")


def pieces_for_postgres(script: str) -> Iterator[str]:
    """Yield the statements of *script* that have an end, each with what stands before it.

    A semicolon ends a statement unless it stands in a text, a quoted name, a comment (they nest), a
    dollar-quoted body, parentheses, or the ``BEGIN ATOMIC … END`` of a function.
    """
    start = at = 0
    inside = _Inside()
    while at < len(script):
        found = _PIECE.match(script, at)
        assert found is not None, "the last alternative takes anything"
        at = found.end()
        if found["never_closed"] is not None:
            break
        if found["open_comment"] is not None:
            end = end_of_comment(script, found.start(), nested=True)
            if end is None:
                break
            at = end
        elif found["word"] is not None:
            inside.word(found["word"].upper())
        elif found["sign"] is not None and inside.sign(found["sign"]):
            yield script[start:at]
            start, inside = at, _Inside()


class _Inside:
    """How deep in parentheses and blocks the current statement is."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._parentheses = 0
        self._blocks = 0

    def word(self, word: str) -> None:
        """Take one word of the statement."""
        self._words = [*self._words[:4], word]
        # A block is only looked for where there can be one: "begin" and "end" are good names of columns.
        if not (self._words[0] == "CREATE" and {"FUNCTION", "PROCEDURE"} & set(self._words[1:4])):
            return
        if word == "BEGIN" or (word == "CASE" and self._blocks):
            self._blocks += 1
        elif word == "END" and self._blocks:
            self._blocks -= 1

    def sign(self, sign: str) -> bool:
        """Take a parenthesis or a semicolon; return whether the statement ends here."""
        if sign == "(":
            self._parentheses += 1
        elif sign == ")":
            self._parentheses = max(0, self._parentheses - 1)
        return sign == ";" and not self._parentheses and not self._blocks


def end_of_comment(script: str, at: int, *, nested: bool) -> int | None:
    """Return where the comment ends that begins *at*; None if it has no end."""
    depth = 0
    for found in _COMMENT.finditer(script, at):
        depth = (depth + 1 if nested else 1) if found[0] == "/*" else depth - 1
        if depth == 0:
            return found.end()
    return None
