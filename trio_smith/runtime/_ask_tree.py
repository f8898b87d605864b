"""Ask a running program for its live tree."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import ErrorFamily, FailureError
from ._run_dir import private, socket_in

_PATIENCE: Final = 5.0
_LARGEST: Final = 64 * 1024 * 1024
_CHUNK: Final = 65536


class TreeUnreachable(FailureError):
    """A running program did not tell its tree."""

    family = ErrorFamily.RUNTIME
    fix: str = "See which programs run with: trio-smith tree --list."

    def __init__(self, *, pid: int, why: str) -> None:
        self.pid = pid
        super().__init__(what=f"process {pid} did not tell its tree", why=why)


def running(folder: Path) -> tuple[int, ...]:
    """Return the numbers of the processes that can be asked; sockets of dead ones are taken away."""
    if private(folder) is not None:
        return ()
    found: list[int] = []
    for path in folder.glob("*.sock"):
        if not path.stem.isdigit():
            continue
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
            asker.settimeout(_PATIENCE)
            try:
                asker.connect(str(path))
            except ConnectionRefusedError:
                with suppress(OSError):
                    path.unlink()
                continue
            except OSError:
                continue
        found.append(int(path.stem))
    return tuple(sorted(found))


def ask_tree(folder: Path, pid: int) -> str:
    """Return the live tree of process *pid* as text.

    Raises:
        TreeUnreachable: There is no such process, or it did not answer within 5 s.
    """
    why = private(folder)
    path = socket_in(folder, pid)
    if why is not None:
        raise TreeUnreachable(pid=pid, why=f"{folder}: {why}")
    parts: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        asker.settimeout(_PATIENCE)
        try:
            asker.connect(str(path))
            while (part := asker.recv(_CHUNK)) and len(parts) * _CHUNK < _LARGEST:
                parts.append(part)
        except TimeoutError:
            raise TreeUnreachable(pid=pid, why="it is busy, and did not answer in 5 s") from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise TreeUnreachable(pid=pid, why=f"no trio-smith run of that number is in {folder}") from None
        except OSError as error:
            raise TreeUnreachable(pid=pid, why=error.strerror or str(error)) from None
    return b"".join(parts).decode("utf-8", "replace")
