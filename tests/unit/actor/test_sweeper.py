"""One Trio task that calls back at set times."""

from __future__ import annotations

import gc
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_smith.actor._sweeper import FORGOTTEN, GAP, Sweeper


@asynccontextmanager
async def swept() -> AsyncGenerator[Sweeper]:
    """Run a sweeper round the body."""
    async with trio.open_nursery() as nursery:
        sweeper = Sweeper(lambda: nursery.start_soon(sweeper.run))
        yield sweeper
        nursery.cancel_scope.cancel()


async def test_it_calls_in_order_of_time_then_of_arrival() -> None:
    """Also what was asked for when it slept already."""
    seen: list[object] = []
    async with swept() as sweeper:
        sweeper.at(5, lambda: seen.append("five"))
        sweeper.at(3, lambda: seen.append("three"))
        await wait_all_tasks_blocked()
        sweeper.at(1, lambda: seen.append("one"))
        sweeper.at(3, lambda: seen.append("three again"))
        sweeper.at(4, lambda: seen.append("four"))
        assert len(sweeper) == 5
        await trio.sleep(6)
        assert len(sweeper) == 0
    assert seen == ["one", "three", "three again", "four", "five"]


async def test_it_is_never_early_and_hardly_late() -> None:
    """What falls due close together is called together."""
    seen: list[tuple[float, float]] = []
    async with swept() as sweeper:
        for number in range(100):
            due = 1 + number * GAP / 4
            sweeper.at(due, lambda due=due: seen.append((due, trio.current_time())))
        await trio.sleep(2)
    assert len(seen) == 100
    assert all(due <= at <= due + GAP for due, at in seen)


async def test_what_is_past_is_called_at_once() -> None:
    """As soon as the task gets its turn."""
    seen: list[str] = []
    async with swept() as sweeper:
        await trio.sleep(10)
        sweeper.at(3, lambda: seen.append("past"))
        sweeper.at(-math.inf, lambda: seen.append("long past"))
        assert seen == []
        await trio.sleep(0.01)
    assert seen == ["long past", "past"]


async def test_a_cancelled_appointment_is_not_kept() -> None:
    """Cancelling is harmless at any time."""
    seen: list[int] = []
    async with swept() as sweeper:
        kept = sweeper.at(1, lambda: seen.append(1))
        dropped = sweeper.at(1, lambda: seen.append(2))
        dropped.cancel()
        dropped.cancel()
        assert len(sweeper) == 1
        await trio.sleep(2)
        kept.cancel()
        assert len(sweeper) == 0
    assert seen == [1]


async def test_cancelled_appointments_do_not_pile_up() -> None:
    """A timer that is set and cancelled a thousand times is the usual use of a timeout."""
    async with swept() as sweeper:
        for _ in range(1000):
            sweeper.at(1e6, lambda: None).cancel()
        assert len(sweeper) == 0
        assert len(sweeper._heap) < 200


async def test_what_a_cancelled_appointment_leaves_is_no_work_for_the_garbage_collector() -> None:
    """Among many timers many cancelled ones lie about, and being tracked they brought on full collections."""
    sweeper = Sweeper(lambda: None)
    for _ in range(FORGOTTEN):
        sweeper.at(1e6, lambda: None).cancel()
    gc.collect()
    assert len(sweeper._heap) == FORGOTTEN
    assert not any(gc.is_tracked(entry) for entry in sweeper._heap)


async def test_a_call_may_make_and_cancel_appointments() -> None:
    """Beats do it all the time."""
    seen: list[float] = []

    def beat() -> None:
        seen.append(trio.current_time())
        other.cancel()
        if len(seen) < 3:
            sweeper.at(trio.current_time() + 1, beat)

    async with swept() as sweeper:
        other = sweeper.at(2.5, lambda: seen.append(-1))
        sweeper.at(1, beat)
        await trio.sleep(10)
    assert seen == [1, 2, 3]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["keep", "cancel", "cancel late"])),
        max_size=150,
    )
)
def test_whatever_is_kept_is_called_once_and_in_order(plan: list[tuple[int, int, str]]) -> None:
    """Any mixture of appointments, made at any time."""
    called: list[tuple[float, int]] = []
    wanted: list[tuple[int, int]] = []

    async def main() -> None:
        async with swept() as sweeper:
            late = []
            for number, (wait, due, fate) in enumerate(plan):
                await trio.sleep(wait / 10)
                appointment = sweeper.at(due, lambda n=number: called.append((trio.current_time(), n)))
                if fate == "cancel":
                    appointment.cancel()
                elif fate == "cancel late":
                    late.append(appointment)
                else:
                    wanted.append((due, number))
            await trio.sleep(1000)
            for appointment in late:
                appointment.cancel()
            assert len(sweeper) == 0

    trio.run(main, clock=MockClock(autojump_threshold=0))
    numbers = [number for _, number in called]
    assert len(numbers) == len(set(numbers))
    assert {number for _, number in wanted} <= set(numbers)
    assert all(at >= plan[number][1] for at, number in called)
    assert [at for at, _ in called] == sorted(at for at, _ in called)
