"""Which place a path of the command line means."""

from __future__ import annotations

import os
import stat
import sysconfig
from pathlib import Path
from typing import Final

import trio_smith as smith

from .census import Place, printable

_INSTALLED: Final = frozenset({"dist-packages", "site-packages"})
"""What lies in the directory of the standard library, and is not of it."""


class NothingToCount(smith.MisuseError):
    """A path of the command line leads to nothing that could be counted."""

    fix = "Give a directory with Python sources, or a Python file."

    def __init__(self, *, path: str, why: str) -> None:
        self.path = path
        super().__init__(what=f"cannot count {printable(path) or 'an empty path'}", why=why)


def place_of(path: str | None) -> Place:
    """Return the place at *path*; None means the standard library, without what is installed beside it.

    Raises:
        NothingToCount: There is nothing, no access to it, or not one Python file.
    """
    if path == "":  # which pathlib takes for the current directory
        raise NothingToCount(path=path, why="it names nothing")
    place = Place(root=Path(path)) if path else Place(root=_standard_library(), skip=_INSTALLED)
    root = place.root
    try:
        mode = root.stat().st_mode
        if stat.S_ISREG(mode):
            root.open("rb").close()
            return Place(root=root.parent, only=root.name)
        if not stat.S_ISDIR(mode):
            raise NothingToCount(path=str(root), why="it is neither a directory nor a file")
        os.scandir(root).close()
    except (OSError, ValueError) as error:  # ValueError: a null byte
        raise NothingToCount(path=str(root), why=_why(error)) from None
    if next(place.sources(), None) is None:
        raise NothingToCount(path=str(root), why="there is no *.py in it")
    return place


def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib"))


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
