"""The refusals: the call was not made at all, so it can neither have failed nor have done anything.

```text
FailureError
└── Refused        ── CircuitOpen, RateLimited, BulkheadFull
MisuseError        ── AttemptSkipped
```
"""

from __future__ import annotations

from ..errors import ErrorFamily, FailureError, MisuseError


class Refused(FailureError):
    """A guard did not let a call through: nothing of it was done. A breaker never counts it as a failure."""

    family = ErrorFamily.RESOURCE


class CircuitOpen(Refused):
    """The breaker ``breaker`` has seen too many failures, and lets nobody or nobody more through.

    It is worth another try in ``retry_after`` seconds, and not before.
    """

    family = ErrorFamily.NETWORK
    fix = "Do without it, or try again after retry_after seconds; mend what the breaker protects from."

    def __init__(self, *, breaker: str, retry_after: float, why: str) -> None:
        self.breaker, self.retry_after = breaker, retry_after
        super().__init__(
            what=f"{breaker} lets no call through", why=f"{why}; worth another try in {retry_after:g} s"
        )


class RateLimited(Refused):
    """The rate limit ``limit`` is used up, and it would take too long or too many wait already.

    Its turn would come in ``retry_after`` seconds if all who wait now stay.
    """

    fix = "Call less often, or try again after retry_after seconds; or raise max_wait, waiting or the rate."

    def __init__(self, *, limit: str, retry_after: float, why: str) -> None:
        self.limit, self.retry_after = limit, retry_after
        super().__init__(
            what=f"{limit} lets no call through", why=f"{why}; its turn would come in {retry_after:g} s"
        )


class BulkheadFull(Refused):
    """All places of the bulkhead ``bulkhead`` are taken; no more may wait, or none became free in time."""

    fix = "Try again later or do without it; or raise limit, waiting or max_wait."

    def __init__(self, *, bulkhead: str, why: str) -> None:
        self.bulkhead = bulkhead
        super().__init__(what=f"{bulkhead} lets no call through", why=why)


class AttemptSkipped(MisuseError, RuntimeError):
    """The next attempt was asked for although the last one, ``number``, was never entered: for ever."""

    fix = "Write `async for attempt in retry:` and, as the whole body of the loop, `with attempt:`."

    def __init__(self, *, number: int) -> None:
        self.number = number
        super().__init__(
            what="cannot begin another attempt", why=f"attempt {number} was not used in a `with` block"
        )
