"""`assert_consistent` finds books that do not balance; each test spoils one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.lowlevel import current_task

import trio_smith as smith
from trio_smith.testing import Block, Probe, assert_consistent


async def _with_tree(spoil: Callable[[Any, Any, Probe], Callable[[], None]]) -> None:
    probe = Probe(capacity=2)
    async with smith.open_supervisor() as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        ref = await desk.start(probe, name="probe")
        await desk.start(trio.sleep_forever, name="other")
        await trio.testing.wait_all_tasks_blocked()
        assert_consistent(supervisor)
        assert_consistent(desk)
        mend = spoil(desk._source.inner[0], ref._cell, probe)
        try:
            assert_consistent(supervisor)
        finally:
            mend()
        await supervisor.stop()


async def _assert_found(match: str, spoil: Callable[[Any, Any, Probe], Callable[[], None]]) -> None:
    with pytest.raises(AssertionError, match=match):
        await _with_tree(spoil)


async def test_a_sound_tree_is_consistent() -> None:
    """Also with a message in hand and others behind it."""
    probe = Probe(capacity=1)
    async with smith.open_supervisor() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(probe)
        probe.usually(Block())
        for number in range(4):
            nursery.start_soon(ref.tell, number)
        await trio.testing.wait_all_tasks_blocked()
        assert_consistent(supervisor)
        nursery.cancel_scope.cancel()
        await supervisor.stop()


async def test_messages_beyond_the_bound_are_found() -> None:
    """Depth is at most capacity."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        cell.queue, before = type(cell.queue)(range(3)), cell.queue
        cell.waiter, waiter = None, cell.waiter

        def mend() -> None:
            cell.queue, cell.waiter = before, waiter

        return mend

    await _assert_found("desk/probe: 3 messages wait, 2 may", spoil)


async def test_wrong_counts_of_the_withdrawn_are_found() -> None:
    """Or they would take room for ever, or give room that is not there."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        cell.withdrawn = 1

        def mend() -> None:
            cell.withdrawn = 0

        return mend

    await _assert_found("0 messages in the queue are withdrawn, 1 are counted", spoil)


async def test_a_wrong_end_of_the_fast_path_is_found() -> None:
    """It is what bounds the mailbox."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        before, cell.limit = cell.limit, 99

        def mend() -> None:
            cell.limit = before

        return mend

    await _assert_found("the fast path ends at 99, not at 2", spoil)


async def test_a_closed_mailbox_that_is_open_is_found() -> None:
    """Whoever sends there sends to nobody."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        before, cell.limit, cell.closed = cell.limit, 2, True

        def mend() -> None:
            cell.limit, cell.closed = before, False

        return mend

    await _assert_found("the fast path is open .* although it is closed", spoil)


@pytest.mark.parametrize(
    ("attribute", "value", "match"),
    [
        ("queue", ["message"], "rests with 1 messages"),
        ("senders", {object(): None}, "rests while 1 senders wait"),
        ("urgent", True, "rests although something urgent"),
        ("system_lane", ["call"], "rests with 1 calls"),
    ],
)
async def test_an_actor_that_rests_with_work_is_found(attribute: str, value: object, match: str) -> None:
    """A lost wake-up: nobody will ever wake it."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        before, limit = getattr(cell, attribute), cell.limit
        setattr(cell, attribute, value)
        cell.limit = 0 if attribute == "senders" else limit

        def mend() -> None:
            setattr(cell, attribute, before)
            cell.limit = limit

        return mend

    await _assert_found(match, spoil)


async def test_a_message_in_nobodys_hand_is_found() -> None:
    """Its incarnation has ended without settling it."""

    def spoil(_shell: Any, cell: Any, _probe: Probe) -> Callable[[], None]:
        cell.in_hand, cell.task = "message", None

        def mend() -> None:
            cell.in_hand, cell.task = None, task

        task = cell.waiter
        return mend

    await _assert_found("'message' is in hand, and nobody is there", spoil)


async def test_a_wrong_count_of_the_living_is_found() -> None:
    """By it a supervisor knows that all are down."""

    def spoil(shell: Any, _cell: Any, _probe: Probe) -> Callable[[], None]:
        shell.engine.alive += 1

        def mend() -> None:
            shell.engine.alive -= 1

        return mend

    await _assert_found("desk has 2 children up, 3 are counted", spoil)


async def test_a_start_that_nobody_handles_is_found() -> None:
    """Nothing will ever go on with it."""

    def spoil(shell: Any, _cell: Any, _probe: Probe) -> Callable[[], None]:
        slot = shell.engine.slots["other"]
        slot.condition, before = smith.Condition.STARTING, slot.condition

        def mend() -> None:
            slot.condition = before

        return mend

    await _assert_found("desk is idle, and its child other is starting", spoil)


async def test_actions_that_were_not_done_are_found() -> None:
    """They are done in one step or not at all."""

    def spoil(shell: Any, _cell: Any, _probe: Probe) -> Callable[[], None]:
        shell.performing = True

        def mend() -> None:
            shell.performing = False

        return mend

    await _assert_found("stopped in the midst of its actions", spoil)


async def test_a_stop_out_of_order_is_found() -> None:
    """Who is behind the one that is being stopped has to be down."""

    async def polite() -> None:
        await smith.stopping().wait()
        await trio.sleep(1)

    async with smith.open_supervisor() as supervisor, trio.open_nursery() as nursery:
        desk = await supervisor.start_supervisor(name="desk")
        for name in ("a", "b"):
            await desk.start(polite, name=name)
        nursery.start_soon(supervisor.stop)
        await trio.testing.wait_all_tasks_blocked()
        assert current_task() is not None
        slots = desk._source.inner[0].engine.slots  # type: ignore[union-attr]
        assert_consistent(supervisor)
        slots["b"].condition, slots["a"].condition = slots["a"].condition, slots["b"].condition
        with pytest.raises(AssertionError, match="desk stops a before b, which is running"):
            assert_consistent(supervisor)
        slots["a"].condition = smith.Condition.STOPPING
        slots["b"].condition = smith.Condition.STOPPING
        with pytest.raises(AssertionError, match="desk stops 2 children at once"):
            assert_consistent(supervisor)
        slots["a"].condition = smith.Condition.RUNNING
