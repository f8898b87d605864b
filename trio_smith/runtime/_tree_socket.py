"""Answer whoever asks for the live tree, through a socket that only its owner may use."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import trio

from ._run_dir import private, socket_in

_PATIENCE: Final = 2.0
"""Seconds that one who asks has to take the answer."""
_WAITING: Final = 8
"""How many may wait for their turn."""


class NoSocket(OSError):
    """The socket cannot be made; the text says why."""


@contextmanager
def tree_socket(folder: Path) -> Generator[trio.SocketListener]:
    """Listen on ``folder/PID.sock`` and take it away again; the folder has mode 700, the socket 600.

    Raises:
        NoSocket: It cannot be done, or the folder is not ours alone.
    """
    path = socket_in(folder, os.getpid())
    if not hasattr(socket, "AF_UNIX"):
        raise NoSocket("this platform has no such sockets")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _bind(listener, folder, path)
    except (OSError, ValueError) as error:
        listener.close()
        raise NoSocket(f"{folder}: {getattr(error, 'strerror', None) or error}") from None
    ours = path.stat().st_ino
    try:
        yield trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    finally:
        listener.close()
        with suppress(OSError):  # somebody may have taken it away
            if path.stat().st_ino == ours:
                path.unlink()


def _bind(listener: socket.socket, folder: Path, path: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if (why := private(folder)) is not None:
        raise ValueError(why)
    with suppress(FileNotFoundError):
        path.unlink()  # of a process before us that had our number, and was killed
    listener.bind(str(path))
    path.chmod(0o600)  # nobody could have come in before: the folder is closed to others
    listener.listen(_WAITING)
    listener.setblocking(False)  # noqa: FBT003 - the only way that all versions have


async def answer(listener: trio.SocketListener, tree: Callable[[], str]) -> None:
    """Send ``tree()`` to each who connects, one after the other, for ever."""
    while True:
        stream = await listener.accept()
        with trio.move_on_after(_PATIENCE):
            async with stream:
                with suppress(trio.BrokenResourceError):
                    await stream.send_all(tree().encode("utf-8", "backslashreplace"))
