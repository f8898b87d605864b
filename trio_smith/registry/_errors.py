"""What can go wrong with names.

RegistryError
    NameTaken
    NameNotFound
"""

from __future__ import annotations

from typing import ClassVar

from trio_smith.errors import FailureError, MisuseError, SmithError


class RegistryError(SmithError):
    """Something about a name is not as the caller assumed."""


class NameTaken(RegistryError, MisuseError):
    """A name belongs to somebody else."""

    fix: ClassVar[str] = "Choose another name, or stop its owner first."

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(what=f"cannot register {path!r}", why="another one has this name")


class NameNotFound(RegistryError, FailureError, LookupError):
    """Nobody has a name; *close* are names that look like it, the closest first."""

    fix: ClassVar[str] = "Use a name that is registered, or ask with get() where absence is normal."

    def __init__(self, *, path: str, close: tuple[str, ...]) -> None:
        self.path, self.close = path, close
        guess = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
        super().__init__(what=f"cannot find {path!r}", why=f"nobody has this name{guess}")
