"""A block whose supervisor is stopped, or shuts itself down, ends quietly."""

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import AutoShutdown, SupervisorStopped, open_supervisor

from .stage import Tape, polite, returning, settle, telling


async def test_stop_from_the_body_cancels_it_and_the_block_ends_quietly(autojump_clock: MockClock) -> None:
    """After the ordered stop."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(2.0, tape, "a"), name="a")
        await supervisor.start(polite(1.0, tape, "b"), name="b")
        await settle()
        await supervisor.stop()
        pytest.fail("the body is cancelled")
    assert tape.lines[-5:] == [
        "b asked at 0",
        "end b: stopped",
        "a asked at 1",
        "end a: stopped",
        "over .: stopped",
    ]


async def test_stop_from_another_task_waits_for_the_end(autojump_clock: MockClock) -> None:
    """And cancels the body."""
    tape = Tape()
    async with trio.open_nursery() as nursery:
        async with open_supervisor() as supervisor:

            async def stops() -> None:
                await trio.sleep(1.0)
                await supervisor.stop()
                tape.say(f"stopped at {trio.current_time():g}")

            nursery.start_soon(stops)
            await supervisor.start(polite(3.0, tape, "a"))
            await trio.sleep_forever()
        tape.say("block over")
    assert tape.lines[0] == "a asked at 1"
    assert set(tape.lines[1:]) == {"stopped at 4", "block over"}


async def test_stopping_what_has_ended_is_fine(autojump_clock: MockClock) -> None:
    """It is over at once, and all other requests say so."""
    async with open_supervisor() as supervisor:
        pass
    await supervisor.stop()
    with pytest.raises(SupervisorStopped):
        await supervisor.start(trio.sleep, 1.0)
    with pytest.raises(SupervisorStopped):
        await supervisor.count_children()


async def test_a_stop_whose_caller_is_cancelled_goes_on(autojump_clock: MockClock) -> None:
    """Docstring of stop: cancelling the caller changes nothing."""
    async with trio.open_nursery() as nursery, open_supervisor() as supervisor:
        await supervisor.start(polite(5.0))

        async def stops() -> None:
            with trio.move_on_after(1.0):
                await supervisor.stop()

        nursery.start_soon(stops)
        await trio.sleep_forever()
    assert trio.current_time() == 5.0


async def test_automatic_shutdown_cancels_the_body_and_ends_quietly(autojump_clock: MockClock) -> None:
    """It is no failure."""
    tape = Tape()
    async with open_supervisor(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, observe=tape) as supervisor:
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(returning(1.0), name="b", significant=True)
        await settle()
        tape.take()
        await trio.sleep_forever()
    assert tape.lines == [
        "end b: returned",
        "a ends",
        "end a: stopped",
        "over .: shut down, SignificantEnded",
    ]
