"""Wait until a tree has nothing to do."""

from __future__ import annotations

from collections.abc import Iterator

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from ..supervision import Condition, Pool, Supervisor
from ..supervision._shell import Shell

# Between two looks in real time, where what is waited for may come from outside and has no deadline.
_PAUSE = 0.02

_BUSY = (Condition.STARTING, Condition.STOPPING, Condition.RESTARTING)


async def wait_quiet(supervisor: Supervisor | Pool, /) -> None:
    """Wait until nothing is going on in *supervisor* and below it.

    That is: no child is starting, stopping or restarting (nor waits for a backoff); no request is being
    served; every mailbox is empty, no message is in hand and no answer is due `later`; and all tasks of the
    run are waiting for something. Whether plain functions are busy cannot be known.

    Works with real clocks and with `trio.testing.MockClock`: time then goes on by itself where it jumps
    automatically, and stands still where it does not, so that a wait may be for ever. Put a
    ``trio.fail_after`` round it.

    Cancellation: a checkpoint; nothing happens to the tree.
    """
    while True:
        await wait_all_tasks_blocked()
        if not any(_goings_on(supervisor)):
            return
        await trio.sleep(_until_something_can_happen())


def _until_something_can_happen() -> float:
    clock = trio.lowlevel.current_clock()
    if isinstance(clock, MockClock) and clock.rate == 0:
        # Nothing but a deadline can change anything; and after a look all others are asleep.
        return max(0.0, min(trio.lowlevel.current_statistics().seconds_to_next_deadline, 3600.0))
    return _PAUSE


def _goings_on(supervisor: Supervisor | Pool) -> Iterator[str]:
    source = supervisor._source  # noqa: SLF001 - handles show less than has to be known
    shells = [source] if isinstance(source, Shell) else list(source.inner or ())
    if not isinstance(source, Shell) and source.condition in _BUSY:
        yield f"{source.id} is {source.condition.value}"
    while shells:
        shell = shells.pop()
        if not shell.engine.idle:
            yield f"{shell.name} is at work"
        for runner in shell.runners():
            shells.extend(runner.inner or ())
            if runner.condition in _BUSY:
                yield f"{runner.id} is {runner.condition.value}"
            cell = runner.cell
            if cell is None or runner.condition is not Condition.RUNNING:
                continue
            numbers = cell.statistics()
            if numbers.depth or numbers.system_depth or cell.in_hand is not None:
                yield f"{runner.id} has messages"
            if cell.extras is not None and (cell.extras.later or cell.extras.redelivery):
                yield f"{runner.id} answers later"
