"""What many files hold together: pure, and in whatever order they are added."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ._count import FileCount, Function, Trouble, longer


@attrs.frozen(kw_only=True)
class Totals:
    """The sums over some files."""

    files: int = 0
    lines: int = 0
    functions: int = 0
    async_functions: int = 0
    classes: int = 0
    longest: Function | None = None
    syntax_errors: int = 0
    unreadable: int = 0

    def plus(self, count: FileCount) -> Totals:
        """Return the sums with one more file."""
        return Totals(
            files=self.files + 1,
            lines=self.lines + count.lines,
            functions=self.functions + count.functions,
            async_functions=self.async_functions + count.async_functions,
            classes=self.classes + count.classes,
            longest=longer(self.longest, count.longest),
            syntax_errors=self.syntax_errors + (count.trouble is Trouble.NOT_PYTHON),
            unreadable=self.unreadable + (count.trouble is Trouble.UNREADABLE),
        )


def total(counts: Iterable[FileCount]) -> Totals:
    """Return the sums over *counts*."""
    sums = Totals()
    for count in counts:
        sums = sums.plus(count)
    return sums
