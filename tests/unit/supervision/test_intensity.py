"""How many restarts a supervisor allows, and what it keeps of them, on real Trio tasks."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import Restart, RestartIntensityExceeded, open_supervisor

from .stage import Crash, Tape, crashing, polite, returning, settle


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_the_restart_after_the_last_allowed_one_is_fatal(autojump_clock: MockClock, limit: int) -> None:
    """Zero: the first needed restart."""
    tape = Tape()

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=limit, observe=tape) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.restarts == limit + 1
    assert len(tape.of("up")) == limit + 1
    assert tape.of("again") == [f"again a{f'#{n}' if n > 1 else ''}: {n}" for n in range(1, limit + 1)]


async def test_restarts_that_are_far_enough_apart_go_on_for_ever(autojump_clock: MockClock) -> None:
    """The window slides."""
    async with open_supervisor(max_restarts=1, within=5.0) as supervisor:
        await supervisor.start(crashing(*[5.5] * 20), name="a")
        await trio.sleep(200.0)
        assert supervisor.child("a").incarnation == 21
        await supervisor.stop()


async def test_children_that_die_normally_for_ever_exceed_the_intensity_without_failures(
    autojump_clock: MockClock,
) -> None:
    """A permanent child's return counts, but it is no failure."""
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=2) as supervisor:
            await supervisor.start(returning(0.1, 0.1, 0.1), restart=Restart.PERMANENT)
    assert caught.value.failures is None
    assert caught.value.__cause__ is None


async def test_the_one_who_exceeds_the_intensity_is_down_and_the_others_stop_in_reverse(
    autojump_clock: MockClock,
) -> None:
    """Each within its grace."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(crashing(1.0), name="b")
            await supervisor.start(polite(2.0, tape, "c"), name="c")
            await settle()
            tape.take()
            await trio.sleep_forever()
    assert tape.lines == [
        "end b: Crash",
        "gave-up .: b, 1",
        "c asked at 1",
        "end c: stopped",
        "a asked at 3",
        "end a: stopped",
        "over .: shut down, RestartIntensityExceeded",
    ]


async def test_the_failures_that_are_kept_are_bounded(autojump_clock: MockClock) -> None:
    """They hold tracebacks, and those hold frames."""

    async def always() -> None:
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=500) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.failures is not None
    assert len(caught.value.failures.exceptions) == 8


async def test_a_crash_does_not_drag_the_crashes_before_it_along(autojump_clock: MockClock) -> None:
    """A new incarnation begins clean: no __context__ leads to the exception of the old one."""

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=5) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.failures is not None
    assert all(failure.__context__ is None for failure in caught.value.failures.exceptions)
