"""A server between a store and PostgreSQL that cuts a connection, or falls silent, at a word."""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import trio

from trio_smith.testing.postgres import Postgres

LOST = (trio.BrokenResourceError, trio.ClosedResourceError)


class Fault(enum.Enum):
    """What is done at the word."""

    CUT_BEFORE = enum.auto()
    """What the client says never gets to the server."""

    CUT_AFTER = enum.auto()
    """The server does it; its answer never gets to the client."""

    SILENCE = enum.auto()
    """From now on nothing of anybody gets anywhere, and nothing is closed; until it is set to None."""


class Between:
    """What is between; ``plan`` says what to do at the next word."""

    def __init__(self, postgres: Postgres) -> None:
        self._path = f"{postgres.folder}/.s.PGSQL.5432"
        self._word, self._fault = b"", Fault.CUT_BEFORE
        self.silent = False
        self._answered = trio.Event()
        self.port = 0
        self.met = 0
        """How often the word was met."""

    def url(self, database: str, *, more: str = "") -> str:
        """Return where to find *database* through it."""
        return f"postgresql://smith@127.0.0.1:{self.port}/{database}{more}"

    def plan(self, fault: Fault, *, at: bytes) -> None:
        """Do this once, when a client says *at*."""
        self._word, self._fault = at, fault

    async def serve(self, near: trio.SocketStream) -> None:
        """Carry what both say."""
        far = await trio.open_unix_socket(self._path)
        async with near, far, trio.open_nursery() as nursery:
            nursery.start_soon(self._back, far, near, nursery)
            try:
                while said := await near.receive_some():
                    if self._word and self._word in said:
                        self._word = b""
                        self.met += 1
                        if self._fault is Fault.CUT_BEFORE:
                            break
                        self.silent = True
                        if self._fault is Fault.CUT_AFTER:
                            self._answered = trio.Event()
                            await far.send_all(said)
                            await self._answered.wait()
                            self.silent = False
                            break
                    if not self.silent:
                        await far.send_all(said)
            except LOST:
                pass
            nursery.cancel_scope.cancel()

    async def _back(self, far: trio.SocketStream, near: trio.SocketStream, nursery: trio.Nursery) -> None:
        try:
            while said := await far.receive_some():
                self._answered.set()
                if not self.silent:
                    await near.send_all(said)
        except LOST:
            pass
        if not self.silent:
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def between(postgres: Postgres) -> AsyncGenerator[Between]:
    """Put one before *postgres*, on a port of its own."""
    it = Between(postgres)
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, it.serve, 0, host="127.0.0.1"))
        it.port = listener.socket.getsockname()[1]
        yield it
        nursery.cancel_scope.cancel()
