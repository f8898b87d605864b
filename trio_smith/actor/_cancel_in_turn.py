"""Cancel scopes one after the other, also where to cancel one leads to the next."""

from __future__ import annotations

from collections import deque

import trio

_LINE: trio.lowlevel.RunVar[deque[trio.CancelScope] | None] = trio.lowlevel.RunVar(
    "trio_smith_line_of_scopes"
)


def cancel_in_turn(scope: trio.CancelScope, *, reason: str) -> None:
    """Cancel *scope*; when called because another one is cancelled so, right after that one.

    The cancel of an ask travels through the asks of its handler, and Trio calls what is to be cancelled
    at once: a line of a hundred actors would be deeper than the stack.
    """
    line = _LINE.get(None)
    if line is None:
        line = deque[trio.CancelScope]()
        _LINE.set(line)
    line.append(scope)
    if len(line) > 1:
        return
    try:
        while line:
            line[0].cancel(reason)
            line.popleft()
    finally:
        line.clear()  # or, after a foreign abort function has raised, nothing would be cancelled any more
