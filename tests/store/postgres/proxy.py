"""A server between a client and PostgreSQL that can be silent, cut, or refuse; also one that speaks TLS."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import trio

SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))


class Proxy:
    """What is between.

    `silent` swallows what both say; `cut_on` cuts when the client says that, and `silent_on` holds back what
    the server says from then on, until `speak`. `resetting` hears who comes out, and resets.
    """

    def __init__(self, socket_path: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.silent = self.resetting = False
        self.cut_on: bytes | None = None
        self.silent_on: bytes | None = None
        self._cutting = self._holding = False
        self._held: list[tuple[Any, bytes]] = []
        self.port = 0
        self.accepted = 0
        self._path, self._tls = socket_path, tls

    def dsn(self, **more: str) -> str:
        """Return how to get to PostgreSQL through it."""
        words = {"host": "127.0.0.1", "port": self.port, "user": "smith", "dbname": "postgres", **more}
        return " ".join(f"{word}={value}" for word, value in words.items())

    async def speak(self) -> None:
        """Pass on what was held back."""
        self.silent_on, self._holding = None, False
        while self._held:
            near, said = self._held.pop(0)
            await near.send_all(said)

    async def serve(self, client: trio.SocketStream) -> None:
        """Carry what both say."""
        self.accepted += 1
        if self.resetting:
            await client.receive_some()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        near: Any = client
        first = b""
        if self._tls is not None:
            first = await client.receive_some(8)
            # An old libpq asks to cancel without encryption.
            if first == SSL_REQUEST:
                first = b""
                await client.send_all(b"S")
                near = trio.SSLStream(client, self._tls, server_side=True)
        far = await trio.open_unix_socket(self._path)
        async with near, far, trio.open_nursery() as nursery:
            await far.send_all(first)
            nursery.start_soon(self._forward, near, far, nursery)
            nursery.start_soon(self._back, far, near, nursery)

    async def _forward(self, near: Any, far: Any, nursery: trio.Nursery) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while said := await near.receive_some():
                if self.cut_on is not None and self.cut_on in said:
                    self._cutting = True
                if self.silent_on is not None and self.silent_on in said:
                    self._holding = True
                if not self.silent:
                    await far.send_all(said)
        nursery.cancel_scope.cancel()

    async def _back(self, far: Any, near: Any, nursery: trio.Nursery) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while said := await far.receive_some():
                if self._cutting:
                    # It got there, and this answer never comes back.
                    self._cutting = False
                    break
                if self._holding:
                    self._held.append((near, said))
                elif not self.silent:
                    await near.send_all(said)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def between(folder: Any, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Proxy]:
    """Put a proxy before the PostgreSQL in *folder*."""
    proxy = Proxy(f"{folder}/.s.PGSQL.5432", tls=tls)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, proxy.serve, 0)
        proxy.port = listeners[0].socket.getsockname()[1]
        yield proxy
        nursery.cancel_scope.cancel()
