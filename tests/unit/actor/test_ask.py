"""To ask: one answer, or one bare error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, sleeps, small, tree
from trio_smith import DeadLetterReason, Overflow


class Declared(Exception):
    """An error that is an answer."""


@smith.message(raises=(Declared, LookupError))
class Fallible(smith.Request[int]):
    """May be answered by an error."""

    error: BaseException


class Failing(smith.Actor[Fallible | Note]):
    """Raises what it is told to."""

    def __init__(self, seen: list[object]) -> None:
        self.seen = seen

    @smith.on(Fallible)
    async def fail(self, message: Fallible) -> int:
        """Raise it."""
        raise message.error

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Show that it lives."""
        self.seen.append(message.text)


async def test_an_ask_returns_the_answer() -> None:
    """The first thing anybody tries."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Echo("there")) == "there"


async def test_an_ask_is_a_full_checkpoint() -> None:
    """Also when the actor answers at once."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with assert_checkpoints():
            await ref.ask(Echo())


@pytest.mark.parametrize("error", [Declared("no"), KeyError("no")])
async def test_a_declared_error_arrives_as_itself_and_the_actor_lives_on(error: Exception) -> None:
    """It is an answer; subclasses of what was declared too."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Failing, seen)
        with pytest.raises(type(error)) as caught:
            await ref.ask(Fallible(error))
        assert caught.value is error
        assert (await supervisor.count_children()).active == 1
        assert letters(supervisor) == []
        await ref.tell(Note("alive"))
        await wait_all_tasks_blocked()
    assert seen == ["alive"]


async def test_an_undeclared_error_is_a_crash_and_its_cause_is_the_real_one() -> None:
    """A group that holds a declared error is not declared either."""
    async with tree() as supervisor:
        ref = await supervisor.start(Failing, [], name="failing")
        for error in (ValueError("deep"), ExceptionGroup("declared inside", [Declared()])):
            with pytest.raises(smith.ActorCrashed) as caught:
                await ref.ask(Fallible(error))
            assert caught.value.__cause__ is caught.value.failure is error
            assert caught.value.actor == "failing"


async def test_to_declare_every_exception_does_not_catch_the_signal_to_shut_down() -> None:
    """``raise smith.Shutdown`` is no answer but an order."""

    @smith.message(raises=(Exception,))
    class Anything(smith.Request[None]):
        pass

    class Ends(smith.Actor[Anything]):
        @smith.on(Anything)
        def end(self, message: Anything) -> None:
            raise smith.Shutdown("enough")

    async with tree() as supervisor:
        ref = await supervisor.start(Ends, restart=smith.Restart.TRANSIENT)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Anything())
        assert await ref.wait_stopped() == smith.ShutDown("enough")


async def test_an_ask_to_an_actor_that_has_stopped_raises() -> None:
    """At once, and nothing is enqueued."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        await supervisor.stop_child("puppet")
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo())


async def test_after_the_end_of_the_tree_refs_still_answer_honestly() -> None:
    """They outlive it as objects."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Echo())
    with pytest.raises(smith.ActorStopped):
        await ref.ask(Echo())
    with pytest.raises(smith.ActorStopped):
        ref.tell_nowait(Note())
    assert await ref.wait_stopped() == smith.Stopped()
    assert ref.statistics().received == 1
    assert ref.lifecycle.value is smith.Lifecycle.STOPPED


async def test_an_ask_waits_for_room_behind_those_who_wait() -> None:
    """It sleeps once, for room and for the answer."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        asked = [await begin(nursery, lambda n=n: ref.ask(Echo(n))) for n in range(5)]
        assert ref.statistics().senders_waiting == 4
        assert ref.statistics().depth == 1
        release.set()
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == list(range(5))


async def test_an_ask_that_waits_for_room_can_be_cancelled() -> None:
    """It never entered, so it counts as neither sent nor withdrawn."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), seen)
        release = await busy(ref)
        ref.tell_nowait(Note("first"))
        torn = await begin(nursery, lambda: ref.ask(Echo("torn")))
        kept = await begin(nursery, lambda: ref.ask(Echo("kept")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        assert torn.cancelled
        statistics = ref.statistics()
        assert (statistics.withdrawn, statistics.senders_waiting) == (0, 1)
        release.set()
        await wait_all_tasks_blocked()
        assert kept.value == "kept"
    assert seen == ["first", "kept"]


async def test_an_ask_that_waits_for_room_hears_of_the_end() -> None:
    """Room or not, nobody will answer."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), name="puppet")
        await busy(ref)
        ref.tell_nowait(Note())
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)


async def test_an_ask_that_entered_from_the_queue_of_senders_can_be_withdrawn() -> None:
    """From there on it is an ask like any other."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        second = trio.Event()
        ref.tell_nowait(Do(lambda _: second.wait()))
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        release.set()
        await wait_all_tasks_blocked()
        assert ref.statistics().depth == 1
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert ref.statistics().withdrawn == 1
        assert ref.statistics().depth == 0
        second.set()


async def test_a_dropped_ask_fails_with_mailbox_full() -> None:
    """The oldest under drop-oldest, the new one under drop-newest; a dead letter both times."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        oldest = await supervisor.start(small(1, Overflow.DROP_OLDEST), name="oldest")
        newest = await supervisor.start(small(1, Overflow.DROP_NEWEST), name="newest")
        releases = [await busy(oldest), await busy(newest)]
        first = await begin(nursery, lambda: oldest.ask(Echo("first")))
        second = await begin(nursery, lambda: oldest.ask(Echo("second")))
        assert isinstance(first.error, smith.MailboxFull)
        third = await begin(nursery, lambda: newest.ask(Echo("third")))
        fourth = await begin(nursery, lambda: newest.ask(Echo("fourth")))
        assert isinstance(fourth.error, smith.MailboxFull)
        for release in releases:
            release.set()
        await wait_all_tasks_blocked()
        assert (second.value, third.value) == ("second", "third")
        assert letters(supervisor) == [
            (Echo("first"), DeadLetterReason.OVERFLOW),
            (Echo("fourth"), DeadLetterReason.OVERFLOW),
        ]


async def test_an_ask_that_is_cancelled_already_drops_nobody() -> None:
    """It would push out a message that somebody waits for, only to be withdrawn itself."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1, Overflow.DROP_OLDEST))
        release = await busy(ref)
        first = await begin(nursery, lambda: ref.ask(Echo("first")))
        with trio.CancelScope() as scope:
            scope.cancel()
            await ref.ask(Echo("second"))
        assert scope.cancelled_caught
        release.set()
        await wait_all_tasks_blocked()
        assert first.value == "first"
        assert letters(supervisor) == []


async def test_a_message_whose_asker_left_before_it_began_is_withdrawn() -> None:
    """By a cancel, by a deadline, and by a scope that was cancelled already."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        torn = await begin(nursery, lambda: ref.ask(Echo("cancelled")))
        torn.scope.cancel()
        with trio.move_on_after(1) as late:
            await ref.ask(Echo("deadline"))
        with trio.CancelScope() as spent:
            spent.cancel()
            await ref.ask(Echo("spent"))
        assert torn.cancelled
        assert late.cancelled_caught
        assert spent.cancelled_caught
        assert ref.statistics().withdrawn == 3
        release.set()
        await ref.ask(Echo("wanted"))
        assert letters(supervisor) == []
    assert seen == ["wanted"]


async def test_a_deadline_that_passes_while_the_actor_works_off_its_mailbox_is_noticed() -> None:
    """A local deadline is noticed at most one batch of 64 late, also by an actor that never rests."""

    async def give_up() -> None:
        await trio.lowlevel.checkpoint()
        asked.scope.cancel()

    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        for number in range(1000):
            ref.tell_nowait(Note(number))
        asked = await begin(nursery, lambda: ref.ask(Echo("too late")))
        nursery.start_soon(give_up)
        release.set()
        await wait_all_tasks_blocked()
        assert asked.cancelled
    assert seen == list(range(1000))


async def test_a_begun_handler_finishes_although_its_asker_has_left() -> None:
    """A handler torn in the middle tears state that others share; the answer is dropped."""
    seen: list[object] = []

    async def work(actor: Puppet) -> str:
        await trio.sleep(5)
        actor.seen.append("finished")
        return "dropped"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        with trio.move_on_after(1) as scope:
            await ref.ask(Do(work))
        assert scope.cancelled_caught
        assert trio.current_time() == 1
        assert await ref.ask(Echo("next")) == "next"
        assert trio.current_time() == 5
        assert letters(supervisor) == []
    assert seen == ["finished", "next"]


async def test_a_declared_error_whose_asker_has_left_becomes_an_event() -> None:
    """As one of a request that was told."""

    @smith.message(raises=(Declared,))
    class Slow(smith.Request[None]):
        pass

    class Actor(smith.Actor[Slow]):
        @smith.on(Slow)
        async def slow(self, message: Slow) -> None:
            await trio.sleep(5)
            raise Declared

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Actor)
        with trio.move_on_after(1):
            await ref.ask(Slow())
        await trio.sleep(10)
        assert [type(event) for event in events].count(smith.AnswerDropped) == 1
        assert ref.lifecycle.value is smith.Lifecycle.RUNNING


async def test_a_crash_whose_asker_has_left_still_leaves_a_dead_letter() -> None:
    """Such a message may be what kills the actor every time, and its askers always give up before."""

    async def work(actor: Puppet) -> None:
        await trio.sleep(5)
        raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        message = Do(work)
        with trio.move_on_after(1):
            await ref.ask(message)
        await trio.sleep(10)
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]


async def test_withdrawn_asks_do_not_occupy_the_bound() -> None:
    """Room is there at once, for tell_nowait and for senders that wait."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        release = await busy(ref)
        torn = [await begin(nursery, lambda n=n: ref.ask(Echo(("torn", n)))) for n in range(2)]
        told = await begin(nursery, lambda: ref.tell(Note("waited")))
        assert not told.done
        torn[0].scope.cancel()
        await wait_all_tasks_blocked()
        assert told.done
        torn[1].scope.cancel()
        await wait_all_tasks_blocked()
        ref.tell_nowait(Note("at once"))
        statistics = ref.statistics()
        assert (statistics.depth, statistics.withdrawn, statistics.peak) == (2, 2, 2)
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note())
        release.set()
        await wait_all_tasks_blocked()
    assert seen == ["waited", "at once"]


async def test_under_drop_oldest_withdrawn_asks_are_not_what_is_dropped() -> None:
    """They are skipped: what is dropped is the oldest message that somebody wants handled."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2, Overflow.DROP_OLDEST), seen)
        release = await busy(ref)
        torn = await begin(nursery, lambda: ref.ask(Echo("torn")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        for number in range(3):
            ref.tell_nowait(Note(number))
        assert letters(supervisor) == [(Note(0), DeadLetterReason.OVERFLOW)]
        assert ref.statistics().depth == 2
        release.set()
        await wait_all_tasks_blocked()
    assert seen == [1, 2]


async def test_askers_that_keep_giving_up_on_an_actor_that_hangs_do_not_fill_the_memory() -> None:
    """Withdrawn asks are swept out of the queue in time."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(8))
        release = await busy(ref)
        ref.tell_nowait(Note())
        for _ in range(1000):
            with trio.CancelScope() as scope:
                scope.cancel()
                await ref.ask(Echo())
        assert ref.statistics().withdrawn == 1000
        assert ref.statistics().depth == 1
        assert len(ref._cell.queue) <= 1 + 64 + 1
        release.set()
        await ref.ask(Echo())


async def test_the_peak_counts_asks_that_were_withdrawn_later() -> None:
    """They did wait."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        release = await busy(ref)
        asked = [await begin(nursery, lambda: ref.ask(Echo())) for _ in range(5)]
        for one in asked:
            one.scope.cancel()
        await wait_all_tasks_blocked()
        assert ref.statistics().depth == 0
        assert ref.statistics().peak == 5
        release.set()


async def test_an_asker_that_waits_is_woken_once_whatever_races() -> None:
    """The answer and the cancel in one step: either is fine, both would be an error of Trio's."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        for order in range(2):
            release = trio.Event()
            asked = await begin(nursery, lambda release=release: ref.ask(Do(lambda _: release.wait())))
            actions: list[Callable[[], object]] = [release.set, asked.scope.cancel]
            for action in actions if order else reversed(actions):
                action()
            await wait_all_tasks_blocked()
            assert asked.done
            assert asked.cancelled or asked.error is None


async def test_an_actor_that_raises_shutdown_ends_and_its_asker_hears_that_it_stopped() -> None:
    """The message counts as handled: no dead letter, no second delivery; a permanent actor restarts."""

    class Twice(Puppet):
        max_deliveries = 2

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Twice, seen)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(fails(smith.Shutdown("enough")))
        assert await ref.ask(Echo("again")) == "again"
        assert letters(supervisor) == []


async def test_asks_from_plain_tasks_and_from_other_actors_are_answered_alike() -> None:
    """A chain of ten actors, each of which asks the next."""

    class Relay(smith.Actor[Echo]):
        def __init__(self, following: smith.Ref[Echo] | None) -> None:
            self.following = following

        @smith.on(Echo)
        async def relay(self, message: Echo) -> object:
            return message.text if self.following is None else (self, await self.following.ask(message))[1]

    async with tree() as supervisor:
        ref: Any = None
        for _ in range(10):
            ref = await supervisor.start(Relay, ref)
        assert await ref.ask(Echo("through")) == "through"


async def test_an_ask_does_not_raise_a_group() -> None:
    """One result: the single exception, also when the failure is a group."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        group = ExceptionGroup("two", [ValueError(), KeyError()])
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(fails(group))
        assert caught.value.__cause__ is group


async def test_one_request_may_be_sent_many_times() -> None:
    """Messages are values; each ask is an event of its own."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        message = sleeps(1, "same")
        asked = [await begin(nursery, lambda: ref.ask(message)) for _ in range(3)]
        await trio.sleep(3)
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == ["same"] * 3
