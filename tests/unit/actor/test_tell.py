"""To tell: order, room, cancellation."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, small, tree
from trio_smith import DeadLetterReason


async def test_what_is_told_arrives_in_order() -> None:
    """From one sender, by either way."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        for number in range(0, 200, 2):
            ref.tell_nowait(Note(number))
            await ref.tell(Note(number + 1))
        await ref.ask(Echo("last"))
    assert seen == [*range(200), "last"]


async def test_tell_nowait_is_refused_at_the_bound() -> None:
    """It never waits, so it has to say so."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(2), name="puppet")
        await busy(ref)
        ref.tell_nowait(Note(1))
        ref.tell_nowait(Note(2))
        with pytest.raises(smith.MailboxFull) as caught:
            ref.tell_nowait(Note(3))
        assert isinstance(caught.value, trio.WouldBlock)
        assert (caught.value.actor, caught.value.capacity) == ("puppet", 2)
        assert ref.statistics().depth == 2


async def test_tell_waits_for_room_and_nobody_overtakes_who_waits() -> None:
    """Neither a later sender that waits nor one that does not."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        release = await busy(ref)
        for number in range(2):
            ref.tell_nowait(Note(number))
        waiting = [await begin(nursery, lambda n=n: ref.tell(Note(n))) for n in range(2, 7)]
        assert ref.statistics().senders_waiting == 5
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note("overtakes"))
        asked = await begin(nursery, lambda: ref.ask(Echo("asked")))
        release.set()
        await wait_all_tasks_blocked()
        assert all(one.done and one.error is None for one in waiting)
        assert asked.value == "asked"
    assert seen == [*range(7), "asked"]


async def test_no_sender_starves() -> None:
    """With room one may send several times before it waits again, but who waits comes first."""
    seen: list[str] = []

    async def send(name: str) -> None:
        while True:
            await ref.tell(Note(name))

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        for name in "abcd":
            nursery.start_soon(send, name)
        while len(seen) < 1000:
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    shares = Counter(seen[:1000])
    assert min(shares[name] for name in "abcd") > 50


async def test_a_cancelled_tell_has_not_sent() -> None:
    """Whether it was cancelled before it began or while it waited for room."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), seen)
        release = await busy(ref)
        with trio.CancelScope() as scope:
            scope.cancel()
            await ref.tell(Note("never"))
        assert scope.cancelled_caught
        assert ref.statistics().depth == 0
        ref.tell_nowait(Note("first"))
        torn = await begin(nursery, lambda: ref.tell(Note("torn")))
        kept = await begin(nursery, lambda: ref.tell(Note("kept")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        assert torn.cancelled
        assert not kept.done
        assert ref.statistics().senders_waiting == 1
        release.set()
        await wait_all_tasks_blocked()
        assert kept.done
    assert seen == ["first", "kept"]


async def test_the_last_waiting_sender_that_leaves_opens_the_fast_path_again() -> None:
    """Otherwise one cancelled sender would slow down all others for ever, or shut them out."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        ref.tell_nowait(Note())
        torn = await begin(nursery, lambda: ref.tell(Note()))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        release.set()
        await wait_all_tasks_blocked()
        ref.tell_nowait(Note())
        assert ref.statistics().sent == 3


async def test_tell_is_a_cancellation_point_at_every_call() -> None:
    """Also when there is room."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        for _ in range(70):
            with trio.CancelScope() as scope:
                scope.cancel()
                await ref.tell(Note())
            assert scope.cancelled_caught
        assert ref.statistics().sent == 0


class Steps(trio.abc.Instrument):
    """Counts the steps that Trio tasks make."""

    def __init__(self) -> None:
        self.of: Counter[trio.lowlevel.Task] = Counter()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count one."""
        self.of[task] += 1


async def test_tell_is_a_schedule_point_at_least_every_64th_time() -> None:
    """A sender that only tells must not starve the program, the actor it tells included."""
    steps, me = Steps(), trio.lowlevel.current_task()
    trio.lowlevel.add_instrument(steps)
    async with tree() as supervisor:
        ref = await supervisor.start(small(10_000))
        told: Counter[int] = Counter()
        for _ in range(1000):
            await ref.tell(Note())
            told[steps.of[me]] += 1
        assert max(told.values()) <= 64
        # It is the promise that makes tell fast: not at every call.
        assert len(told) < 20


async def test_tell_that_waits_is_a_full_checkpoint() -> None:
    """As everything that waits."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        ref.tell_nowait(Note())
        nursery.start_soon(release.wait)
        release.set()
        with assert_checkpoints():
            await ref.tell(Note())


async def test_an_actor_never_waits_for_room_in_its_own_mailbox() -> None:
    """It is the only one who could make that room."""

    async def tell_myself(actor: Puppet) -> str:
        ref = actor.context.ref
        await ref.tell(Note("fits"))
        with pytest.raises(smith.MailboxFull):
            await ref.tell(Note("waits"))
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note("waits"))
        return "done"

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(small(1), seen)
        assert await ref.ask(Do(tell_myself)) == "done"
        await wait_all_tasks_blocked()
    assert seen == ["fits"]


async def test_an_actor_may_tell_itself() -> None:
    """The message waits its turn like any other."""

    def tell_myself(actor: Puppet) -> None:
        actor.context.ref.tell_nowait(Note("later"))
        actor.seen.append("now")

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.ask(Do(tell_myself))
        await wait_all_tasks_blocked()
    assert seen == ["now", "later"]


async def test_an_actor_that_tells_itself_for_ever_lets_others_run() -> None:
    """It yields at least every 64 messages, so that deadlines are noticed, its own too."""
    steps, handled = Steps(), Counter[int]()

    def again(actor: Puppet) -> None:
        handled[steps.of[trio.lowlevel.current_task()]] += 1
        actor.context.ref.tell_nowait(Do(again))

    trio.lowlevel.add_instrument(steps)
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        ref.tell_nowait(Do(again))
        with trio.CancelScope() as scope:
            for _ in range(10):
                await trio.lowlevel.checkpoint()
            scope.cancel()
            await trio.sleep_forever()
        assert max(handled.values()) <= 64
        assert len(handled) > 5


async def test_the_answer_to_a_request_that_was_told_is_dropped() -> None:
    """To tell a request is allowed; nobody waits."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.tell(Echo("told"))
        ref.tell_nowait(Echo("told, too"))
        await wait_all_tasks_blocked()
        assert letters(supervisor) == []
    assert seen == ["told", "told, too"]


async def test_a_declared_error_with_nobody_to_answer_becomes_an_event() -> None:
    """It is no crash, but it should not vanish."""

    class Declared(Exception):
        pass

    @smith.message(raises=(Declared,))
    class Fails(smith.Request[None]):
        pass

    class Failing(smith.Actor[Fails]):
        @smith.on(Fails)
        def fail(self, message: Fails) -> None:
            raise Declared("no")

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Failing, name="failing")
        await ref.tell(Fails())
        await wait_all_tasks_blocked()
        (dropped,) = [event for event in events if isinstance(event, smith.AnswerDropped)]
        assert (dropped.id, dropped.path, dropped.incarnation) == ("failing", ("failing",), 1)
        assert dropped.message == Fails()
        assert isinstance(dropped.error, Declared)
        assert letters(supervisor) == []


async def test_tell_to_an_actor_that_has_stopped_raises() -> None:
    """By every way; the error names the actor."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        await supervisor.stop_child("puppet")
        with pytest.raises(smith.ActorStopped) as caught:
            ref.tell_nowait(Note())
        assert caught.value.actor == "puppet"
        with pytest.raises(smith.ActorStopped):
            await ref.tell(Note())


async def test_a_sender_that_waits_for_room_hears_that_the_actor_has_stopped() -> None:
    """It would otherwise wait for ever."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), name="puppet")
        await busy(ref)
        ref.tell_nowait(Note("waits"))
        told = await begin(nursery, lambda: ref.tell(Note("never entered")))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert isinstance(told.error, smith.ActorStopped)
        assert (Note("waits"), DeadLetterReason.STOPPED) in letters(supervisor)
        assert (Note("never entered"), DeadLetterReason.STOPPED) not in letters(supervisor)


async def test_a_sender_that_waits_for_room_goes_on_waiting_over_a_restart() -> None:
    """The mailbox is the same; the new incarnation makes room."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), seen)
        release = await busy(ref)
        ref.tell_nowait(fails(ValueError()))
        told = await begin(nursery, lambda: ref.tell(Note("after")))
        release.set()
        await wait_all_tasks_blocked()
        assert told.done
        assert told.error is None
    assert seen == ["after"]


async def test_a_message_to_an_actor_between_incarnations_waits_for_the_next() -> None:
    """While it is restarted, under a backoff too, the mailbox is open and bounded."""
    seen: list[object] = []
    backoff = smith.Backoff(initial=10.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        ref.tell_nowait(fails(ValueError()))
        await wait_all_tasks_blocked()
        assert ref.lifecycle.value is smith.Lifecycle.RESTARTING
        ref.tell_nowait(Note(1))
        await ref.tell(Note(2))
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note(3))
        told = await begin(nursery, lambda: ref.tell(Note(4)))
        assert not told.done
        start = trio.current_time()
        assert await ref.ask(Echo(5)) == 5
        assert trio.current_time() - start == 10
    assert seen == [1, 2, 4, 5]
