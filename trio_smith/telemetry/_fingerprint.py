"""A short name for a failure, so that the same failure is recognised again."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from types import CodeType

_FRAMES = 3


class Fingerprint:
    """Prints as 12 hexadecimal digits that depend on the type of an error and its innermost three frames.

    The text of the error does not count (it often holds the data), nor where the files lie; so it is
    the same on every machine. It holds no frames. Equal fingerprints print alike.
    """

    __slots__ = ("_error", "_places")

    def __init__(self, error: BaseException) -> None:
        places: list[tuple[CodeType, int]] = []
        traceback = error.__traceback__
        while traceback is not None:
            places.append((traceback.tb_frame.f_code, traceback.tb_lineno))
            traceback = traceback.tb_next
        self._error = type(error)
        self._places = tuple(places[-_FRAMES:])

    def __str__(self) -> str:
        # Made on demand: a crash should not cost a hash that nobody looks at.
        frames = [
            f"{PurePath(code.co_filename).name}:{code.co_qualname}:{line}" for code, line in self._places
        ]
        name = f"{self._error.__module__}.{self._error.__qualname__}"
        return hashlib.blake2b("|".join([name, *frames]).encode(), digest_size=6).hexdigest()

    def __repr__(self) -> str:
        return f"<Fingerprint {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))
