"""A probe takes what comes, does what it was told, and remembers."""

from __future__ import annotations

from functools import partial

import pytest
import trio

import trio_smith as smith
from trio_smith.testing import Answer, AnswerBy, Block, Crash, Hang, Probe, ProbeIsDown, wait_quiet


@smith.message
class Ping(smith.Request[str]):
    """Asked."""

    n: int = 0


async def test_it_records_what_it_gets(autojump_clock: trio.testing.MockClock) -> None:
    """Any object is a message to it, told or asked; the answer is None unless something else was said."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe, name="probe")
        await ref.tell("told")
        assert await ref.ask(Ping(1)) is None
        assert await probe.wait_for(2) == ["told", Ping(1)]
        assert probe.messages == ["told", Ping(1)]
        await supervisor.stop()


async def test_it_answers_as_it_was_told(autojump_clock: trio.testing.MockClock) -> None:
    """First what was said for the next messages, then what it usually does."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.usually(Answer("usual"))
        probe.will(Answer("first"), AnswerBy(lambda ping: ping.n * 2, seconds=3.0))
        answers = [await ref.ask(Ping(number)) for number in (1, 2, 3)]
        assert answers == ["first", 4, "usual"]
        assert trio.current_time() == 3.0
        await supervisor.stop()


async def test_it_crashes_as_it_was_told_and_lasts_over_that(autojump_clock: trio.testing.MockClock) -> None:
    """The next incarnation goes on with the same probe."""
    probe = Probe()
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.will(Crash(ZeroDivisionError()), Answer("alive"))
        with pytest.raises(smith.ActorCrashed) as crashed:
            await ref.ask(Ping(1))
        assert isinstance(crashed.value.__cause__, ZeroDivisionError)
        assert await ref.ask(Ping(2)) == "alive"
        assert probe.incarnations == 2
        (failure,) = probe.failures
        assert failure.message == Ping(1)
        await supervisor.stop()


async def test_it_takes_a_message_again_if_it_may(autojump_clock: trio.testing.MockClock) -> None:
    """With more deliveries than one."""
    probe = Probe(deliveries=2)
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.will(Crash(), Answer("again"))
        assert await ref.ask(Ping(1)) == "again"
        assert probe.messages == [Ping(1), Ping(1)]
        await supervisor.stop()


async def test_it_blocks_until_it_is_released(autojump_clock: trio.testing.MockClock) -> None:
    """So a test can fill the mailbox behind the message in hand."""
    probe = Probe(capacity=2, overflow=smith.Overflow.REFUSE)
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(probe)
        probe.will(Block("late"), Block())
        answers: list[object] = []

        async def ask() -> None:
            answers.append(await ref.ask(Ping()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await probe.wait_for(1)
            ref.tell_nowait(1)
            ref.tell_nowait(2)
            with pytest.raises(smith.MailboxFull):
                ref.tell_nowait(3)
            assert answers == []
            probe.release()
        assert answers == ["late"]
        await probe.wait_for(2)
        with trio.move_on_after(60) as scope:
            await probe.wait_for(3)
        assert scope.cancelled_caught, "the second block was released with the first"
        probe.release()
        assert await probe.wait_for(3) == [Ping(), 1, 2]
        await supervisor.stop()


@pytest.mark.parametrize("hang", [Hang(), Hang(stubborn=True)])
async def test_it_hangs_until_it_is_cancelled(autojump_clock: trio.testing.MockClock, hang: Hang) -> None:
    """A stubborn one even longer; then its supervisor reports it as stuck."""
    probe, events = Probe(), list[object]()
    async with smith.open_supervisor(observe=events.append) as supervisor:
        ref = await supervisor.start(probe, grace=1.0)
        probe.will(hang)
        await ref.tell("hang")
        await probe.wait_for(1)

        async def release() -> None:
            await trio.sleep(10)
            probe.release()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(release)
            await supervisor.stop_child(ref)
            assert trio.current_time() == (10 if hang.stubborn else 1)
        assert isinstance(await ref.wait_stopped(), smith.Killed)
        assert any(isinstance(event, smith.ChildStuck) for event in events) is hang.stubborn
        await supervisor.stop()


async def test_it_watches_others(autojump_clock: trio.testing.MockClock) -> None:
    """What `on_down` is told is noted."""
    probe, other = Probe(), Probe()
    with pytest.raises(ProbeIsDown):
        probe.watch(None)  # type: ignore[arg-type]
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(other)
        await supervisor.start(probe)
        monitor = probe.watch(ref)
        other.usually(Crash())
        await ref.tell("crash")
        await wait_quiet(supervisor)
        assert [type(down.reason) for down in probe.downs] == [smith.Crashed]
        monitor.cancel()
        await ref.tell("crash")
        await wait_quiet(supervisor)
        assert len(probe.downs) == 1
        await supervisor.stop()


async def test_waiting_for_messages_can_be_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    """Deadlines come from the scopes round it; and it is a checkpoint also when all are there."""
    probe = Probe()
    with pytest.raises(trio.TooSlowError), trio.fail_after(5):
        await probe.wait_for(1)
    with trio.testing.assert_checkpoints():
        assert await probe.wait_for(0) == []


async def test_two_probes_are_two(autojump_clock: trio.testing.MockClock) -> None:
    """Their options are their own."""
    first, second = Probe(capacity=1), Probe(capacity=5)
    async with smith.open_supervisor() as supervisor:
        refs = [await supervisor.start(partial(probe)) for probe in (first, second)]
        assert [ref.statistics().capacity for ref in refs] == [1, 5]
        await refs[0].tell("first")
        await first.wait_for(1)
        assert second.messages == []
        await supervisor.stop()
