"""Ctrl-C itself: where the signal strikes, the tree is stopped in order; the second one makes haste."""

import signal

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import SupervisorSpec, child, open_supervisor, open_tree

from .stage import HOUR, Tape, fatal_after, polite, settle, starting, stubborn, telling


def interrupt() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_in_a_child_is_its_exception() -> None:
    """User code is not protected: it is interrupted at once, and the tree ends in order."""
    tape = Tape()

    async def presses() -> None:
        await trio.lowlevel.checkpoint()
        interrupt()
        tape.say("never said")

    async def main() -> None:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(telling(tape, "a"), name="a")
            await supervisor.start(presses, name="b")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert "never said" not in tape.lines
    assert tape.lines[-4:] == [
        "end b: KeyboardInterrupt",
        "a ends",
        "end a: stopped",
        "over .: KeyboardInterrupt",
    ]


def test_ctrl_c_in_the_body_stops_the_children_in_order(mock_clock: MockClock) -> None:
    """Bare."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await settle()
            interrupt()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines == ["a asked at 0"]


def test_ctrl_c_while_the_body_waits_stops_the_children_in_order(mock_clock: MockClock) -> None:
    """It arrives in our own wait, in the main task."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def presses() -> None:
        smith.stopping()
        await trio.sleep(1.0)
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        trio.lowlevel.current_trio_token().run_sync_soon(interrupt)
        await smith.stopping().wait()
        tape.say("asked")

    async def main() -> None:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(presses, name="b")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines == ["asked", "a asked at 1"]


@pytest.mark.parametrize("times", [2, 3])
def test_the_second_ctrl_c_cancels_all_at_once_and_waits_for_them(times: int, mock_clock: MockClock) -> None:
    """The orderly stop takes too long for somebody. One KeyboardInterrupt comes out, bare."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), name="deep", grace=HOUR)

    async def main() -> None:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(HOUR), name="a", grace=HOUR)
            await supervisor.start(stubborn(2.0), name="b", grace=HOUR)
            await supervisor.start_supervisor(name="n", children=[child(polite(HOUR), name="x", grace=HOUR)])
            await supervisor.start(holds, name="h", grace=HOUR)
            await supervisor.start(polite(HOUR), name="c", grace=HOUR)
            await settle()
            tape.take()
            token = trio.lowlevel.current_trio_token()

            @trio.lowlevel.spawn_system_task
            async def presses() -> None:
                for _ in range(times):
                    await trio.sleep(1.0)
                    token.run_sync_soon(interrupt)

            await trio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert mock_clock.current_time() == 4.0
    assert set(tape.of("end")) == {
        "end a: killed",
        "end b: killed",
        "end n/x: killed",
        "end h/deep: killed",
        "end h: killed",
        "end c: killed",
    }


def test_ctrl_c_while_a_tree_starts_stops_what_runs_by_then(mock_clock: MockClock) -> None:
    """The start in progress is cancelled."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()

        @trio.lowlevel.spawn_system_task
        async def presses() -> None:
            await trio.sleep(1.0)
            token.run_sync_soon(interrupt)

        spec = SupervisorSpec(
            children=[child(polite(1.0, tape, "a"), name="a"), child(starting(HOUR), name="b")]
        )
        async with open_tree(spec, observe=tape):
            pytest.fail("the body must not begin")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines[2:] == [
        "failed b: StartCancelled",
        "a asked at 1",
        "end a: stopped",
        "over .: KeyboardInterrupt",
    ]


def test_ctrl_c_during_the_stop_that_a_fatal_child_caused_is_impatience(mock_clock: MockClock) -> None:
    """The program ends already: it now ends at once, by the reason that came first."""
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()

        @trio.lowlevel.spawn_system_task
        async def presses() -> None:
            await trio.sleep(2.0)
            token.run_sync_soon(interrupt)

        async with open_supervisor() as supervisor:
            await supervisor.start(polite(HOUR), grace=HOUR)
            await supervisor.start(fatal_after(1.0, SystemExit(3)))

    with pytest.raises(SystemExit):
        trio.run(main, clock=mock_clock)
    assert mock_clock.current_time() == 2.0
