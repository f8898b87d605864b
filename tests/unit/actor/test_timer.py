"""Timers call a method of the running incarnation, before waiting user messages."""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, sleeps, tree


def after(delay: float, text: object = "beat") -> Do:
    """Return a message that has *text* written down in *delay* seconds; it is answered with the timer."""
    return Do(lambda actor: actor.context.after(delay, actor.seen.append, text))


class Clocked(Puppet):
    """Writes down when it was called."""

    def beat(self, *args: object) -> None:
        """Write down the time."""
        self.seen.append(trio.current_time())

    async def slow_beat(self, seconds: float) -> None:
        """Write down the time, and take *seconds*."""
        self.seen.append(trio.current_time())
        await trio.sleep(seconds)


def every(interval: float, *, slow: float | None = None) -> Do:
    """Return a message that starts a timer with *interval*, whose calls take *slow* seconds."""

    def work(actor: Clocked) -> smith.Timer:
        if slow is None:
            return actor.context.every(interval, actor.beat)
        return actor.context.every(interval, actor.slow_beat, slow)

    return Do(work)


async def test_after_calls_once_in_so_many_seconds() -> None:
    """With its arguments, sync or async."""
    seen: list[Any] = []

    async def slow(one: int, other: int) -> None:
        await trio.sleep(1)
        seen.append((trio.current_time(), one, other))

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        timer = await ref.ask(Do(lambda actor: actor.context.after(3, slow, 1, 2)))
        assert timer.active
        await trio.sleep(100)
        assert not timer.active
    assert seen == [(4, 1, 2)]


@pytest.mark.parametrize("delay", [0, -5])
async def test_a_delay_that_is_over_calls_as_soon_as_possible(delay: float) -> None:
    """But not inside of the call itself."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.ask(after(delay))
        assert seen == []
        await trio.sleep(0.01)
    assert seen == ["beat"]


async def test_a_delay_without_end_never_calls() -> None:
    """And does not keep the tree from ending."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.ask(after(math.inf))
        await trio.sleep(500)
    assert seen == []


async def test_a_delay_that_is_no_number_is_refused_and_harms_nobody() -> None:
    """NaN compares with nothing: one in the heap would stop all timers of the tree."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        other = await supervisor.start(Puppet, seen)
        await other.ask(after(5))
        for method in ("after", "every"):
            with pytest.raises(smith.ActorCrashed) as caught:
                await ref.ask(
                    Do(lambda actor, m=method: getattr(actor.context, m)(math.nan, actor.seen.append))
                )
            assert isinstance(caught.value.__cause__, ValueError)
        await trio.sleep(6)
    assert seen == ["beat"]


@pytest.mark.parametrize("interval", [0, -1, -math.inf])
async def test_an_interval_is_positive(interval: float) -> None:
    """Beats without an interval would be one endless beat."""
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(every(interval))
        assert isinstance(caught.value.__cause__, ValueError)
        assert "greater than 0" in str(caught.value.__cause__)


async def test_every_calls_at_each_interval() -> None:
    """First after one of them."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        timer = await ref.ask(every(2.5))
        await trio.sleep(10.1)
        assert timer.active
    assert seen == [2.5, 5, 7.5, 10]


async def test_missed_beats_are_skipped_and_the_rhythm_is_kept() -> None:
    """A busy actor is not punished with a burst, nor does the clock drift."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        await ref.ask(every(2))
        await trio.sleep(3)
        await ref.ask(sleeps(6.5))  # until 9.5: the beats at 4, 6 and 8 become one
        await trio.sleep(5)
    assert seen == [2, 9.5, 10, 12, 14]


async def test_a_beat_slower_than_its_interval_never_waits_twice() -> None:
    """One call at a time, and at most one that waits."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        await ref.ask(every(2, slow=5))
        await trio.sleep(18)
        assert ref.statistics().system_depth <= 1
    assert seen == [2, 7, 12, 17]


async def test_many_beats_while_the_actor_hangs_are_one_call() -> None:
    """The system lane does not grow."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        await ref.ask(every(0.25))
        release = await busy(ref)
        await trio.sleep(100)
        assert ref.statistics().system_depth == 1
        release.set()
        await trio.sleep(0.01)
    assert seen == [100]


@pytest.mark.parametrize("interval", [1e-300, 5e-324])
async def test_an_interval_too_small_for_the_clock_does_not_stop_the_program(interval: float) -> None:
    """At large times a tiny interval vanishes in the float: the beat would never move on."""
    seen: list[Any] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Clocked, seen)
        await trio.sleep(900)
        nursery.start_soon(ref.ask, every(interval))
        for _ in range(50):
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert len(seen) < 100


async def test_an_interval_too_small_to_count_its_beats_goes_on() -> None:
    """So many were missed that their number is no float."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        await ref.ask(every(5e-324))
        for _ in range(10):
            before = len(seen)
            await trio.sleep(1)
            assert len(seen) > before


async def test_a_call_of_a_timer_overtakes_waiting_messages() -> None:
    """System lane first."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.ask(after(1))
        release = await busy(ref)
        for number in range(3):
            ref.tell_nowait(Note(number))
        await trio.sleep(2)
        release.set()
        await wait_all_tasks_blocked()
    assert seen == ["beat", 0, 1, 2]


async def test_a_cancelled_timer_calls_no_more() -> None:
    """Not even the call that waits already."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        ahead = await ref.ask(after(1, "ahead"))
        waiting = await ref.ask(after(2, "waiting"))
        ahead.cancel()
        assert not ahead.active
        release = await busy(ref)
        await trio.sleep(3)
        assert ref.statistics().system_depth == 1
        waiting.cancel()
        release.set()
        await trio.sleep(1)
        assert ref.statistics().system_depth == 0
        waiting.cancel()  # again: harmless
        ahead.cancel()
    assert seen == []


async def test_a_beat_may_cancel_its_own_timer() -> None:
    """The usual way to count to three."""
    seen: list[int] = []

    class Counts(Puppet):
        def start(self) -> None:
            self.timer = self.context.every(1, self.beat)

        def beat(self) -> None:
            seen.append(len(seen))
            if len(seen) == 3:
                self.timer.cancel()

    async with tree() as supervisor:
        ref = await supervisor.start(Counts)
        await ref.ask(Do(Counts.start))
        await trio.sleep(10)
        assert ref._cell.extras is not None
        assert not ref._cell.extras.timers
    assert seen == [0, 1, 2]


async def test_a_beat_may_start_the_next_timer() -> None:
    """The usual way to a rhythm of one's own."""
    seen: list[float] = []

    class Chains(Puppet):
        def beat(self) -> None:
            seen.append(trio.current_time())
            self.context.after(len(seen), self.beat)

    async with tree() as supervisor:
        ref = await supervisor.start(Chains)
        await ref.ask(Do(Chains.beat))
        await trio.sleep(7)
        assert len(ref._cell.extras.timers) == 1
    assert seen == [0, 1, 3, 6]


async def test_what_a_timer_raises_crashes_the_actor_without_a_message_in_hand() -> None:
    """There is nobody to answer and no letter to bury."""
    failures: list[smith.Failure] = []

    class Reports(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            failures.append(failure)

        def beat(self) -> None:
            raise ValueError("beat")

    async with tree() as supervisor:
        ref = await supervisor.start(Reports)
        await ref.ask(Do(lambda actor: actor.context.after(1, actor.beat) and None))
        await trio.sleep(2)
        assert await ref.ask(Echo("again")) == "again"
        assert supervisor.system.dead_letters.total == 0
    (failure,) = failures
    assert str(failure.exception) == "beat"
    assert (failure.message, failure.deliveries) == (None, 0)


async def test_timers_end_with_their_incarnation() -> None:
    """A method of the old instance must never be called in the new one."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Clocked, seen)
        timers = [await ref.ask(every(2)), await ref.ask(after(3, "old"))]
        await trio.sleep(1)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo("next incarnation"))
        await trio.sleep(20)
        assert [timer.active for timer in timers] == [False, False]
        assert len(supervisor.system.sweeper) == 0
    assert seen == ["next incarnation"]


async def test_calls_that_wait_at_a_crash_are_discarded() -> None:
    """They belong to the instance that has gone."""
    seen: list[Any] = []

    async def crash_late(_: object) -> None:
        await trio.sleep(5)
        raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.ask(after(1, "old"))
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(Do(crash_late))
        await ref.ask(Echo("new"))
        await trio.sleep(5)
    assert seen == ["new"]


async def test_a_timer_from_a_lifespan_works_after_the_start() -> None:
    """Its calls wait until the actor is ready."""
    seen: list[float] = []

    class Opens(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> Any:
            context.after(1, lambda: seen.append(trio.current_time()))
            await trio.sleep(3)
            yield
            context.after(0, lambda: seen.append(-1))

    async with tree() as supervisor:
        await supervisor.start(Opens)
        await trio.sleep(5)
    assert seen == [3]


async def test_timers_go_on_while_others_have_theirs() -> None:
    """A thousand of them, in order of time."""
    seen: list[int] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)

        def start(actor: Puppet) -> None:
            for number in range(1000):
                actor.context.after((number * 7919) % 1000, actor.seen.append, (number * 7919) % 1000)

        await ref.ask(Do(start))
        await trio.sleep(999.5)
        assert seen == list(range(1000))


async def test_no_timer_no_task() -> None:
    """The sweeper starts with the first appointment and ends with the tree."""
    before = trio.lowlevel.current_statistics().tasks_living
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Echo())
        quiet = trio.lowlevel.current_statistics().tasks_living
        await ref.ask(after(100))
        await wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == quiet + 1
    assert trio.lowlevel.current_statistics().tasks_living == before


async def test_a_stop_drops_the_calls_that_wait() -> None:
    """A stop goes before the system lane."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen, name="puppet")
        await ref.ask(after(1))
        release = await busy(ref)
        await trio.sleep(2)
        stopped = await begin(nursery, lambda: supervisor.stop_child("puppet"))
        release.set()
        await wait_all_tasks_blocked()
        assert stopped.done
    assert seen == []


async def test_a_drain_still_serves_the_system_lane() -> None:
    """The messages that are worked off may need it."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen, name="puppet")
        await ref.ask(after(2))
        for _ in range(3):
            await ref.tell(sleeps(1))
        await ref.tell(Note("last"))
        await supervisor.stop_child("puppet", drain=10)
    assert seen == ["beat", "last"]
