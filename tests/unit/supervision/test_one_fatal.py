"""Several that ask the program to end at the same time: one exception leaves, bare."""

# ruff: noqa: PT012 - a whole block is what raises here

import signal
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from trio_smith.supervision import child, open_pool, open_supervisor
from trio_smith.telemetry import ChildEnded, SupervisorEnded

from .stage import HOUR, Crash, polite, settle

FATAL = [KeyboardInterrupt, SystemExit]


def fatal_after(seconds: float, error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error* after so many seconds."""

    async def raises() -> None:
        await trio.sleep(seconds)
        raise error

    return raises


def fatal_at_the_end(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error* when it is cancelled."""

    async def raises() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise error

    return raises


@pytest.mark.parametrize("second", FATAL)
@pytest.mark.parametrize("first", FATAL)
async def test_of_two_fatal_children_the_first_is_heard(
    autojump_clock: MockClock, first: type[BaseException], second: type[BaseException]
) -> None:
    """`except KeyboardInterrupt` and the exit code of a program do not look into groups."""
    error = first()
    with pytest.raises(first) as caught:
        async with open_supervisor() as supervisor:
            await supervisor.start(fatal_at_the_end(second()))
            await supervisor.start(fatal_after(1.0, error))
    assert caught.value is error


async def test_of_the_fatal_instances_of_a_pool_the_first_is_heard(autojump_clock: MockClock) -> None:
    """They are stopped together."""
    with pytest.raises(SystemExit):
        async with open_pool(child(fatal_at_the_end(SystemExit(1)))) as pool:
            await pool.start()
            await pool.start()
            await settle()
            await pool.stop()


async def test_a_body_that_is_fatal_too_comes_second(autojump_clock: MockClock) -> None:
    """It is cancelled because of the child, and raises in turn."""
    error = SystemExit(1)
    with pytest.raises(SystemExit) as caught:
        async with open_supervisor() as supervisor:
            await supervisor.start(fatal_after(1.0, error))
            try:
                await trio.sleep_forever()
            finally:
                raise SystemExit(2)
    assert caught.value is error


async def test_what_is_in_a_group_with_the_second_is_kept(autojump_clock: MockClock) -> None:
    """Only the second wish to end is dropped, no failure."""
    first, crash = SystemExit(1), Crash()
    with pytest.RaisesGroup(SystemExit, pytest.RaisesGroup(Crash)):
        async with open_supervisor() as supervisor:
            await supervisor.start(fatal_after(1.0, first))
            try:
                await trio.sleep_forever()
            finally:
                raise BaseExceptionGroup("both", [KeyboardInterrupt(), crash])


async def test_a_fatal_child_during_a_cancellation_from_outside_comes_out_bare(
    autojump_clock: MockClock,
) -> None:
    """The scope outside has nothing to catch then: the program ends."""
    with pytest.raises(SystemExit):
        with trio.move_on_after(1.0):
            async with open_supervisor() as supervisor:
                await supervisor.start(fatal_at_the_end(SystemExit(3)))


async def test_every_subscriber_that_is_fatal_counts_once(autojump_clock: MockClock) -> None:
    """One that raises for each of a hundred events asks for one end."""

    def observe(event: object) -> None:
        if not isinstance(event, SupervisorEnded):
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        async with open_supervisor(observe=observe) as supervisor:
            for _ in range(10):
                await supervisor.start(trio.sleep_forever)


def interrupt() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_a_second_ctrl_c_in_the_last_step_of_the_block_is_dropped(mock_clock: MockClock) -> None:
    """It arrives in the nursery's own exit, which would put it into a group."""

    def presses(event: object) -> None:
        if isinstance(event, ChildEnded):
            interrupt()  # an observer runs protected: it is delivered at the next wait of the main task

    async def main() -> None:
        async with open_supervisor(observe=presses) as supervisor:
            await supervisor.start(polite(1.0), name="a")
            await settle()
            interrupt()

    mock_clock.autojump_threshold = 0
    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)


def test_a_second_ctrl_c_in_a_group_is_impatience_too(mock_clock: MockClock) -> None:
    """It hit a child that had a nursery open."""

    async def in_a_group() -> None:
        await trio.sleep(2.0)
        raise BaseExceptionGroup("g", [KeyboardInterrupt(), Crash()])

    async def main() -> None:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(HOUR), grace=HOUR)
            await supervisor.start(in_a_group)
            await supervisor.start(polite(1.5), grace=HOUR)
            await supervisor.start(fatal_after(1.0, KeyboardInterrupt()))

    mock_clock.autojump_threshold = 0
    with pytest.raises(BaseExceptionGroup):
        trio.run(main, clock=mock_clock)
    assert mock_clock.current_time() == 2.0
