"""Phases of a stop: none keeps the next from its turn."""

import logging

import pytest
import trio
from trio.testing import MockClock

from trio_smith.runtime import Phase
from trio_smith.runtime._phases import run_phase


async def fails() -> None:
    """Raise at once."""
    raise OSError("disk full")


async def test_a_failing_or_endless_phase_does_not_keep_the_next_from_its_turn(
    caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    """What went wrong is told and logged."""
    ran: list[str] = []

    async def last() -> None:
        ran.append("last")
        await trio.sleep(1)

    phases = (
        Phase(name="a", within=5.0, run=fails),
        Phase(name="b", within=5.0, run=trio.sleep_forever),
        Phase(name="c", within=5.0, run=last),
    )
    with caplog.at_level(logging.DEBUG):
        outcomes = [await run_phase(phase) for phase in phases]
    assert ran == ["last"]
    assert [(one.name, one.well, one.in_time, one.seconds) for one in outcomes] == [
        ("a", False, True, 0.0),
        ("b", False, False, 5.0),
        ("c", True, True, 1.0),
    ]
    assert isinstance(outcomes[0].error, OSError)
    assert caplog.messages == [
        "stopping, a: failed, OSError: disk full",
        "stopping, b: not done within 5s",
        "stopping, c: done in 1.000 s",
    ]


async def test_a_cancellation_from_outside_goes_through(autojump_clock: MockClock) -> None:
    """It is not mistaken for the limit of the phase."""
    with trio.move_on_after(1) as scope:
        await run_phase(Phase(name="a", within=5.0, run=trio.sleep_forever))
    assert scope.cancelled_caught
    assert autojump_clock.current_time() == 1.0
