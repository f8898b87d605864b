"""The files to be counted: finding them, and reading one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from ._count import FileCount, count_source, unreadable
from ._record import Stamp

LARGEST: Final = 8 * 1024 * 1024
"""Bytes; a file beyond is called unreadable, before it fills the memory."""


@attrs.frozen(kw_only=True)
class Source:
    """One thing to count: its path from the root of the census, with "/" between the names.

    *unlisted* says why the names in it are not known; then it is a directory.
    """

    path: str
    unlisted: str | None = None


@attrs.frozen(kw_only=True)
class Place:
    """Where a census is held: below the directory *root*, or of the one file in it that is called *only*.

    Directories that are called as *skip* says are left out.
    """

    root: Path
    only: str | None = None
    skip: frozenset[str] = frozenset()

    def sources(self) -> Iterator[Source]:
        """Yield every ``*.py`` below the root, depth first, sorted by name; or the one file, as it is called.

        Symbolic links to directories are not entered, so there are no circles; those to files count as
        files. A directory that cannot be listed is yielded as such. Not recursive, however deep it goes.
        """
        if self.only is not None:
            yield Source(path=self.only)
            return
        stack = [""]
        while stack:
            here = stack.pop()
            try:
                with os.scandir(self.root / here) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                yield Source(path=here or ".", unlisted=_why(error))
                continue
            below: list[str] = []
            for entry in found:
                path = f"{here}/{entry.name}" if here else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in self.skip:
                        below.append(path)
                elif entry.name.endswith(".py"):
                    yield Source(path=path)
            stack.extend(reversed(below))

    def stamp(self, path: str) -> Stamp | None:
        """Return the stamp that the file at *path* has now; None if it cannot be asked or is no file."""
        try:
            found = (self.root / path).stat()
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        return Stamp(size=found.st_size, written_ns=found.st_mtime_ns)

    def count(self, source: Source) -> FileCount:
        """Read one file and count it; whatever is wrong with it is in the result."""
        if source.unlisted is not None:
            return unreadable(source.path, source.unlisted)
        try:
            read = _read(self.root / source.path)
        except OSError as error:
            return unreadable(source.path, _why(error))
        return count_source(source.path, read)


def _read(path: Path) -> bytes:
    # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            read = file.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(read) > LARGEST:
        raise OSError(f"larger than {LARGEST // 1024**2} MiB")
    return read


def _why(error: OSError) -> str:
    return error.strerror or str(error)
