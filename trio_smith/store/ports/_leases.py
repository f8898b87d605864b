"""Leases."""

from __future__ import annotations

import math
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from .._beside import beside
from .._errors import BadRequest, LeaseLost, OutcomeUnknown, StoreFailed
from ..words import Lease, LeaseHolder, ReleaseLease, RenewLease, TakeLease, lease_topic

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ._store import Committing


class Leases:
    """One holder at a time, by the database's clock, with a token that only grows."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def take(self, name: str, *, holder: str, ttl: float = 10.0) -> Lease | None:
        """Take the lease *name* for *ttl* seconds; return None while somebody else holds it."""
        return await self._store.write(TakeLease(name, holder, ttl=ttl))

    async def renew(self, lease: Lease, *, ttl: float = 10.0) -> Lease:
        """Hold *lease* for *ttl* seconds from now, or `LeaseLost`."""
        return await self._store.write(RenewLease(lease, ttl=ttl))

    async def release(self, lease: Lease, *, key: str | None = None) -> None:
        """Give *lease* back; does nothing if it is lost already."""
        await self._store.write(ReleaseLease(lease), key=key)

    async def holder(self, name: str) -> Lease | None:
        """Return who holds *name* now, or None."""
        return await self._store.ask(LeaseHolder(name))

    @asynccontextmanager
    async def hold(
        self, name: str, *, ttl: float = 10.0, holder: str | None = None, wait: float = math.inf
    ) -> AsyncGenerator[Lease]:
        """Hold the lease *name* round a block: wait for it, renew it, give it back.

        Every third of *ttl* it is renewed. If it is lost, or cannot be renewed before it ends, the block
        is cancelled and `LeaseLost` raised. Give the lease to `Fence` in commits that only its holder may
        make; renewals do not change its token.

        Raises:
            LeaseLost: Somebody else has it now, or may have.
            trio.TooSlowError: It was not to be had within *wait* seconds.

        Cancellation: the lease is given back, or runs out after *ttl* if that fails.
        """
        who = holder if holder is not None else f"holder-{secrets.token_hex(8)}"
        lease, asked = await self._wait(name, holder=who, ttl=ttl, wait=wait)
        lost = False

        async def renewing() -> None:
            nonlocal lost
            await self._keep(lease, ttl=ttl, until=asked + ttl)
            lost = True

        try:
            async with beside(renewing):
                yield lease
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + ttl):
                await self._give_back(lease)
        if lost:
            raise LeaseLost(name=name, holder=who, token=lease.token)

    async def _wait(self, name: str, *, holder: str, ttl: float, wait: float) -> tuple[Lease, float]:
        """Return the lease, and the moment from which it is held for sure: when it was asked for."""

        async def look() -> tuple[tuple[Lease, float], ...]:
            asked = trio.current_time()
            lease = await self.take(name, holder=holder, ttl=ttl)
            return () if lease is None else ((lease, asked),)

        if not wait >= 0:
            raise BadRequest(
                what="cannot wait for a lease", why=f"wait is {wait!r} s", fix="Wait for 0 s or more."
            )
        found = await self._store.wakes.until(
            look,
            topic=lease_topic(name),
            poll=min(self._store.poll, ttl / 3),
            deadline=trio.current_time() + wait,
        )
        if not found:
            raise trio.TooSlowError(f"the lease {name!r} was not to be had within {wait} s")
        return found[0]

    async def _keep(self, lease: Lease, *, ttl: float, until: float) -> None:
        """Renew *lease* again and again; return when it is lost, or may be, at the latest at its end."""
        while True:
            with trio.move_on_at(until) as scope:
                await trio.sleep(ttl / 3)
                asked = trio.current_time()
                try:
                    await self.renew(lease, ttl=ttl)
                except LeaseLost:
                    return
                except (StoreFailed, OutcomeUnknown):
                    continue  # as long as it lasts, it can be tried again
                # From the moment before the question: the database's answer is about a later one.
                until = asked + ttl
            if scope.cancelled_caught:
                return

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self.release(lease)
        except (StoreFailed, OutcomeUnknown):
            return  # it runs out by itself
