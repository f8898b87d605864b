"""Requests that would wait for themselves are refused; all others are served."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, SelfRequest, Supervisor, child, open_supervisor

from .stage import Crash, Ready, Tape, idle, settle, starting

Move = Callable[[Supervisor, Supervisor], Awaitable[object]]

IN_VAIN: list[tuple[str, Move]] = [
    ("stop of its supervisor", lambda _root, nested: nested.stop()),
    ("stop of its grandparent", lambda root, _nested: root.stop()),
    ("stop of itself by name", lambda _root, nested: nested.stop_child("me")),
    ("stop of itself by its handle", lambda _root, nested: nested.child("me").stop()),
    ("stop of itself by stop_child", lambda _root, nested: nested.stop_child(nested.child("me"))),
    ("stop of an ancestor by name", lambda root, _nested: root.stop_child("n")),
    ("stop of an ancestor by its handle", lambda root, _nested: root.child("n").stop()),
]


@pytest.mark.parametrize("move", [move for _, move in IN_VAIN], ids=[name for name, _ in IN_VAIN])
@pytest.mark.parametrize("where", ["in the child", "in a task of the child", "in a block of the child"])
async def test_a_child_that_would_wait_for_its_own_end_is_refused(
    autojump_clock: MockClock, move: Move, where: str
) -> None:
    """At once, instead of a dead-lock; nothing happens besides."""
    refused: list[SelfRequest] = []
    root: Supervisor
    nested: Supervisor

    async def tries() -> None:
        try:
            await move(root, nested)
        except SelfRequest as error:
            refused.append(error)

    async def me() -> None:
        match where:
            case "in the child":
                await tries()
            case "in a task of the child":
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(tries)
            case _:
                async with open_supervisor() as inner:
                    await inner.start(tries)
        await trio.sleep_forever()

    async with open_supervisor() as root:
        nested = await root.start_supervisor(name="n")
        await nested.start(me, name="me")
        await trio.sleep(1.0)
        assert len(refused) == 1
        assert refused[0].child in ("n", "n/me")
        assert "n/me" in str(refused[0]) or "n " in str(refused[0])
        assert root.child("n").state is Condition.RUNNING
        assert nested.child("me").state is Condition.RUNNING
        await root.stop()


async def test_a_child_may_ask_its_supervisors_for_anything_else(autojump_clock: MockClock) -> None:
    """Starting, stopping and counting others; stopping its own inner supervisors."""
    done: list[str] = []

    async def me(root: Supervisor, nested: Supervisor) -> None:
        await nested.start(idle, name="x")
        await nested.stop_child("x")
        await nested.restart_child("x")
        await nested.count_children()
        await root.start(idle, name="y")
        await root.stop_child("y")
        await root.delete_child("y")
        async with open_supervisor() as inner:
            await inner.start(idle)
            await inner.stop()
        done.append("all")

    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n")
        await nested.start(me, supervisor, nested, name="me")
        await trio.sleep(1.0)
        assert done == ["all"]
        await supervisor.stop()


@pytest.mark.parametrize("depth", ["own", "above"])
async def test_a_child_that_is_not_ready_yet_may_ask_no_supervisor_that_waits_for_it(
    autojump_clock: MockClock, depth: str
) -> None:
    """It would wait for the start of the one who asks."""
    refused: list[SelfRequest] = []
    supervisors: list[Supervisor] = []

    async def asks(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        try:
            await supervisors[0].count_children()
        except SelfRequest as error:
            refused.append(error)
        task_status.started()
        await supervisors[0].count_children()

    async with open_supervisor() as supervisor:
        supervisors.append(supervisor)
        if depth == "own":
            await supervisor.start(asks, name="me")
        else:
            await supervisor.start_supervisor(name="n", children=[child(asks, name="me")])
        await trio.sleep(1.0)
        assert len(refused) == 1
        assert refused[0].request == "count_children"
        await supervisor.stop()


async def test_a_ready_child_of_a_supervisor_that_is_starting_may_ask_that_one(
    autojump_clock: MockClock,
) -> None:
    """It is served when its turn comes; the supervisor above is not free, and says so."""
    tape = Tape()

    async def asks(root: list[Supervisor]) -> None:
        await trio.sleep(0.5)
        nested = root[0].system.find("n")
        assert isinstance(nested, Supervisor)
        with pytest.raises(SelfRequest):
            await root[0].count_children()
        tape.say(f"{(await nested.count_children()).specs} at {trio.current_time():g}")

    async with open_supervisor() as supervisor:
        await supervisor.start_supervisor(
            name="n", children=[child(asks, [supervisor], name="me"), child(starting(3.0), name="slow")]
        )
        await settle()
        assert tape.lines == ["2 at 3"]
        await supervisor.stop()


async def test_another_child_may_stop_a_child(autojump_clock: MockClock) -> None:
    """Only oneself and one's ancestors are in the way."""

    async def stops(supervisor: Supervisor) -> None:
        await supervisor.stop_child("victim")

    async with open_supervisor() as supervisor:
        victim = await supervisor.start(idle, name="victim")
        await supervisor.start(stops, supervisor, name="stops")
        assert await victim.wait_stopped() == smith.Stopped()


async def test_two_children_that_stop_each_other_do_not_dead_lock(autojump_clock: MockClock) -> None:
    """One request comes first; the other's caller is stopped by it."""

    async def stops(supervisor: Supervisor, other: str) -> None:
        await trio.sleep(1.0)
        await supervisor.stop_child(other)

    async with open_supervisor() as supervisor:
        first = await supervisor.start(stops, supervisor, "b", name="a")
        second = await supervisor.start(stops, supervisor, "a", name="b")
        await trio.sleep(2.0)
        reasons = {str(await first.wait_stopped()), str(await second.wait_stopped())}
        assert reasons == {"returned", "stopped"}


async def test_a_child_cannot_ask_for_itself_out_of_a_restart(autojump_clock: MockClock) -> None:
    """The check knows the incarnation that asks, not the one that was."""
    refused: list[SelfRequest] = []

    async def me(supervisors: list[Supervisor], left: list[int]) -> None:
        await trio.sleep(1.0)
        if left:
            left.pop()
            raise Crash
        try:
            await supervisors[0].stop_child("me")
        except SelfRequest as error:
            refused.append(error)

    async with open_supervisor() as supervisor:
        await supervisor.start(me, [supervisor], [1], name="me")
    assert len(refused) == 1


async def test_the_error_names_who_asks_and_what_for() -> None:
    """So that one finds the place."""
    caught: list[SelfRequest] = []

    async def me(supervisors: list[Supervisor]) -> None:
        try:
            await supervisors[0].stop_child("me")
        except SelfRequest as error:
            caught.append(error)

    async with open_supervisor() as supervisor:
        await supervisor.start(me, [supervisor], name="me")
    assert (caught[0].child, caught[0].request) == ("me", "stop_child")
