"""A rate limit: calls go at an even rate, each in its turn."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

import attrs
import trio
from trio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled, enable_ki_protection

from . import _options as check
from ._errors import RateLimited
from ._guard import Guard
from ._run import Run
from ._seconds_until import seconds_until
from ._token_bucket import TokenBucket


@attrs.frozen(kw_only=True)
class RateLimitStatistics:
    """The numbers of a rate limit since the run of Trio began."""

    waiting: int
    """Calls that wait for their turn."""
    admitted: int
    refused: int


@attrs.define(eq=False, on_setattr=attrs.setters.frozen)
class RateLimit(Guard):
    """At most *rate* calls each *per* seconds, in the order in which they come.

    ``async with limit:`` or ``@limit``. It is a token bucket that holds *burst* tokens and begins full: in
    any span of s seconds at most ``burst + rate * s / per`` calls begin; with a burst of 1 they are evenly
    spaced. Where a service counts how many came in a minute, that is what must not exceed its number.

    At most *waiting* calls wait for their turn; one that would have to wait for more than *max_wait* seconds
    does not wait at all (0: nobody waits). These get `RateLimited`, which says when their turn would come.
    *name* stands in errors. Each ``trio.run`` begins with a full bucket.

    Raises:
        ValueError: An option is out of its bounds; the text names it.
    """

    rate: float = attrs.field(validator=check.positive)
    per: float = attrs.field(default=1.0, validator=check.seconds, kw_only=True)
    burst: int = attrs.field(default=1, validator=check.count(1), kw_only=True)
    waiting: int = attrs.field(default=1024, validator=check.count(0), kw_only=True)
    max_wait: float = attrs.field(default=math.inf, validator=check.patience, kw_only=True)
    name: str = attrs.field(default="the rate limit", kw_only=True)

    _run: Run = attrs.field(factory=Run, init=False)
    _bucket: TokenBucket = attrs.field(init=False, on_setattr=attrs.setters.NO_OP)
    # Whoever holds it waits for the next token; all others wait for it, in their order.
    _turn: trio.StrictFIFOLock = attrs.field(init=False, on_setattr=attrs.setters.NO_OP)
    _refused: int = attrs.field(default=0, init=False, on_setattr=attrs.setters.NO_OP)

    def __attrs_post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._turn, self._refused = trio.StrictFIFOLock(), 0
        self._bucket = TokenBucket(rate=self.rate, per=self.per, burst=self.burst)

    def statistics(self) -> RateLimitStatistics:
        """Return the numbers of this moment."""
        return RateLimitStatistics(waiting=self._ahead(), admitted=self._bucket.taken, refused=self._refused)

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        """Take a token when it is one's turn.

        Raises:
            RateLimited: It would take too long, or too many wait already.

        Cancellation: a full checkpoint; atomic: when cancelled, no token is taken, and those behind move up.
        """
        await checkpoint_if_cancelled()
        if self._run.is_new():
            self._begin()
        now, ahead = trio.current_time(), self._ahead()
        ready = self._bucket.ready_at(now, ahead=ahead)
        if ready <= now and not ahead:
            self._bucket.take(now)
            await cancel_shielded_checkpoint()
        elif ahead >= self.waiting or ready - now > self.max_wait:
            self._refused += 1
            # A loop that does nothing but call again must not stop the whole program.
            await cancel_shielded_checkpoint()
            raise self._refusal(seconds_until(ready, now), crowded=ahead >= self.waiting)
        else:
            await self._wait()
        return self

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: a token that was taken is used."""

    async def _wait(self) -> None:
        async with self._turn:
            ready = self._bucket.ready_at(trio.current_time())
            await trio.sleep_until(ready)
            self._bucket.take(max(ready, trio.current_time()))

    def _ahead(self) -> int:
        return self._turn.locked() + self._turn.statistics().tasks_waiting

    def _refusal(self, retry_after: float, *, crowded: bool) -> RateLimited:
        why = f"{self.waiting} calls wait already" if crowded else f"it waits for {self.max_wait:g} s at most"
        return RateLimited(limit=self.name, retry_after=retry_after, why=why)
