"""The handle of a supervisor stays the same over its incarnations."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, Supervisor, SupervisorStopped, child, open_supervisor

from .stage import HOUR, Tape, crashing, idle, polite, starting


async def test_the_handle_of_a_nested_supervisor_names_the_present_incarnation(
    autojump_clock: MockClock,
) -> None:
    """It serves nobody while there is none."""
    async with open_supervisor(backoff=smith.Backoff(initial=10.0, jitter=0.0)) as supervisor:
        nested = await supervisor.start_supervisor(
            name="n", max_restarts=0, children=[child(crashing(1.0), name="c")]
        )
        await trio.sleep(5.0)  # it has given up at 1, and comes back at 11
        for look in (nested.children, lambda: nested.child("c"), lambda: nested.child_spec("c")):
            with pytest.raises(SupervisorStopped) as caught:
                look()
            assert caught.value.supervisor == "n"
        for request in (nested.count_children, lambda: nested.start(idle), lambda: nested.stop_child("c")):
            with pytest.raises(SupervisorStopped):
                await request()
        await trio.sleep(7.0)
        assert nested.children() == ("c",)
        await supervisor.stop_child("n")
        with pytest.raises(SupervisorStopped):
            nested.children()
        await supervisor.restart_child("n")
        assert nested.children() == ("c",)
        assert nested == await _nested_again(supervisor)
        await supervisor.stop()


async def _nested_again(supervisor: Supervisor) -> object:
    return supervisor.system.find("n")


async def test_handles_of_one_supervisor_are_equal(autojump_clock: MockClock) -> None:
    """And hash alike; a pool is not a supervisor of the same name."""
    async with open_supervisor(name="top") as supervisor:
        nested = await supervisor.start_supervisor(name="n")
        found = supervisor.system.find("n")
        assert found == nested
        assert hash(found) == hash(nested)
        assert nested != supervisor
        assert nested != "n"
        assert repr(nested) == "<Supervisor n>"
        assert repr(supervisor) == "<Supervisor top>"
        assert (supervisor.name, supervisor.path) == ("top", "")
        assert nested.system is supervisor.system
        await supervisor.stop()


async def test_requests_to_a_nested_supervisor_that_is_asking_for_its_children_wait(
    autojump_clock: MockClock,
) -> None:
    """It is being restarted: they are served when it is there."""
    calls = 0

    async def children() -> list[smith.ChildSpec]:
        nonlocal calls
        calls += 1
        if calls == 2:
            await trio.sleep(5.0)
        return [child(crashing(1.0) if calls == 1 else idle, name="c")]

    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", max_restarts=0, children=children)
        await trio.sleep(2.0)
        await nested.start(idle, name="added")
        assert trio.current_time() == 6.0
        assert nested.children() == ("c", "added")
        assert calls == 2
        await supervisor.stop()


async def test_stopping_a_nested_supervisor_that_is_asking_for_its_children(
    autojump_clock: MockClock,
) -> None:
    """Its start is over, and it stays down."""
    calls = 0

    async def children() -> list[smith.ChildSpec]:
        nonlocal calls
        calls += 1
        if calls == 2:
            await trio.sleep(5.0)
        return [child(crashing(1.0), name="c")]

    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", max_restarts=0, children=children)
        await trio.sleep(2.0)
        with trio.fail_after(10.0):
            await nested.stop()
        await trio.sleep(10.0)
        assert supervisor.child("n").state is Condition.DOWN
        assert calls == 2


@pytest.mark.parametrize("when", ["cancelled before", "cancelled while the parent is busy", "not cancelled"])
async def test_a_nested_supervisor_that_is_stopped_by_its_handle_stays_down(
    autojump_clock: MockClock, when: str
) -> None:
    """As by stop_child; cancelling the caller changes nothing of that."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nested = await supervisor.start_supervisor(name="n", children=[child(idle, name="a")])
        if when == "cancelled while the parent is busy":
            nursery.start_soon(supervisor.start, starting(3.0))
            await trio.sleep(1.0)
        with trio.move_on_after(1.0) as scope:
            if when == "cancelled before":
                scope.cancel()
            await nested.stop()
        await trio.sleep(10.0)
        begun = when != "cancelled before"  # the request is a checkpoint before it is a request
        assert supervisor.child("n").state is (Condition.DOWN if begun else Condition.RUNNING)
        assert supervisor.child("n").incarnation == 1
        await nested.stop()
        assert supervisor.child("n").state is Condition.DOWN
        await supervisor.stop()


async def test_stopping_a_nested_supervisor_overtakes_what_waits_for_it(autojump_clock: MockClock) -> None:
    """Its own requests are refused, its start in progress is cancelled."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor, trio.open_nursery() as nursery:
        nested = await supervisor.start_supervisor(name="n", children=[child(polite(2.0), name="a")])

        async def asks(number: int) -> None:
            with pytest.raises(SupervisorStopped):
                await nested.start(starting(HOUR), name=f"slow-{number}")
            tape.say(f"told {number} at {trio.current_time():g}")

        nursery.start_soon(asks, 1)
        await trio.sleep(0.5)
        nursery.start_soon(asks, 2)
        await trio.sleep(0.5)
        await nested.stop()
        assert trio.current_time() == 3.0
        assert sorted(tape.of("told")) == ["told 1 at 1", "told 2 at 1"]
        assert supervisor.child("n").state is Condition.DOWN
        await supervisor.stop()
