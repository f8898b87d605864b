"""Cut a connection that another thread waits for."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def cut(fileno: int) -> None:
    """Shut the socket *fileno* down, so that whoever waits for it hears of its end.

    Closing it would not wake the thread, and its number could soon be that of another socket.
    """
    with suppress(OSError), socket.socket(fileno=os.dup(fileno)) as twin:
        twin.shutdown(socket.SHUT_RDWR)
