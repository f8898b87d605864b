"""What can go wrong when settings are read."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ErrorFamily, MisuseError
from ._problem import Problem


class BadSettings(MisuseError, ValueError):
    """Settings are not what they may be. ``problems`` are all that were found; nothing was started."""

    family = ErrorFamily.CONFIGURATION
    fix: str = "Mend each of them, and look again with: trio-smith config check."

    def __init__(self, *, problems: Sequence[Problem]) -> None:
        # In the order in which one would mend them: file by file, line by line.
        self.problems = tuple(sorted(problems, key=lambda one: (one.origin.layer, one.origin.line or 0)))
        count = len(self.problems)
        super().__init__(
            what=f"{count} problem{'' if count == 1 else 's'} in the settings",
            why="; ".join(str(one).rstrip(".") for one in self.problems),
        )
