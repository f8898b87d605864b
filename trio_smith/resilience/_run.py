"""In which run of Trio one is: the next one has another clock, and nobody of the last one is left."""

from __future__ import annotations

from trio.lowlevel import TrioToken, current_trio_token


class Run:
    """Remembers a ``trio.run``; what counts seconds or tasks has to begin anew in the next one."""

    __slots__ = ("_token",)

    def __init__(self) -> None:
        self._token: TrioToken | None = None

    def is_new(self) -> bool:
        """Tell whether this is another run than at the last call, or the first one; and remember it."""
        token = current_trio_token()
        if token is self._token:
            return False
        self._token = token
        return True
