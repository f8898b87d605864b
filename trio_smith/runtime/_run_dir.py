"""Where the sockets of running programs lie: a directory that is its owner's alone."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path


def run_dir_of(told: str | None, environment: Mapping[str, str]) -> Path:
    """Return what was *told*, or ``$XDG_RUNTIME_DIR/trio-smith``, or a directory for temporary files."""
    if told:
        return Path(told)
    if home := environment.get("XDG_RUNTIME_DIR"):
        return Path(home) / "trio-smith"
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"trio-smith-{owner}"


def private(folder: Path) -> str | None:
    """Say what makes *folder* unfit to trust, if anything does."""
    try:
        found = folder.lstat()
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(found.st_mode):
        return "it is no directory"
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        return "it belongs to somebody else"
    if found.st_mode & 0o077:
        return f"others have access to it (mode {stat.S_IMODE(found.st_mode):o}; chmod 700 mends that)"
    return None


def socket_in(folder: Path, pid: int) -> Path:
    """Return where the socket of process *pid* lies."""
    return folder / f"{pid}.sock"
