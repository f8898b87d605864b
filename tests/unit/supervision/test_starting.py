"""Starting: one after the other, each ready before the next; and what children are called."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    StartCancelled,
    StartFailed,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)
from trio_smith.supervision.spec import _child_spec

from .stage import HOUR, Crash, Ready, Tape, crashing, idle, settle, starting, telling

# Readiness ---------------------------------------------------------------------------------


async def test_a_plain_function_is_ready_when_its_task_exists() -> None:
    """start() returns before it has run a line, and what it does then is its own affair."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        started = await supervisor.start(telling(tape, "a"))
        assert started.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_function_that_takes_task_status_is_ready_when_it_says_so(autojump_clock: MockClock) -> None:
    """And may hand something out."""

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(3.0)
        task_status.started("a port")
        await trio.sleep(HOUR)

    async with open_supervisor() as supervisor:
        started = await supervisor.start(reports)
        assert trio.current_time() == 3.0
        assert started.value == "a port"
        await supervisor.stop()


async def test_the_next_child_begins_when_the_one_before_is_ready(autojump_clock: MockClock) -> None:
    """In list order, and the body after all of them."""
    tape = Tape()
    spec = SupervisorSpec(
        children=[child(starting(2.0), name="a"), child(starting(3.0), name="b"), child(idle, name="c")]
    )
    async with open_tree(spec, observe=tape) as supervisor:
        assert trio.current_time() == 5.0
        assert tape.lines == ["begin .", "up a", "up b", "up c"]
        await supervisor.stop()


async def test_the_arguments_go_to_every_incarnation(autojump_clock: MockClock) -> None:
    """As they were given."""
    seen: list[tuple[int, str]] = []

    async def takes(number: int, text: str) -> None:
        seen.append((number, text))
        if len(seen) < 3:
            raise Crash

    async with open_supervisor() as supervisor:
        await supervisor.start(takes, 1, "x")
    assert seen == [(1, "x")] * 3


async def test_reporting_twice_is_refused(autojump_clock: MockClock) -> None:
    """As Trio does; the child dies of it unless it catches it."""
    caught: list[str] = []

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        try:
            task_status.started()
        except RuntimeError as error:
            caught.append(str(error))

    async with open_supervisor() as supervisor:
        await supervisor.start(reports)
    assert caught
    assert "started() was called twice" in caught[0]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_report_by_an_incarnation_that_has_ended_is_refused(
    autojump_clock: MockClock, *, restarted: bool
) -> None:
    """Whoever kept its task_status cannot make a child ready that is not there."""
    kept: list[Ready] = []
    fails = iter([False, True, True, False])

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        if next(fails, False):
            raise Crash
        task_status.started()
        await trio.sleep_forever()

    async with open_supervisor() as supervisor:
        await supervisor.start(reports, name="a")
        await supervisor.stop_child("a")
        with pytest.raises(StartFailed):
            await supervisor.restart_child("a")
        with pytest.raises(StartFailed):
            await supervisor.restart_child("a")
        if restarted:
            await supervisor.restart_child("a")
        for status in kept:
            with pytest.raises(RuntimeError, match=r"an incarnation that has ended|called twice"):
                status.started()
        assert (await supervisor.count_children()).active == restarted
        await supervisor.stop()


async def test_a_late_report_does_not_end_the_start_of_the_next_incarnation(
    autojump_clock: MockClock,
) -> None:
    """It is the new one that has to report."""
    kept: list[Ready] = []

    async def slow(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        if len(kept) > 1:
            await trio.sleep(5.0)
        task_status.started()
        await trio.sleep(1.0)
        raise Crash

    async with open_supervisor() as supervisor:
        started = await supervisor.start(slow, name="a")
        await trio.sleep(2.0)
        assert started.state is Condition.STARTING
        with pytest.raises(RuntimeError):
            kept[0].started()
        assert started.state is Condition.STARTING
        await supervisor.stop()


async def test_a_late_report_does_not_end_the_start_of_another_child(autojump_clock: MockClock) -> None:
    """It is somebody else who is being started now."""
    kept: list[Ready] = []

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        raise Crash

    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        with pytest.raises(StartFailed):
            await supervisor.start(fails)
        nursery.start_soon(supervisor.start, starting(5.0))
        await trio.sleep(1.0)
        with pytest.raises(RuntimeError):
            kept[0].started()
        await trio.sleep(1.0)
        assert supervisor.child(supervisor.children()[0]).state is Condition.STARTING
        await supervisor.stop()


# Overtaken and withdrawn starts ------------------------------------------------------------


async def test_stop_cancels_a_start_in_progress(autojump_clock: MockClock) -> None:
    """Whoever asked for it is told that the supervisor stops."""
    tape = Tape()
    async with trio.open_nursery() as nursery, open_supervisor(observe=tape) as supervisor:

        async def asks() -> None:
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(starting(HOUR), name="a")
            tape.say("told")

        nursery.start_soon(asks)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert sorted(tape.lines) == ["begin .", "failed a: StartCancelled", "over .: stopped", "told"]
    assert trio.current_time() == 1.0


async def test_a_begun_start_goes_on_when_its_caller_is_cancelled(autojump_clock: MockClock) -> None:
    """The child is found by its name."""
    async with open_supervisor() as supervisor:
        with trio.move_on_after(1.0) as scope:
            await supervisor.start(starting(3.0), name="a")
        assert scope.cancelled_caught
        assert supervisor.child("a").state is Condition.STARTING
        await trio.sleep(5.0)
        assert supervisor.child("a").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_start_that_waits_is_withdrawn_with_its_caller(autojump_clock: MockClock) -> None:
    """It never happens."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(3.0))
        await trio.sleep(1.0)
        with trio.move_on_after(1.0):
            await supervisor.start(telling(Tape(), "b"), name="b")
        await trio.sleep(5.0)
        assert "b" not in supervisor.children()
        await supervisor.stop()


async def test_those_who_wait_for_a_child_whose_restart_is_overtaken_hear_of_its_end(
    autojump_clock: MockClock,
) -> None:
    """Nobody waits for ever."""
    async with trio.open_nursery() as nursery, open_supervisor() as supervisor:
        started = await supervisor.start(starting(0.0, HOUR, crash_after=1.0))

        async def waits() -> None:
            assert isinstance(await started.wait_stopped(), smith.Crashed)

        nursery.start_soon(waits)
        await trio.sleep(5.0)
        assert started.state is Condition.STARTING
        await supervisor.stop()


async def test_a_child_that_cannot_be_cancelled_in_its_start_is_waited_for(autojump_clock: MockClock) -> None:
    """And told of its being cancelled when it reports after all."""

    async def deaf(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(10.0)
        task_status.started()
        await trio.sleep_forever()

    tape = Tape()
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(deaf, name="a")
    assert trio.current_time() == 10.0
    assert tape.lines[-2:] in (["end a: stopped", "over .: stopped"], ["end a: killed", "over .: stopped"])


# Names -------------------------------------------------------------------------------------


async def test_children_without_a_name_get_one_that_is_free() -> None:
    """Those that are given are never taken, wherever they stand in the list."""
    spec = SupervisorSpec(
        children=[
            child(idle),
            child(idle, name="idle-2"),
            child(idle),
            child(SupervisorSpec()),
            child(idle, name="idle-1"),
        ]
    )
    async with open_tree(spec) as supervisor:
        assert len(supervisor.children()) == 5
        assert {"idle-1", "idle-2"} <= set(supervisor.children())
        started = await supervisor.start(idle)
        assert started.id in supervisor.children()
        assert len(supervisor.children()) == 6
        await supervisor.stop()


async def test_a_nameless_start_never_meets_a_name_that_waits_in_the_queue(autojump_clock: MockClock) -> None:
    """Its name is chosen when its turn comes."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(1.0))
        await settle()

        async def named() -> None:
            await supervisor.start(idle, name="idle-2")

        nursery.start_soon(named)
        await settle()
        started = await supervisor.start(idle)
        assert started.id != "idle-2"
        assert len(supervisor.children()) == 3
        await supervisor.stop()


async def test_crashing_children_of_a_tree_are_found_while_they_restart(autojump_clock: MockClock) -> None:
    """A child that is being restarted keeps its place and its name."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        await supervisor.start(crashing(1.0), name="a")
        await supervisor.start(idle, name="b")
        await trio.sleep(2.0)
        assert supervisor.children() == ("a", "b")
        assert supervisor.child("a").state is Condition.RESTARTING
        await supervisor.stop()


async def test_the_error_of_a_cancelled_start_names_the_child() -> None:
    """For the observers."""
    assert "n/a" in str(StartCancelled(child="n/a"))


async def test_a_deep_tree_is_checked_once_and_not_again_at_each_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A spec was checked when it was made; looking at all below it at every level costs depth squared."""
    depth, looks = 20, 0
    check = _child_spec.check_supervisor

    def counting(spec: SupervisorSpec, path: tuple[str, ...]) -> None:
        nonlocal looks
        looks += 1
        check(spec, path)

    spec = SupervisorSpec(name="lowest", children=[child(idle, name="leaf")])
    for _ in range(depth - 1):
        spec = SupervisorSpec(name="above", children=[child(spec)])
    monkeypatch.setattr(_child_spec, "check_supervisor", counting)
    async with open_supervisor() as supervisor:
        looks = 0
        await supervisor.start(child(spec))
        await supervisor.stop()
    assert looks == depth
