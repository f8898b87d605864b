"""The sweep finds what is wrong with cancellation, says where, and can repeat it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import pytest
import trio

import trio_smith as smith
from trio_smith.testing import Mode, NoMainThread, Stage, SweepFailed, sweep


async def _two_sleepers(stage: Stage) -> None:
    async with trio.open_nursery() as nursery:
        for number in range(2):
            nursery.start_soon(trio.sleep, 1 + number)


def _assert_fails(
    scenario: Callable[[Stage], Awaitable[object]], match: str, **options: object
) -> SweepFailed:
    with pytest.raises(SweepFailed, match=match) as failed:
        sweep(scenario, **options)  # type: ignore[arg-type]
    return failed.value


def test_a_sound_scenario_passes_at_every_point() -> None:
    """Each step is a point of each mode; a second strike may come too late to be one."""
    report = sweep(_two_sleepers)
    assert report.scenario == "_two_sleepers"
    assert (
        report.by_mode[Mode.TREE]
        == report.by_mode[Mode.DEADLINE]
        == report.by_mode[Mode.INTERRUPT]
        == report.steps
    )
    assert report.points == sum(report.by_mode.values())
    assert Mode.CHILD not in report.by_mode


def test_fewer_points_can_be_asked_for() -> None:
    """A large scenario need not be swept whole each time."""
    assert sweep(_two_sleepers, modes=(Mode.TREE,), max_points=3).points == 3


def test_time_is_virtual_and_waits_cost_nothing() -> None:
    """An hour passes at once, and deadlines of the scenario work."""

    async def scenario(stage: Stage) -> None:
        with trio.move_on_after(3000):
            await trio.sleep(3500)
        if not stage.struck:
            assert trio.current_time() == 3000

    assert sweep(scenario, modes=(Mode.TREE,)).points > 0


def test_a_swallowed_cancellation_is_found() -> None:
    """The task that it came to is named."""

    async def scenario(stage: Stage) -> None:
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(1)

    failed = _assert_fails(scenario, "was swallowed", modes=(Mode.TREE,))
    assert failed.point == "tree@1"
    assert "trio.sleep" in str(failed) or "sleep_until" in str(failed)


def test_a_cancellation_swallowed_in_a_part_is_found() -> None:
    """The scope of that part did not get it back."""

    async def scenario(stage: Stage) -> None:
        with stage.victim("part"), contextlib.suppress(trio.Cancelled):
            await trio.sleep(1)
        await trio.sleep(1)

    assert _assert_fails(scenario, "was swallowed", modes=(Mode.CHILD,)).point == "child:part@1"


def test_a_swallowed_ctrl_c_is_found() -> None:
    """It has to come out of the whole run."""

    async def scenario(stage: Stage) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            await trio.sleep(1)

    assert _assert_fails(
        scenario, "KeyboardInterrupt was swallowed", modes=(Mode.INTERRUPT,)
    ).point.startswith("interrupt@")


def test_a_clean_up_that_takes_too_long_is_found() -> None:
    """Bounds on a stop are promises."""

    async def scenario(stage: Stage) -> None:
        try:
            await trio.sleep(1)
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 20):
                await trio.sleep(10)

    assert sweep(scenario, within=11, modes=(Mode.TREE,)).points
    _assert_fails(scenario, "it took 10 s to end, more than 5 s", within=5, modes=(Mode.TREE,))


def test_a_scenario_that_hangs_is_found_and_told_where() -> None:
    """Virtual time makes "for ever" short."""

    async def hangs(_stage: Stage) -> None:
        await trio.sleep_forever()

    failed = _assert_fails(hangs, "it had not ended after 3600 s", modes=(Mode.TREE,))
    assert failed.point == ""
    assert "sleep_forever" in str(failed)


def test_a_scenario_that_cannot_be_cancelled_is_found() -> None:
    """Even a shield without a deadline does not stop the test run."""

    async def scenario(stage: Stage) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    _assert_fails(scenario, "not even cancelled after 3600 s.*sleep_forever", modes=(Mode.TREE,))


def test_a_scenario_that_is_busy_for_ever_is_found() -> None:
    """A loop that swallows its cancellation never waits."""

    async def scenario(stage: Stage) -> None:
        while True:
            with contextlib.suppress(trio.Cancelled):
                await trio.lowlevel.checkpoint()

    _assert_fails(scenario, "busy for ever", modes=(Mode.TREE,))


def test_an_error_is_a_failure_unless_it_is_allowed() -> None:
    """A scenario may end by an exception that it is about."""

    async def scenario(stage: Stage) -> None:
        await trio.sleep(1)
        raise ZeroDivisionError

    assert isinstance(
        _assert_fails(scenario, "ZeroDivisionError", modes=(Mode.TREE,)).__cause__, ZeroDivisionError
    )
    assert sweep(scenario, allowed=(ZeroDivisionError,)).points


def test_a_check_after_every_step_finds_what_is_gone_at_the_end() -> None:
    """Half done between two steps, whole again afterwards."""

    async def scenario(stage: Stage) -> None:
        books = {"left": 5, "right": 5}
        stage.always(lambda: _balance(books))
        for _ in range(3):
            books["left"] -= 1
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await trio.lowlevel.checkpoint()
            books["right"] += 1

    failed = _assert_fails(scenario, "after step 0, of .*: 4 and 5", modes=(Mode.TREE,))
    assert isinstance(failed.__cause__, AssertionError)


def _balance(books: dict[str, int]) -> None:
    assert sum(books.values()) == 10, f"{books['left']} and {books['right']}"


def test_checks_at_the_end_are_called_in_every_run() -> None:
    """Those of the scenario, and that of the caller."""
    seen: list[str] = []

    async def scenario(stage: Stage) -> None:
        stage.at_end(partial(seen.append, "scenario"))
        await trio.sleep(1)

    report = sweep(scenario, check=lambda stage: seen.append(f"caller {stage.finished}"), modes=(Mode.TREE,))
    runs = report.points + 2
    assert seen.count("scenario") == runs
    assert seen.count("caller True") == 2
    assert seen.count("caller False") == report.points


def test_a_failure_is_repeated_by_its_own_line() -> None:
    """The text of the point is all that one needs."""

    async def scenario(stage: Stage) -> None:
        for number in range(5):
            try:
                await trio.sleep(1)
            except trio.Cancelled:
                if number == 3:
                    raise ZeroDivisionError from None
                raise

    failed = _assert_fails(scenario, "ZeroDivisionError")
    assert f"only='{failed.point}'" in failed.reproduce
    assert failed.reproduce in str(failed)
    again = _assert_fails(scenario, "ZeroDivisionError", only=failed.point)
    assert again.point == failed.point
    assert again.hits[0].step == failed.hits[0].step
    assert sweep(scenario, only="tree@1").points == 1


def test_a_part_is_struck_only_while_it_lasts_and_the_rest_goes_on() -> None:
    """So the scenario comes to its end, with what the part did not do."""
    ends: list[tuple[bool, bool]] = []

    async def scenario(stage: Stage) -> None:
        await trio.sleep(1)
        with stage.victim("part") as scope:
            await trio.sleep(1)
        await trio.sleep(1)
        ends.append((stage.struck, scope.cancelled_caught))

    report = sweep(scenario, modes=(Mode.CHILD,))
    assert ends == [(False, False), (False, False), *[(True, True)] * report.points]


def test_anything_can_be_done_at_every_step() -> None:
    """For example a message that makes an actor crash."""
    done: list[str] = []

    async def scenario(stage: Stage) -> None:
        with stage.poke("note", done.append):
            await trio.sleep(1)
        await trio.sleep(1)

    report = sweep(scenario, modes=(Mode.CHILD,))
    assert len(done) == report.points > 0


def test_a_poke_that_raises_is_a_failure_of_the_sweep() -> None:
    """And not of the task that was about to run."""

    async def scenario(stage: Stage) -> None:
        with stage.poke("break", lambda _reason: 1 / 0):
            await trio.sleep(1)

    _assert_fails(scenario, "the stroke on break: division by zero", modes=(Mode.CHILD,))


def test_a_scenario_that_is_not_the_same_each_time_is_refused() -> None:
    """Or the k-th step would mean nothing."""
    chance = Random(1)

    async def scenario(stage: Stage) -> None:
        for _ in range(chance.randrange(2, 100)):
            await trio.lowlevel.checkpoint()

    _assert_fails(scenario, "not the same each time", modes=(Mode.TREE,))


def test_a_second_strike_falls_into_the_clean_up() -> None:
    """What the first one started is hit again."""
    places: list[str] = []

    async def scenario(stage: Stage) -> None:
        stage.at_end(lambda: places.append("".join(str(note) for note in stage.notes)))
        with stage.victim("part"):
            try:
                await trio.sleep(1)
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + 5):
                    stage.note("a")
                    await trio.sleep(1)
                stage.note("b")
                await trio.sleep(1)
                stage.note("c")

    sweep(scenario, modes=(Mode.TWICE,), gaps=(1,))
    assert "ab" in places


def test_the_chance_of_a_scenario_is_by_its_seed() -> None:
    """As everything else."""
    drawn: list[float] = []

    async def scenario(stage: Stage) -> None:
        drawn.append(stage.random.random())
        await trio.sleep(1)

    sweep(scenario, seed=5, modes=(Mode.TREE,))
    assert len(set(drawn)) == 1
    sweep(scenario, seed=6, modes=(Mode.TREE,))
    assert len(set(drawn)) == 2


def test_a_supervisor_can_be_watched_and_observed() -> None:
    """`watch` looks into it after every step, `observe` keeps its events."""

    async def scenario(stage: Stage) -> None:
        async with smith.open_supervisor(observe=stage.observe) as supervisor:
            stage.watch(supervisor)
            await supervisor.start(trio.sleep, 1, name="child")

    counts: list[int] = []
    sweep(scenario, check=lambda stage: counts.append(len(stage.events)), modes=(Mode.TREE,))
    assert max(counts) == 4


def test_a_broken_supervisor_is_found_by_watching() -> None:
    """Here the scenario itself spoils the count of the living."""

    async def scenario(stage: Stage) -> None:
        async with smith.open_supervisor() as supervisor:
            stage.watch(supervisor)
            await supervisor.start(trio.sleep, 1, name="child")
            supervisor._source.engine.alive += 1  # type: ignore[union-attr]
            await trio.lowlevel.checkpoint()
            supervisor._source.engine.alive -= 1  # type: ignore[union-attr]

    _assert_fails(scenario, "1 children up, 2 are counted", modes=(Mode.TREE,))


def test_ctrl_c_needs_the_main_thread_and_nothing_else_does() -> None:
    """Other modes work anywhere."""
    results: list[object] = []

    def run() -> None:
        results.append(sweep(_two_sleepers, modes=(Mode.TREE,)).points)
        try:
            sweep(_two_sleepers, modes=(Mode.INTERRUPT,))
        except NoMainThread as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    points, error = results
    assert isinstance(points, int)
    assert points > 0
    assert isinstance(error, NoMainThread)


def test_somebody_elses_ctrl_c_ends_the_sweep() -> None:
    """A person who wants to stop the tests is obeyed."""

    async def scenario(stage: Stage) -> None:
        await trio.sleep(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(scenario, modes=(Mode.TREE,))
