"""The testing kit finds what is wrong, says where, and lets it happen again."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.testing import (
    ChannelCheckFailed,
    Mode,
    Stage,
    SweepFailed,
    assert_consistent,
    check_channel,
    sweep,
)


async def careless(stage: Stage) -> None:
    """Take something out, and put it back unless it is cancelled in between."""
    stage.notes.append("taken")
    await trio.sleep(1.0)
    await trio.sleep(1.0)
    stage.notes.remove("taken")


async def careful(stage: Stage) -> None:
    """The same, as it should be."""
    stage.notes.append("taken")
    try:
        await trio.sleep(1.0)
        await trio.sleep(1.0)
    finally:
        stage.notes.remove("taken")


def nothing_is_left_out(stage: Stage) -> None:
    """Check it."""
    assert stage.notes == []


def test_a_sweep_finds_the_step_at_which_a_cancel_does_harm() -> None:
    """And one line that runs that point again, with the same outcome."""
    with pytest.raises(SweepFailed) as caught:
        sweep(careless, check=nothing_is_left_out, modes=[Mode.TREE])
    assert caught.value.reproduce in str(caught.value)
    for _ in range(3):
        with pytest.raises(SweepFailed) as again:
            sweep(careless, check=nothing_is_left_out, only=caught.value.point, seed=caught.value.seed)
        assert (again.value.point, again.value.problems) == (caught.value.point, caught.value.problems)


def test_a_sweep_strikes_at_every_step_in_every_way() -> None:
    """What is right stays right: cancelled, too late or interrupted. A step is a return from a wait."""
    modes = [Mode.TREE, Mode.DEADLINE, Mode.INTERRUPT]
    report = sweep(careful, check=nothing_is_left_out, modes=modes, lines=(1,))
    assert report.steps >= 2
    assert set(report.by_mode) == set(modes)
    assert report.by_mode[Mode.TREE] == report.steps


def test_a_sweep_finds_what_takes_too_long_after_a_strike_and_what_never_ends() -> None:
    """By virtual time: it does not wait for it."""

    async def slow_to_go(_stage: Stage) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(1.0)
            await trio.sleep(10.0)

    async def waits_in_vain(_stage: Stage) -> None:
        await trio.Event().wait()

    with pytest.raises(SweepFailed) as late:
        sweep(slow_to_go, modes=[Mode.TREE], within=9.0)
    assert late.value.point
    sweep(slow_to_go, modes=[Mode.TREE], within=11.0)
    with pytest.raises(SweepFailed) as endless:
        sweep(waits_in_vain, modes=[Mode.TREE])
    assert not endless.value.point


class Lossy:
    """A send end that counts a message as sent before it waits."""

    def __init__(self, end: Any, lost: list[object]) -> None:
        self.end, self.lost = end, lost

    def __getattr__(self, name: str) -> Any:
        """Be like the end in everything else."""
        return getattr(self.end, name)

    async def send(self, value: object) -> None:
        """Send it now or never."""
        await trio.lowlevel.checkpoint()
        try:
            self.end.send_nowait(value)
        except trio.WouldBlock:
            self.lost.append(value)


async def test_the_channel_check_refuses_a_channel_that_breaks_one_promise(autojump_clock: MockClock) -> None:
    """And names the promise; Trio's own channel keeps them all."""

    def lossy(capacity: int) -> Any:
        send, receive = trio.open_memory_channel[object](capacity)
        return Lossy(send, []), receive

    promises = await check_channel(trio.open_memory_channel)
    with pytest.raises(ChannelCheckFailed) as caught:
        await check_channel(lossy, clones=False)
    assert caught.value.promise in promises


async def test_the_consistency_check_passes_on_a_living_tree_and_finds_a_false_count(
    autojump_clock: MockClock,
) -> None:
    """In any state of it."""

    async def crashes() -> None:
        await trio.sleep(1.0)
        raise ValueError

    class Idle(smith.Actor[str]):
        @smith.on(str)
        def take(self, _message: str) -> None:
            pass

    async with smith.open_supervisor(max_restarts=100) as supervisor:
        await supervisor.start(crashes)
        ref = await supervisor.start(Idle)
        for _ in range(30):
            assert_consistent(supervisor)
            await trio.sleep(0.1)
        ref._cell.withdrawn = 3
        with pytest.raises(AssertionError, match="withdrawn"):
            assert_consistent(supervisor)
        ref._cell.withdrawn = 0
        await supervisor.stop()
    assert_consistent(supervisor)
