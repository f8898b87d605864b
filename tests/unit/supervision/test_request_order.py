"""Requests are served in turn with exits; each is withdrawn with its caller, or finished."""

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import Condition, open_supervisor

from .stage import Tape, crashing, idle, settle, starting, stubborn


async def test_requests_and_exits_are_served_in_order_of_arrival(autojump_clock: MockClock) -> None:
    """Whoever comes first, however long it takes."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor, trio.open_nursery() as nursery:
        await supervisor.start(stubborn(5.0), name="slow", grace=10.0)
        await supervisor.start(crashing(3.0), name="bad")
        await trio.sleep(1.0)
        tape.take()

        async def stops() -> None:
            await supervisor.stop_child("slow")
            tape.say("stopped")

        async def starts() -> None:
            await supervisor.start(starting(1.0), name="new")
            tape.say("started")

        nursery.start_soon(stops)
        await trio.sleep(0.5)
        nursery.start_soon(starts)
        await trio.sleep(10.0)
        lines = [line for line in tape.take() if line not in ("stopped", "started")]
        assert lines == ["end bad: Crash", "end slow: stopped", "up new", "again bad: 1", "up bad#2"]
        await supervisor.stop()


async def test_a_request_that_waits_is_withdrawn_with_its_caller(autojump_clock: MockClock) -> None:
    """It leaves no trace."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        await supervisor.start(stubborn(5.0), name="slow")
        await supervisor.start(idle, name="a")
        await settle()
        nursery.start_soon(supervisor.stop_child, "slow")
        await trio.sleep(1.0)
        for request in (
            lambda: supervisor.stop_child("a"),
            lambda: supervisor.start(idle, name="b"),
            supervisor.count_children,
        ):
            with trio.move_on_after(0.5) as scope:
                await request()
            assert scope.cancelled_caught
        await trio.sleep(10.0)
        assert supervisor.children() == ("slow", "a")
        assert supervisor.child("a").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_begun_stop_is_finished_without_its_caller(autojump_clock: MockClock) -> None:
    """Docstring of stop_child."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(stubborn(5.0), name="a")
        await settle()
        with trio.move_on_after(1.0):
            await supervisor.stop_child("a")
        assert started.state is Condition.STOPPING
        await trio.sleep(5.0)
        assert started.state is Condition.DOWN


@pytest.mark.parametrize(
    "request_", ["start", "stop_child", "restart_child", "delete_child", "count_children"]
)
async def test_a_request_of_a_cancelled_caller_does_nothing(request_: str) -> None:
    """It is a checkpoint before it is a request."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(idle, name="down")
        await supervisor.stop_child("down")
        arguments = {"start": (idle,), "stop_child": ("a",), "count_children": ()}.get(request_, ("down",))
        with trio.CancelScope() as scope:
            scope.cancel()
            await getattr(supervisor, request_)(*arguments)
        assert scope.cancelled_caught
        await settle()
        assert supervisor.children() == ("a", "down")
        assert supervisor.child("a").state is Condition.RUNNING
        assert supervisor.child("down").state is Condition.DOWN
        await supervisor.stop()


@pytest.mark.parametrize(
    "request_", ["start", "stop_child", "restart_child", "delete_child", "count_children"]
)
async def test_every_request_is_a_checkpoint(request_: str) -> None:
    """Also one that is answered at once."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(idle, name="down")
        await supervisor.stop_child("down")
        arguments = {"start": (idle,), "stop_child": ("a",), "count_children": ()}.get(request_, ("down",))
        with trio.testing.assert_checkpoints():
            await getattr(supervisor, request_)(*arguments)
        await supervisor.stop()
