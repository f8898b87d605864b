"""Requests: in turn with exits, answered once, withdrawn or finished; and those that nobody may make."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    AlreadyPresent,
    AlreadyStarted,
    ChildCounts,
    ChildNotFound,
    ChildRestarting,
    ChildRunning,
    Condition,
    InvalidSpec,
    NotQuarantined,
    Pool,
    Restart,
    SelfRequest,
    StartFailed,
    Supervisor,
    SupervisorSpec,
    SupervisorStopped,
    child,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Ready, Tape, crashing, polite, returning, settle, starting, stubborn


async def idle() -> None:
    """Live on."""
    await trio.sleep_forever()


class Echo(smith.Actor[Any]):
    """An actor."""


# start -------------------------------------------------------------------------------------


async def test_a_start_answers_by_what_was_started() -> None:
    """A handle for a function, a ref for an actor, the thing itself for a supervisor."""
    async with open_supervisor() as supervisor:
        assert isinstance(await supervisor.start(idle), smith.Child)
        assert isinstance(await supervisor.start(Echo), smith.Ref)
        assert isinstance(await supervisor.start(child(SupervisorSpec())), Supervisor)
        assert isinstance(await supervisor.start(child(Echo)), smith.Ref)
        assert isinstance(await supervisor.start_supervisor(), Supervisor)
        assert isinstance(await supervisor.start_pool(child(idle)), Pool)
        await supervisor.stop()


async def test_a_whole_subtree_is_started_by_one_request(autojump_clock: MockClock) -> None:
    """And answered when all of it is ready."""
    spec = SupervisorSpec(name="n", children=[child(starting(2.0), name="a"), child(starting(3.0), name="b")])
    async with open_supervisor() as supervisor:
        nested = await supervisor.start(child(spec))
        assert trio.current_time() == 5.0
        assert isinstance(nested, Supervisor)
        assert nested.children() == ("a", "b")
        assert (nested.name, nested.path) == ("n", "n")
        await supervisor.stop()


async def test_a_new_child_goes_to_the_end_of_the_order() -> None:
    """Start order is stop order backwards."""
    async with open_supervisor() as supervisor:
        for name in "cab":
            await supervisor.start(idle, name=name)
        assert supervisor.children() == ("c", "a", "b")
        await supervisor.stop_child("c")
        await supervisor.delete_child("c")
        await supervisor.start(idle, name="c")
        assert supervisor.children() == ("a", "b", "c")
        await supervisor.stop()


async def test_a_name_that_is_taken_is_refused(autojump_clock: MockClock) -> None:
    """Running: already started; known but not running: already present."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(crashing(1.0), name="b")
        with pytest.raises(AlreadyStarted):
            await supervisor.start(idle, name="a")
        await supervisor.stop_child("a")
        with pytest.raises(AlreadyPresent) as caught:
            await supervisor.start(idle, name="a")
        assert caught.value.child == "a"
        await trio.sleep(2.0)
        with pytest.raises(AlreadyPresent):  # restarting; OTP answers the same
            await supervisor.start(idle, name="b")
        await supervisor.stop()


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda s: s.start(idle, name="a/b"), "name"),
        (lambda s: s.start(idle, grace=-1.0), "grace"),
        (lambda s: s.start(idle, significant=True), "significant"),
        (lambda s: s.start(child(SupervisorSpec(), significant=True)), "significant"),
        (lambda s: s.start_supervisor(within=0.0), "within"),
        (lambda s: s.start_pool(child(idle, name="x")), "template"),
        (lambda s: s.start(3), "start"),
    ],
    ids=["name", "grace", "significant", "significant supervisor", "within", "template", "start"],
)
async def test_a_refused_spec_starts_nothing_and_harms_nothing(
    call: Callable[[Any], Awaitable[object]], field: str
) -> None:
    """It raises in its caller alone."""
    async with open_supervisor() as supervisor:
        with pytest.raises(InvalidSpec) as caught:
            await call(supervisor)
        assert caught.value.field == field
        assert supervisor.children() == ()


async def test_options_beside_a_spec_are_refused() -> None:
    """They stand in the spec; here they could have no effect."""
    async with open_supervisor() as supervisor:
        with pytest.raises((TypeError, smith.MisuseError)):
            await supervisor.start(child(idle, name="a"), name="b")  # type: ignore[call-overload]
        with pytest.raises((TypeError, smith.MisuseError)):
            await supervisor.start(child(idle, name="a"), 1)  # type: ignore[call-overload]
        assert supervisor.children() == ()


# stop_child, restart_child, delete_child ---------------------------------------------------


async def test_the_life_of_a_child_by_requests() -> None:
    """Stopped, restarted, stopped, deleted."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(idle, name="a")
        with pytest.raises(ChildRunning):
            await supervisor.restart_child("a")
        with pytest.raises(ChildRunning):
            await supervisor.delete_child("a")
        await supervisor.stop_child("a")
        await supervisor.stop_child("a")
        assert started.state is Condition.DOWN
        again = await supervisor.restart_child("a")
        assert again == started
        assert isinstance(again, smith.Child)
        assert again.incarnation == 2
        await started.stop()
        await supervisor.delete_child("a")
        for request in (supervisor.stop_child, supervisor.restart_child, supervisor.delete_child):
            with pytest.raises(ChildNotFound):
                await request("a")


@pytest.mark.parametrize("by", ["name", "handle", "own"])
async def test_a_child_is_stopped_by_its_name_or_by_its_handle(autojump_clock: MockClock, by: str) -> None:
    """The whole stop is waited for."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(stubborn(3.0), name="a")
        await settle()
        match by:
            case "name":
                await supervisor.stop_child("a")
            case "handle":
                await supervisor.stop_child(started)
            case _:
                await started.stop()
        assert trio.current_time() == 3.0
        assert started.state is Condition.DOWN


async def test_an_actor_and_a_supervisor_are_stopped_by_what_start_returned() -> None:
    """A ref, a supervisor, a pool."""
    async with open_supervisor() as supervisor:
        for started in (
            await supervisor.start(Echo, name="e"),
            await supervisor.start_supervisor(name="n"),
            await supervisor.start_pool(child(idle), name="p"),
        ):
            await supervisor.stop_child(started)
        assert {supervisor.child(name).state for name in "enp"} == {Condition.DOWN}


async def test_the_handle_of_a_child_that_is_gone_does_not_stop_its_successor() -> None:
    """Another child has its name by now."""
    async with open_supervisor() as supervisor:
        old = await supervisor.start(returning(0.0), name="a", restart=Restart.TEMPORARY)
        await old.wait_stopped()
        new = await supervisor.start(idle, name="a")
        with suppress(ChildNotFound):
            await supervisor.stop_child(old)
        await old.stop()
        assert new.state is Condition.RUNNING
        await supervisor.stop()


@pytest.mark.parametrize("which", ["nobody", 3, None, object()])
async def test_stopping_what_is_nobody_is_refused(which: Any) -> None:
    """Whatever it is."""
    async with open_supervisor() as supervisor:
        with pytest.raises((ChildNotFound, TypeError)):
            await supervisor.stop_child(which)


async def test_stopping_somebody_elses_child_is_refused() -> None:
    """Also the supervisor itself, and children of a nested one."""
    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n")
        deep = await nested.start(idle, name="deep")
        for which in (deep, supervisor):
            with pytest.raises(ChildNotFound):
                await supervisor.stop_child(which)
        assert deep.state is Condition.RUNNING
        await supervisor.stop()


@pytest.mark.parametrize("name", [["x"], 3, None, {}])
@pytest.mark.parametrize("request_", ["restart_child", "delete_child", "release_child"])
async def test_a_name_that_cannot_be_is_refused_and_harms_nobody(request_: str, name: Any) -> None:
    """Checked at the door: a wrong argument must not bring a tree down."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(idle)
        with pytest.raises((TypeError, ChildNotFound, smith.MisuseError)):
            await getattr(supervisor, request_)(name)
        assert started.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_failing_restart_by_request_stays_down(autojump_clock: MockClock) -> None:
    """No retry, not counted; and it can be tried again."""
    async with open_supervisor(max_restarts=0) as supervisor:
        await supervisor.start(starting(0.0, KeyError, KeyError), name="a")
        await supervisor.stop_child("a")
        for _ in range(2):
            with pytest.raises(StartFailed):
                await supervisor.restart_child("a")
            await trio.sleep(1.0)
            assert supervisor.child("a").state is Condition.DOWN
        await supervisor.restart_child("a")
        assert supervisor.child("a").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_restarting_child_is_refused_and_a_stop_cancels_its_restart(
    autojump_clock: MockClock,
) -> None:
    """Section 9."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        started = await supervisor.start(crashing(1.0), name="a")
        await trio.sleep(2.0)
        for request in (supervisor.restart_child, supervisor.delete_child):
            with pytest.raises(ChildRestarting):
                await request("a")
        await supervisor.stop_child("a")
        assert isinstance(await started.wait_stopped(), smith.Crashed)
        await trio.sleep(10.0)
        assert started.state is Condition.DOWN
        await supervisor.delete_child("a")


async def test_only_a_child_in_quarantine_can_be_released() -> None:
    """Others are restarted, or are there."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        with pytest.raises(NotQuarantined):
            await supervisor.release_child("a")
        with pytest.raises(ChildNotFound):
            await supervisor.release_child("b")
        await supervisor.stop()


# Looking -----------------------------------------------------------------------------------


async def test_counts_are_of_specs_tasks_and_kinds() -> None:
    """Specs living or not, active = living."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(idle, name="b")
        await supervisor.start_supervisor(name="n")
        await supervisor.start_pool(child(idle), name="p")
        await supervisor.stop_child("b")
        await supervisor.stop_child("p")
        counts = await supervisor.count_children()
        assert counts == ChildCounts(specs=4, active=2, supervisors=2, workers=2)
        await supervisor.stop()


async def test_the_spec_and_the_handle_of_a_child_are_told_at_once() -> None:
    """At this instant, not in turn."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a", grace=2.0)
        assert supervisor.child_spec("a") == child(idle, name="a", grace=2.0)
        assert supervisor.child("a").id == "a"
        assert supervisor.child("a").path == "a"
        for look in (supervisor.child, supervisor.child_spec):
            with pytest.raises(ChildNotFound):
                look("b")
        await supervisor.stop()


async def test_counting_waits_its_turn(autojump_clock: MockClock) -> None:
    """While a child is being started."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(3.0))
        await trio.sleep(1.0)
        assert (await supervisor.count_children()).active == 1
        assert trio.current_time() == 3.0
        await supervisor.stop()


# Turn and cancellation ---------------------------------------------------------------------


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


# A handle over the incarnations ------------------------------------------------------------


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


# Requests that would wait for themselves ---------------------------------------------------

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


async def test_a_tree_that_is_declared_serves_requests_like_any_other() -> None:
    """The handle of its root."""
    spec = SupervisorSpec(name="top", children=[child(idle, name="a")])
    async with open_tree(spec) as supervisor:
        await supervisor.start(idle, name="b")
        assert supervisor.children() == ("a", "b")
        await supervisor.stop()
