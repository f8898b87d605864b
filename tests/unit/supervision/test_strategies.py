"""What each strategy does to the siblings of a child that failed, on real Trio tasks."""

import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, Restart, Strategy, child, open_supervisor

from .stage import Crash, Tape, crashing, idle, polite, returning, settle, starting, stubborn, telling


async def test_one_for_one_restarts_that_child_alone(autojump_clock: MockClock) -> None:
    """Nobody else is touched."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        for name in "ac":
            await supervisor.start(telling(tape, name), name=name)
        await supervisor.start(crashing(1.0), name="b")
        await settle()
        tape.take()
        await trio.sleep(2.0)
        assert tape.take() == ["end b: Crash", "again b: 1", "up b#2"]
        await supervisor.stop()


async def test_one_for_all_stops_in_reverse_each_in_its_grace_and_starts_in_order(
    autojump_clock: MockClock,
) -> None:
    """Strictly one after the other."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(polite(1.0, tape, "a"), name="a")
        await supervisor.start(crashing(1.0), name="b")
        await supervisor.start(polite(9.0, tape, "c"), name="c", grace=2.0)
        await settle()
        tape.take()
        await trio.sleep(10.0)
        assert tape.take() == [
            "end b: Crash",
            "again b: 1",
            "c asked at 1",
            "end c: killed",
            "a asked at 3",
            "end a: stopped",
            "up a#2",
            "up b#2",
            "up c#2",
        ]
        await supervisor.stop()


async def test_a_finished_transient_child_is_revived_by_one_for_all(autojump_clock: MockClock) -> None:
    """And so is one that was stopped by request."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(returning(1.0), name="finished")
        await supervisor.start(idle, name="stopped")
        await supervisor.start(idle, name="temporary", restart=Restart.TEMPORARY)
        await supervisor.start(crashing(5.0), name="bad")
        await supervisor.stop_child("stopped")
        await trio.sleep(10.0)
        assert supervisor.children() == ("finished", "stopped", "bad")
        assert {supervisor.child(name).state for name in supervisor.children()} == {Condition.RUNNING}
        await supervisor.stop()
    assert tape.of("up")[4:] == ["up finished#2", "up stopped#2", "up bad#2"]


async def test_rest_for_one_touches_those_after_the_failed_one(autojump_clock: MockClock) -> None:
    """Those before are not even revived."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.REST_FOR_ONE, observe=tape) as supervisor:
        await supervisor.start(returning(1.0), name="finished")
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(crashing(2.0), name="bad")
        await supervisor.start(telling(tape, "c"), name="c")
        await trio.sleep(1.5)
        tape.take()
        await trio.sleep(5.0)
        assert [line for line in tape.take() if line != "c begins"] == [
            "end bad: Crash",
            "again bad: 1",
            "c ends",
            "end c: stopped",
            "up bad#2",
            "up c#2",
        ]
        assert supervisor.child("finished").state is Condition.DOWN
        await supervisor.stop()


async def test_siblings_that_die_together_make_one_group_restart(autojump_clock: MockClock) -> None:
    """The deaths that had happened by the time of the group stop are absorbed."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, max_restarts=1, observe=tape) as supervisor:
        await supervisor.start(stubborn(1.0), name="slow")
        for name in "abc":
            await supervisor.start(crashing(1.0), name=name)
        await trio.sleep(5.0)
        assert len(tape.of("again")) == 1
        assert tape.of("up")[4:] == ["up slow#2", "up a#2", "up b#2", "up c#2"]
        await supervisor.stop()


async def test_a_sibling_may_end_in_any_way_when_it_is_stopped_by_a_group_restart(
    autojump_clock: MockClock,
) -> None:
    """Reported only."""
    tape = Tape()

    async def fails_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, max_restarts=1, observe=tape) as supervisor:
        await supervisor.start(fails_at_the_end, name="x")
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(5.0)
        assert tape.of("raised", "end") == ["end bad: Crash", "raised x: KeyError", "end x: stopped"]
        assert supervisor.child("x").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_nested_supervisor_is_restarted_with_its_group(autojump_clock: MockClock) -> None:
    """With its initial children, in its place."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(idle, name="x")])
        await nested.start(idle, name="added")
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(5.0)
        assert nested.children() == ("x",)
        await supervisor.stop()
    assert [line for line in tape.lines if line.split()[1].startswith("n#2")] == [
        "begin n#2",
        "up n#2",
        "over n#2: stopped",
    ]


async def test_a_restarted_child_lives_on_although_its_siblings_start_slowly(
    autojump_clock: MockClock,
) -> None:
    """The deadline of its own stop must not reach its next incarnation."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(starting(0.0, 30.0, crash_after=1.0), name="slow")
        await supervisor.start(polite(1.0), name="b", grace=5.0)
        await supervisor.start(polite(9.0), name="c", grace=5.0)
        await trio.sleep(100.0)
        assert tape.of("again", "end") == [
            "end slow: Crash",
            "again slow: 1",
            "end c: killed",
            "end b: stopped",
        ]
        await supervisor.stop()


async def test_a_crashed_actor_comes_back_although_its_siblings_stop_slowly(
    autojump_clock: MockClock,
) -> None:
    """The deadline of its clean-up must not reach its next incarnation."""
    from collections.abc import AsyncGenerator  # noqa: PLC0415
    from contextlib import asynccontextmanager  # noqa: PLC0415 - only here

    class Holds(smith.Actor[str]):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            yield

        @smith.on(str)
        async def handle(self, message: str) -> None:
            raise Crash

    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(stubborn(4.0), name="x", grace=1.0)
        await supervisor.start(stubborn(4.0), name="y", grace=1.0)
        ref = await supervisor.start(Holds, name="h", grace=2.0)
        await ref.tell("die")
        await trio.sleep(60.0)
        assert tape.of("again", "failed") == ["again h: 1"]
        await supervisor.stop()
