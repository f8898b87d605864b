"""A child's own exit: which ends are normal, and who is started again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    Restart,
    RestartIntensityExceeded,
    Strategy,
    child,
    open_supervisor,
)

from .stage import Crash, Ready, Tape, crashing, returning, settle, telling


def raising(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error* in its first incarnation, after a second."""
    left = [error]

    async def raises() -> None:
        await trio.sleep(1.0)
        if left:
            raise left.pop()
        await trio.sleep_forever()

    return raises


ENDS: list[tuple[Any, str, bool]] = [
    (returning(1.0), "returned", True),
    (raising(smith.Shutdown("enough")), "shut down (enough)", True),
    (raising(smith.Shutdown()), "shut down", True),
    (raising(Crash()), "Crash", False),
    (raising(GeneratorExit()), "GeneratorExit", False),
    (raising(ExceptionGroup("g", [Crash(), KeyError()])), "ExceptionGroup", False),
    (raising(ExceptionGroup("g", [smith.Shutdown()])), "ExceptionGroup", False),
    (raising(smith.Ignore()), "Ignore", False),
    (raising(StopIteration()), "RuntimeError", False),
]


def fresh(start: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return the same child anew: its script is in its closure."""
    cell = start.__closure__  # type: ignore[attr-defined]
    content = next(part.cell_contents for part in cell if isinstance(part.cell_contents, list))
    return raising(content[0]) if isinstance(content[0], BaseException) else returning(*content)


@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize(("start", "reason", "normal"), ENDS, ids=[end[1] for end in ENDS])
async def test_the_table_of_restarts(
    autojump_clock: MockClock,
    start: Callable[[], Awaitable[None]],
    reason: str,
    normal: bool,  # noqa: FBT001
    restart: Restart,
) -> None:
    """Section 4: permanent always, transient after abnormal ends, temporary never."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        started = await supervisor.start(fresh(start), name="a", restart=restart)
        await trio.sleep(2.0)
        again = restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and not normal)
        assert tape.of("end") == [f"end a: {reason}"]
        assert bool(tape.of("again")) is again
        assert started.state is (Condition.RUNNING if again else Condition.DOWN)
        assert supervisor.children() == (() if restart is Restart.TEMPORARY else ("a",))
        await supervisor.stop()


async def test_functions_are_transient_and_actors_permanent_unless_said_otherwise(
    autojump_clock: MockClock,
) -> None:
    """A function that returns is done; an actor that ends was not meant to."""

    class Ends(smith.Actor[Any]):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            await trio.sleep(1.0)

    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(returning(1.0, 1.0), name="f")
        await supervisor.start(Ends, name="e")
        await trio.sleep(1.5)
        assert tape.of("again") == ["again e: 1"]
        await supervisor.stop()


async def test_an_end_without_a_restart_never_touches_the_siblings(autojump_clock: MockClock) -> None:
    """Whatever the strategy."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(telling(tape, "x"), name="x")
        await supervisor.start(returning(1.0), name="done")
        await supervisor.start(crashing(2.0), name="gone", restart=Restart.TEMPORARY)
        await settle()
        tape.take()
        await trio.sleep(5.0)
        assert tape.lines == ["end done: returned", "end gone: Crash"]
        assert supervisor.children() == ("x", "done")
        await supervisor.stop()


async def test_a_restarted_child_keeps_its_place_and_its_handle(autojump_clock: MockClock) -> None:
    """The handle's incarnation is that of the request, its state is live."""
    async with open_supervisor() as supervisor:
        first = await supervisor.start(crashing(1.0), name="a")
        await supervisor.start(trio.sleep_forever, name="b")
        await trio.sleep(2.0)
        assert supervisor.children() == ("a", "b")
        assert first.incarnation == 1
        assert supervisor.child("a").incarnation == 2
        assert first == supervisor.child("a")
        assert hash(first) == hash(supervisor.child("a"))
        assert first != supervisor.child("b")
        assert repr(first) == "<Child a: running>"
        await supervisor.stop()
        assert repr(first) == "<Child a: down>"


async def test_what_a_request_answered_stays_as_it_was(autojump_clock: MockClock) -> None:
    """Even if the child crashes before its starter has taken a step; Trio shuffles, so try often."""
    for _ in range(30):
        left = [1, 1]

        async def crashes_at_once(left: list[int]) -> None:
            if left:
                left.pop()
                raise Crash
            raise smith.Shutdown

        async with open_supervisor() as supervisor:
            started = await supervisor.start(crashes_at_once, left)
            assert started.incarnation == 1
            assert not started.ignored


async def test_a_nested_supervisor_that_gave_up_counts_as_normal_for_its_parent(
    autojump_clock: MockClock,
) -> None:
    """As in OTP: transient stays down, permanent is restarted, counts; the exception is kept and shown."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(
            name="n", max_restarts=0, children=[child(crashing(1.0), name="c")], restart=Restart.TRANSIENT
        )
        await trio.sleep(2.0)
        assert supervisor.child("n").state is Condition.DOWN
        reason = await supervisor.child("n").wait_stopped()
        assert isinstance(reason, smith.ShutDown)
        assert isinstance(reason.why, RestartIntensityExceeded)
        with pytest.raises(smith.SupervisorStopped):
            nested.children()
    assert tape.of("over", "again", "gave-up") == [
        "gave-up n: c, 1",
        "over n: shut down, RestartIntensityExceeded",
        "over .: stopped",
    ]


async def test_a_permanent_nested_supervisor_is_restarted_with_its_initial_children(
    autojump_clock: MockClock,
) -> None:
    """Added ones are gone, deleted ones are back, its restarts are forgotten; the handle is the same."""
    tape = Tape()

    async def crashes_when_told(told: trio.Event) -> None:
        await told.wait()
        raise Crash

    told = trio.Event()
    async with open_supervisor(observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(
            name="n",
            max_restarts=1,
            children=[child(crashing(1.0, 20.0), name="a"), child(trio.sleep_forever, name="b")],
        )
        await trio.sleep(2.0)
        await nested.start(trio.sleep_forever, name="added")
        await nested.stop_child("b")
        await nested.delete_child("b")
        await nested.start(crashes_when_told, told, name="bad")
        told.set()
        await trio.sleep(0.5)
        assert nested.children() == ("a", "b")
        assert supervisor.child("n").incarnation == 2
        await trio.sleep(30.0)
        assert supervisor.child("n").incarnation == 2
        await supervisor.stop()
    assert tape.of("gave-up") == ["gave-up n: bad, 2"]


async def test_giving_up_inside_a_plain_function_is_a_crash(autojump_clock: MockClock) -> None:
    """Only children started as supervisors are normal-like then."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor(max_restarts=0) as inner:
            await inner.start(crashing(1.0), name="c")

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
            await supervisor.start(holds, name="holds")
    assert caught.value.child == "holds"
    assert "end holds: RestartIntensityExceeded" in tape.lines


async def test_a_nested_give_up_climbs_the_tree(autojump_clock: MockClock) -> None:
    """Each supervisor tries again as often as it may."""
    tape = Tape()

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    inner = smith.SupervisorSpec(name="inner", max_restarts=1, children=[child(always, name="c")])
    outer = smith.SupervisorSpec(name="outer", max_restarts=1, children=[child(inner)])
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with smith.open_tree(
            smith.SupervisorSpec(max_restarts=0, children=[child(outer)]), observe=tape
        ):
            await trio.sleep_forever()
    assert len(tape.of("up")) - len([line for line in tape.of("up") if "/c" not in line]) == 4
    assert tape.of("gave-up") == [
        "gave-up outer/inner: c, 2",
        "gave-up outer/inner#2: c, 2",
        "gave-up outer: inner, 2",
        "gave-up .: outer, 1",
    ]
    depth, error = 0, caught.value
    while isinstance(error, RestartIntensityExceeded):
        depth += 1
        assert error.failures is not None
        error = error.failures.exceptions[-1]  # type: ignore[assignment]
    assert depth == 3
    assert isinstance(error, Crash)


async def test_the_reason_of_the_last_end_is_what_a_waiter_gets(autojump_clock: MockClock) -> None:
    """Restarts do not count as the end."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(crashing(1.0, 1.0), name="a")
        reasons: list[smith.ExitReason] = []

        async def waits() -> None:
            reasons.append(await started.wait_stopped())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits)
            nursery.start_soon(waits)
            await trio.sleep(5.0)
            assert reasons == []
            await started.stop()
        assert reasons == [smith.Stopped(), smith.Stopped()]


async def test_an_end_is_reported_before_anything_is_done_about_it(autojump_clock: MockClock) -> None:
    """Events stand in the order in which things happen, interleaved truly with what children do."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(crashing(1.0), name="b")
        await settle()
        tape.take()
        await trio.sleep(2.0)
        assert tape.take() == [
            "end b: Crash",
            "again b: 1",
            "a ends",
            "end a: stopped",
            "up a#2",
            "up b#2",
            "a begins",
        ]
        await supervisor.stop()


async def test_a_child_function_may_be_a_coroutine_function_of_any_shape(autojump_clock: MockClock) -> None:
    """Methods, callable objects, with and without task_status."""

    class Callee:
        async def __call__(self, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
            await trio.sleep(1.0)
            task_status.started(self)

        async def method(self, number: int) -> None:
            await trio.sleep(number)

    callee = Callee()
    async with open_supervisor() as supervisor:
        started = await supervisor.start(callee)
        assert started.value is callee
        assert started.id == "callee-1" or started.id.startswith(("callee", "child", "__call__"))
        method = await supervisor.start(callee.method, 3)
        assert method.id.startswith("method-")
    assert trio.current_time() == 4.0
