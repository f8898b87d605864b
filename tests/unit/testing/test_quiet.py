"""`wait_quiet` waits until nothing is going on, and no longer."""

from __future__ import annotations

import pytest
import trio

import trio_smith as smith
from trio_smith.testing import Answer, AnswerBy, Block, Crash, Probe, wait_quiet, with_refused_starts


async def test_it_waits_for_messages(autojump_clock: trio.testing.MockClock) -> None:
    """For the one in hand and for those that wait."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.usually(AnswerBy(str, seconds=3600))
        for number in range(3):
            ref.tell_nowait(number)
        await wait_quiet(supervisor)
        assert len(probe.messages) == 3
        assert trio.current_time() == 3 * 3600
        await supervisor.stop()


async def test_it_waits_for_answers_that_come_later(autojump_clock: trio.testing.MockClock) -> None:
    """Such a message is in nobody's hand, and not done."""

    @smith.message
    class Fetch(smith.Request[int]):
        n: int

    class Fetcher(smith.Actor[Fetch]):
        @smith.on(Fetch)
        def fetch(self, message: Fetch) -> smith.Later[int]:
            return smith.later(self.work, message.n)

        async def work(self, n: int) -> int:
            await trio.sleep(n)
            done.append(n)
            return n

    done: list[int] = []
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Fetcher)
        ref.tell_nowait(Fetch(7))
        await wait_quiet(supervisor)
        assert done == [7]
        await supervisor.stop()


async def test_it_waits_for_restarts_and_backoffs(autojump_clock: trio.testing.MockClock) -> None:
    """In nested supervisors, too."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        backoff = smith.Backoff(initial=10, maximum=60, jitter=0)
        desk = await supervisor.start_supervisor(name="desk", backoff=backoff)
        ref = await desk.start(probe)
        probe.will(Crash())
        ref.tell_nowait("crash")
        ref.tell_nowait("next")
        await wait_quiet(supervisor)
        assert probe.messages == ["crash", "next"]
        assert trio.current_time() == 10
        await wait_quiet(desk)
        await supervisor.stop()


async def test_it_waits_for_starts_and_stops(autojump_clock: trio.testing.MockClock) -> None:
    """Until requests are served."""

    async def slow(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(5)
        task_status.started()
        await smith.stopping().wait()
        await trio.sleep(2)

    async with smith.open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, smith.child(slow, name="slow"))
        await trio.lowlevel.checkpoint()
        await wait_quiet(supervisor)
        assert trio.current_time() == 5
        nursery.start_soon(supervisor.stop_child, "slow")
        await trio.lowlevel.checkpoint()
        await wait_quiet(supervisor)
        assert trio.current_time() == 7


async def test_running_functions_and_children_that_are_down_are_quiet(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What a function does cannot be known; and who is down does nothing."""
    async with smith.open_supervisor() as supervisor:
        await supervisor.start(trio.sleep, 60)
        down = await supervisor.start(Probe())
        await supervisor.stop_child(down)
        with pytest.raises(smith.StartFailed):
            await supervisor.start(with_refused_starts(trio.sleep), 60)
        await wait_quiet(supervisor)
        assert trio.current_time() == 0
        await supervisor.stop()


async def test_it_works_with_the_real_clock() -> None:
    """There it looks again and again."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.will(Block())
        ref.tell_nowait("held")

        async def release() -> None:
            await trio.sleep(0.05)
            probe.release()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(release)
            with trio.fail_after(10):
                await wait_quiet(supervisor)
        assert ref.statistics().received == 1
        await supervisor.stop()


async def test_it_can_be_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    """A tree that never comes to rest is waited for as long as the scopes round it allow."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.usually(Answer())
        probe.will(Block())
        ref.tell_nowait("held")
        with pytest.raises(trio.TooSlowError), trio.fail_after(30):
            await wait_quiet(supervisor)
        assert trio.current_time() == 30
        await supervisor.stop()
