"""Tell systemd how the program is, if systemd has asked for that: the protocol of sd_notify(3)."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

import attrs
import trio

_LOG: Final = logging.getLogger("trio_smith.runtime")


@attrs.frozen(kw_only=True)
class Notifier:
    """Sends states to the socket that systemd has named; to nowhere if it has named none.

    It never raises and never waits: a service manager that does not listen is no reason to fail.
    """

    address: str | None = None
    watchdog: float | None = None
    """In how many seconds systemd expects a sign of life, if it does."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Notifier:
        """Return the one that *environment* asks for."""
        address = environment.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
            return cls()
        micro, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        ours = not pid or pid == str(os.getpid())
        asked = ours and micro.isascii() and micro.isdigit() and len(micro) <= 18 and int(micro) > 0  # noqa: PLR2004
        return cls(address=address, watchdog=int(micro) / 1e6 if asked else None)

    def send(self, *states: str) -> None:
        """Send "READY=1" and the like, in one datagram."""
        if self.address is None:
            return
        target = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)  # noqa: FBT003 - the only way that all versions have
                sender.sendto("\n".join(states).encode(), target)
        except OSError as error:
            _LOG.debug("systemd was not told %s: %s", states[0], error.strerror)

    def reloading(self) -> None:
        """Tell that the settings are read again; `ready` follows."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    async def keep_alive(self) -> None:
        """Give the sign of life twice as often as it is expected, as long as this runs."""
        while self.watchdog is not None:
            self.send("WATCHDOG=1")
            await trio.sleep(self.watchdog / 2)
