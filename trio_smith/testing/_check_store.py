"""One conformance suite for every store, ours and yours."""

from __future__ import annotations

import trio

from ..errors import FailureError
from ..exits import leaves
from ._channel_pair import PromiseBroken
from ._store_commits import COMMIT_PROMISES
from ._store_journal import JOURNAL_PROMISES
from ._store_keys import KEY_PROMISES
from ._store_promise import OpenStore, StorePromise
from ._store_queue import QUEUE_PROMISES
from ._store_sql import SQL_PROMISES


class StoreCheckFailed(FailureError, AssertionError):
    """A store does not keep a promise; ``promise`` is what it should do, the details are the cause."""

    fix = "Mend the adapter; the one in memory keeps this promise and shows how."

    def __init__(self, *, promise: str, why: str) -> None:
        self.promise = promise
        super().__init__(what=f"this does not hold: {promise}", why=why)


async def check_store(open_store: OpenStore, /, *, patience: float = 30.0) -> tuple[str, ...]:
    """Check that stores made by ``open_store()`` keep every promise of every port.

    Journal, snapshots, queue, timers, keys, leases, audit, outbox and inbox; commits that span them,
    idempotency keys, errors with their fields, and that a cancelled commit has written nothing. Each promise
    is checked with a store of its own: ``async with open_store() as under`` gives a `StoreUnderTest`. A
    promise that takes more than *patience* seconds counts as broken. What is written in the database's own
    way (that it survives a crash, say) is not looked at here.

    Returns: the promises that were checked, as sentences.

    Raises:
        StoreCheckFailed: One of them does not hold; the first that does not.

    Cancellation: a checkpoint; the store of the promise under way is closed.
    """
    await trio.lowlevel.checkpoint()
    promises = (*JOURNAL_PROMISES, *QUEUE_PROMISES, *KEY_PROMISES, *COMMIT_PROMISES, *SQL_PROMISES)
    return tuple([one.sentence for one in promises if await _check(one, open_store, patience)])


async def _check(one: StorePromise, open_store: OpenStore, patience: float) -> bool:
    try:
        with trio.fail_after(patience):
            async with open_store() as under:
                if (one.sql and not under.sql) or (one.tampering and under.tamper is None):
                    return False
                await one.check(under)
    except Exception as error:
        why = "; ".join(_said(leaf, patience) for leaf in leaves(error))
        raise StoreCheckFailed(promise=one.sentence, why=why) from error
    return True


def _said(error: BaseException, patience: float) -> str:
    if isinstance(error, PromiseBroken):
        return str(error)
    if isinstance(error, trio.TooSlowError):
        return f"it was not done after {patience:g} s"
    return f"it raised {error!r}"
