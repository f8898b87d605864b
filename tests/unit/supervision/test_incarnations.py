"""What an incarnation begins with, and that nothing of the one before it reaches it."""

import contextvars
from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Strategy, child, open_supervisor

from .stage import HOUR, Crash, Ready, Tape, crashing, settle, stubborn

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


# Context variables -------------------------------------------------------------------------


async def test_children_see_the_context_in_which_the_supervisor_was_opened(autojump_clock: MockClock) -> None:
    """What the body sets later is the body's."""
    seen: list[str] = []

    async def looks() -> None:
        seen.append(VARIABLE.get())

    VARIABLE.set("before")
    async with open_supervisor() as supervisor:
        VARIABLE.set("in the body")
        await supervisor.start(looks)
        await supervisor.start_supervisor(name="n", children=[child(looks)])
        await settle()
        VARIABLE.set("unset")
        await supervisor.stop()
    assert seen == ["before", "before"]


@pytest.mark.parametrize("busy", [False, True], ids=["at once", "after others were stopped"])
async def test_a_restarted_child_does_not_inherit_the_context_of_the_dead_one(
    autojump_clock: MockClock,
    busy: bool,  # noqa: FBT001
) -> None:
    """Each incarnation begins in the supervisor's own."""
    seen: list[str] = []

    async def leaves_something() -> None:
        seen.append(VARIABLE.get())
        VARIABLE.set(f"left by {len(seen)}")
        if len(seen) < 4:
            await trio.sleep(1.0)
            raise Crash
        await trio.sleep_forever()

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL if busy else Strategy.ONE_FOR_ONE) as supervisor:
        if busy:
            await supervisor.start(stubborn(1.0))
        await supervisor.start(leaves_something)
        await trio.sleep(20.0)
        await supervisor.stop()
    assert seen == ["clean"] * 4


async def test_a_child_does_not_inherit_the_context_of_a_sibling(autojump_clock: MockClock) -> None:
    """Neither of the one that asked for it, nor of the one whose exit set its restart going."""
    seen: list[str] = []
    left = [1]

    async def looks() -> None:
        seen.append(VARIABLE.get())
        await trio.sleep_forever()

    async def asks(supervisors: list[smith.Supervisor]) -> None:
        VARIABLE.set("the asker's")
        if left.pop():
            await supervisors[0].start(looks)
            left.append(0)
            raise Crash

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as supervisor:
        await supervisor.start(asks, [supervisor])
        await trio.sleep(1.0)
        await supervisor.stop()
    assert seen == ["clean", "clean"]


async def test_a_resting_actor_that_is_restarted_with_its_group_begins_in_a_clean_context(
    autojump_clock: MockClock,
) -> None:
    """Its task had only been waiting."""
    seen: list[str] = []

    class Sets(smith.Actor[str]):
        def __init__(self) -> None:
            seen.append(VARIABLE.get())

        @smith.on(str)
        def handle(self, message: str) -> None:
            VARIABLE.set(message)

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as supervisor:
        ref = await supervisor.start(Sets)
        await supervisor.start(crashing(1.0))
        await ref.tell("dirty")
        await trio.sleep(5.0)
        await supervisor.stop()
    assert seen == ["clean", "clean"]


# Cancel scopes and nurseries ---------------------------------------------------------------


async def _numbers() -> AsyncGenerator[int, None]:
    with trio.move_on_after(3.0):
        while True:
            yield 1


async def test_a_cancel_scope_left_open_crashes_its_incarnation_alone(autojump_clock: MockClock) -> None:
    """A classic slip: a scope round a yield, in a generator that is abandoned. The next one lives."""
    kept: list[AsyncGenerator[int, None]] = []
    tape = Tape()

    async def leaks() -> None:
        if not kept:
            kept.append(_numbers())
            await anext(kept[0])
            return
        await trio.sleep(HOUR)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
    assert tape.of("end", "again") == ["end a: RuntimeError", "again a: 1", "end a#2: returned"]
    assert trio.current_time() == HOUR


@pytest.mark.parametrize("raises", [Crash, KeyError])
async def test_what_a_child_raised_comes_before_what_it_left_open(
    autojump_clock: MockClock, raises: type[Exception]
) -> None:
    """Its own failure is the more telling one."""
    kept: list[AsyncGenerator[int, None]] = []
    tape = Tape()

    async def leaks() -> None:
        if not kept:
            kept.append(_numbers())
            await anext(kept[0])
            raise raises
        await trio.sleep(HOUR)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
    assert tape.of("end")[0] == f"end a: {raises.__name__}"
    assert trio.current_time() == HOUR


async def test_each_incarnation_has_a_scope_of_its_own(autojump_clock: MockClock) -> None:
    """A group stop that was too slow does not cancel the incarnations after it."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape, max_restarts=9) as supervisor:
        await supervisor.start(stubborn(3.0), name="a", grace=1.0)
        await supervisor.start(crashing(1.0, 5.0), name="b")
        await trio.sleep(HOUR)
        assert tape.of("end") == ["end b: Crash", "end a: killed", "end b#2: Crash", "end a#2: killed"]
        await supervisor.stop()


async def test_ten_thousand_restarts_leave_no_tasks_and_no_stack_behind(autojump_clock: MockClock) -> None:
    """One task, one incarnation after the other."""
    count = 0

    async def crashes() -> None:
        nonlocal count
        count += 1
        if count < 3_000:
            raise Crash
        await trio.sleep_forever()

    before = trio.lowlevel.current_statistics().tasks_living
    async with open_supervisor(max_restarts=3_000) as supervisor:
        await supervisor.start(crashes)
        await settle()
        assert trio.lowlevel.current_statistics().tasks_living == before + 1
        await supervisor.stop()
    assert count == 3_000


# Stopped before it began -------------------------------------------------------------------


async def test_a_child_that_is_stopped_before_its_first_step_may_run_up_to_a_checkpoint(
    autojump_clock: MockClock,
) -> None:
    """It was ready when its task existed; Trio lets it begin, cancelled."""
    tape = Tape()

    async def begins() -> None:
        tape.say("begins")
        await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(begins, name="a")
        await supervisor.stop_child("a")
        assert tape.of("end") == ["end a: stopped"]


async def test_a_start_that_is_cancelled_before_its_first_step_never_begins(
    autojump_clock: MockClock,
) -> None:
    """A supervisor that stops does not begin new work. Trio shuffles who comes first, so try often."""
    for _ in range(30):
        tape = Tape()

        async def begins(tape: Tape, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
            tape.say("begins")
            await trio.sleep(1.0)

        async def asks(supervisor: smith.Supervisor, tape: Tape) -> None:
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(begins, tape, name="a")

        async def stops(supervisor: smith.Supervisor, tape: Tape) -> None:
            tape.say("stop")
            await supervisor.stop()

        async with trio.open_nursery() as nursery, open_supervisor(observe=tape) as supervisor:
            nursery.start_soon(asks, supervisor, tape)
            nursery.start_soon(stops, supervisor, tape)
            await trio.sleep_forever()
        assert tape.of("stop", "begins") in (["stop"], ["begins", "stop"])
