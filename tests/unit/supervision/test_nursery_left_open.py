"""A child that leaves a nursery open, as by a nursery round a yield in a generator that is abandoned."""

from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Restart, Strategy, child, open_supervisor

from .stage import HOUR, Crash, Tape, crashing, settle


async def numbers(tape: Tape) -> AsyncGenerator[int, None]:
    """Count, with a task beside it."""

    async def beside() -> None:
        try:
            await trio.sleep_forever()
        finally:
            tape.say(f"beside cancelled at {trio.current_time():g}")

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(beside)
            yield 1
            pytest.fail("it was not abandoned")
    except* GeneratorExit:
        pass  # when the test lets go of it: Trio has closed its nursery long before


class Leaks:
    """A child whose first incarnations leave a nursery open; the one after them uses nurseries properly."""

    def __init__(self, tape: Tape, *, times: int = 1, crashes: bool = False) -> None:
        self.tape, self.times, self.crashes = tape, times, crashes
        self.kept: list[AsyncGenerator[int, None]] = []

    async def __call__(self) -> None:
        """Live."""
        if len(self.kept) < self.times:
            self.kept.append(numbers(self.tape))
            await anext(self.kept[-1])
            await trio.sleep(1.0)
            if self.crashes:
                raise Crash
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 5.0)
            await trio.sleep(1.0)

    async def let_go(self) -> None:
        """Have the generators closed."""
        for one in self.kept:
            await one.aclose()


@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
async def test_only_that_child_crashes(autojump_clock: MockClock, restart: Restart) -> None:
    """Trio's complaint is its failure; the tree goes on and ends quietly."""
    tape = Tape()
    leaks = Leaks(tape)
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(trio.sleep_forever, name="x")
        await supervisor.start(leaks, name="a", restart=restart)
        await trio.sleep(HOUR)
        assert supervisor.child("x").incarnation == 1
        await supervisor.stop()
    again = ["again a: 1", "end a#2: returned"] if restart is Restart.TRANSIENT else []
    assert tape.of("end", "again", "over") == [
        "end a: RuntimeError",
        *again,
        "end x: stopped",
        "over .: stopped",
    ]


async def test_its_own_failure_is_the_more_telling_one(autojump_clock: MockClock) -> None:
    """As with a cancel scope that is left open."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(Leaks(tape, crashes=True), name="a")
    assert tape.of("end") == ["end a: Crash", "end a#2: returned"]


async def test_what_it_left_running_is_cancelled_with_its_incarnation(autojump_clock: MockClock) -> None:
    """The next incarnation finds nothing of it."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(Leaks(tape), name="a")
    assert tape.of("beside") == ["beside cancelled at 1"]


async def test_the_next_incarnation_has_a_task_of_its_own(autojump_clock: MockClock) -> None:
    """The generator may be closed at any time, and Trio then takes a nursery off the old task."""
    tape = Tape()
    leaks = Leaks(tape)
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
        await trio.sleep(1.5)  # the next one has its own nursery open
        await leaks.let_go()
    assert tape.of("end") == ["end a: RuntimeError", "end a#2: returned"]


@pytest.mark.parametrize("times", [1, 3])
async def test_it_leaves_no_trace_in_the_end_of_the_block(autojump_clock: MockClock, times: int) -> None:
    """The failure of the body comes out as itself."""
    tape = Tape()
    with pytest.raises(KeyError):  # noqa: PT012 - a whole block is what raises here
        async with open_supervisor() as supervisor:
            await supervisor.start(Leaks(tape, times=times), name="a")
            await trio.sleep(HOUR)
            raise KeyError


async def test_a_nested_supervisor_survives_it(autojump_clock: MockClock) -> None:
    """And so does the one above."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start_supervisor(name="n", children=[child(Leaks(tape), name="a")])
        await trio.sleep(HOUR)
        await supervisor.stop_child("n")
        await supervisor.restart_child("n")
        await settle()
        await supervisor.stop()
    assert tape.of("end", "over") == [
        "end n/a: RuntimeError",
        "end n/a#2: returned",
        "over n: stopped",
        "end n/a: stopped",
        "over n#2: stopped",
        "over .: stopped",
    ]


async def test_a_group_restart_goes_round_it(autojump_clock: MockClock) -> None:
    """The child is stopped with its nursery open, and begun again."""
    tape = Tape()
    leaks = Leaks(tape)
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
        await supervisor.start(crashing(0.5), name="b")
        await trio.sleep(HOUR)
        await supervisor.stop()
    assert tape.of("end") == ["end b: Crash", "end a: stopped", "end a#2: returned", "end b#2: stopped"]


async def test_an_actor_of_an_actor_may_do_so_too(autojump_clock: MockClock) -> None:
    """Its Trio task is in the nursery of the supervisor above both."""
    tape = Tape()
    leaks = Leaks(tape)

    class Inner(smith.Actor[str]):
        @smith.on(str)
        async def leak(self, _message: str) -> None:
            await leaks()

    class Owner(smith.Actor[str]):
        @smith.on(str)
        async def begin(self, _message: str) -> None:
            inner = await self.context.supervisor.start(Inner, name="i")
            await inner.tell("leak")

    async with open_supervisor(observe=tape) as supervisor:
        ref = await supervisor.start(Owner, name="o")
        await ref.tell("begin")
        await trio.sleep(HOUR)
        await supervisor.stop_child("o")
        await trio.sleep(HOUR)
        await supervisor.stop()
    assert tape.of("end", "over") == [
        "end o/i: stopped",
        "over o: stopped",
        "end o: stopped",
        "over .: stopped",
    ]
