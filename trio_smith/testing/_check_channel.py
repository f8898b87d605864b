"""One conformance suite for every pair of a send channel and a receive channel, ours and yours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import trio

from ..errors import FailureError
from ..exits import leaves
from ._channel_cancellation import CANCELLATION_PROMISES
from ._channel_closing import CLOSING_PROMISES
from ._channel_pair import MakePair, Pair, PromiseBroken
from ._channel_sending import SENDING_PROMISES


class ChannelCheckFailed(FailureError, AssertionError):
    """A channel pair does not keep a promise of Trio's channels.

    ``promise`` is what it should do, ``capacity`` the bound at which it did not; the details are the cause.
    """

    fix = "Mend the channel; trio.open_memory_channel keeps this promise and shows how."

    def __init__(self, *, promise: str, capacity: int, why: str) -> None:
        self.promise, self.capacity = promise, capacity
        super().__init__(what=f"with capacity {capacity} this does not hold: {promise}", why=why)


async def check_channel(
    make_pair: MakePair,
    /,
    *,
    capacities: Sequence[int] = (0, 1, 3),
    nowait: bool = True,
    clones: bool = True,
    patience: float = 5.0,
) -> tuple[str, ...]:
    """Check that pairs made by ``make_pair(capacity)`` behave as those of ``trio.open_memory_channel`` do.

    Order, bound, fairness of senders and receivers, checkpoints, closing from both sides, iteration, and
    that a cancelled ``send`` has not sent and a cancelled ``receive`` has not received. Each promise is
    checked with a fresh pair for each of *capacities*.

    *nowait*: the ends have ``send_nowait`` and ``receive_nowait``. *clones*: they have ``clone``. Without
    them the promises about them are left out. A promise that takes more than *patience* seconds counts as
    broken (a call that cannot be cancelled is waited for even then). No other task of the run may be busy
    meanwhile (see `trio.testing.wait_all_tasks_blocked`).

    Returns: the promises that were checked, as sentences.

    Raises:
        ChannelCheckFailed: One of them does not hold; the first that does not.

    Cancellation: a checkpoint; the pairs of the promise under way are left as they are.
    """
    await trio.lowlevel.checkpoint()
    promises = [*SENDING_PROMISES, *CLOSING_PROMISES, *CANCELLATION_PROMISES]
    checked = [one for one in promises if (nowait or not one.nowait) and (clones or not one.clones)]
    for one in checked:
        for capacity in capacities:
            if capacity >= one.least_capacity:
                await _check(one.sentence, one.check, Pair(make_pair, capacity), patience)
    return tuple(one.sentence for one in checked)


async def _check(
    sentence: str, check: Callable[[Pair], Awaitable[None]], pair: Pair, patience: float
) -> None:
    try:
        with trio.fail_after(patience):
            await check(pair)
    except Exception as error:
        why = "; ".join(_said(one, patience) for one in leaves(error))
        raise ChannelCheckFailed(promise=sentence, capacity=pair.capacity, why=why) from error


def _said(error: BaseException, patience: float) -> str:
    if isinstance(error, PromiseBroken):
        return str(error)
    if isinstance(error, trio.TooSlowError):
        return f"somebody still waited after {patience:g} s"
    return f"it raised {error!r}"
