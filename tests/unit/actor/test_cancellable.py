"""Handlers that their askers can cancel."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Tearable, Torn, begin, letters, tree
from trio_smith import DeadLetterReason


class Declared(Exception):
    """An error that is an answer."""


@smith.message(raises=(Declared,))
class TornOrFailed(Torn):
    """Like Torn, and may be answered by an error."""


def shielded(seconds: float, value: object = None) -> Callable[[object], Awaitable[object]]:
    """Return work that does not end before *seconds* have passed, whoever cancels it."""

    async def work(_: object) -> object:
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)
        return value

    return work


async def forever(_: object) -> None:
    """Never end by itself."""
    await trio.sleep_forever()


async def test_the_cancelled_asker_cancels_the_handler_and_the_actor_lives_on() -> None:
    """State stays; it is no crash, no dead letter, no restart."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Tearable)
        await ref.tell(Note("state"))
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(forever))
        assert scope.cancelled_caught
        assert trio.current_time() == 1
        assert await ref.ask(Do(lambda actor: list(actor.seen))) == ["state"]
        assert letters(supervisor) == []
        assert not [event for event in events if isinstance(event, smith.ChildEnded)]


async def test_the_asker_waits_until_the_handler_has_unwound() -> None:
    """What the handler undoes is undone when the asker goes on."""
    seen: list[object] = []

    async def work(actor: Tearable) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            actor.seen.append("undone")

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, seen)
        with trio.move_on_after(1):
            await ref.ask(Torn(work))
        seen.append("asker goes on")
        assert trio.current_time() == 3
    assert seen == ["undone", "asker goes on"]


async def test_the_wait_for_the_unwinding_is_bounded_by_the_grace() -> None:
    """A handler that does not let go holds its asker no longer than that."""
    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, grace=3.0)
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(shielded(60)))
        assert scope.cancelled_caught
        assert trio.current_time() == 4
        assert await ref.ask(Echo("next")) == "next"
        assert trio.current_time() == 60


async def test_with_a_grace_of_nothing_the_asker_does_not_wait() -> None:
    """The bound is the grace, whatever it is."""
    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, grace=0.0)
        with trio.move_on_after(1):
            await ref.ask(Torn(shielded(60)))
        assert trio.current_time() == pytest.approx(1, abs=0.01)


async def test_without_a_limit_the_asker_waits_as_long_as_it_takes() -> None:
    """And leaves nothing behind: no appointment that never comes."""
    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, grace=math.inf)
        for _ in range(10):
            with trio.move_on_after(1):
                await ref.ask(Torn(shielded(60)))
        assert trio.current_time() == 600
        assert len(supervisor.system.sweeper) == 0


async def test_a_handler_that_finishes_in_spite_of_the_cancel_answers() -> None:
    """The asker gets the answer, and its cancellation at its next checkpoint."""
    async with tree() as supervisor:
        ref = await supervisor.start(Tearable)
        answer: object = None
        with trio.move_on_after(1) as scope:
            answer = await ref.ask(Torn(shielded(3, "all the same")))
            await trio.lowlevel.checkpoint()
        assert answer == "all the same"
        assert scope.cancelled_caught
        assert trio.current_time() == 3


async def test_a_handler_that_swallows_the_cancel_answers() -> None:
    """It may have its reasons."""

    async def work(_: object) -> str:
        with trio.CancelScope() as inner:
            try:
                await trio.sleep_forever()
            except trio.Cancelled:
                inner.shield = True
                return "swallowed"
        return "?"

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable)
        answer: object = None
        with trio.move_on_after(1):
            answer = await ref.ask(Torn(work))
        assert answer == "swallowed"
        assert await ref.ask(Echo("next")) == "next"


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(shielded(3, "in spite"), id="answers"),
        pytest.param(shielded(60, "long after the grace"), id="outlasts the grace"),
        pytest.param(forever, id="is torn"),
    ],
)
async def test_the_next_message_never_feels_the_cancel_of_the_one_before(
    work: Callable[[object], Awaitable[object]],
) -> None:
    """Also when it waits already, and whichever way the torn handler ends."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        torn = await begin(nursery, lambda: ref.ask(Torn(work)))
        following = [await begin(nursery, lambda n=n: ref.ask(Echo(n))) for n in range(3)]
        torn.scope.cancel()
        await trio.sleep(100)
        assert torn.done
        assert [one.value for one in following] == [0, 1, 2]
        assert [one.error for one in following] == [None] * 3


async def test_a_torn_handler_that_answers_later_is_cancelled_in_its_later() -> None:
    """It took the cancel for a reason to be quick; its asker still wants to leave."""
    seen: list[object] = []

    async def work(actor: Tearable) -> Any:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            return smith.later(lambda: long(actor))

    async def long(actor: Tearable) -> None:
        try:
            await trio.sleep(50)
        finally:
            actor.seen.append("later ends")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, seen)
        torn = await begin(nursery, lambda: ref.ask(Torn(work)))
        following = await begin(nursery, lambda: ref.ask(Echo("next")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        assert torn.cancelled
        assert following.value == "next"
        await trio.sleep(1)
    assert set(seen) == {"later ends", "next"}


async def test_any_other_exception_out_of_the_unwinding_is_a_crash() -> None:
    """The asker gets its cancellation, the supervisor the failure."""

    async def work(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("out of the unwinding")

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Tearable)
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(work))
        assert scope.cancelled_caught
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert isinstance(ended.reason.exception, ValueError)
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.CRASHED]
        assert await ref.ask(Echo("next")) == "next"


async def test_what_is_left_of_a_group_after_the_cancel_is_a_crash() -> None:
    """A nursery inside the handler mixes the cancellation with a failure."""

    async def work(_: object) -> None:
        async def fail() -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)
            nursery.start_soon(trio.sleep_forever)

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Tearable)
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(work))
        assert scope.cancelled_caught
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert await ref.ask(Echo("next")) == "next"


async def test_a_torn_message_over_which_the_actor_crashed_is_not_delivered_again() -> None:
    """Nobody wants its answer any more."""

    class Stubborn(Tearable):
        max_deliveries = 3

    deliveries: list[int] = []

    async def work(actor: Tearable) -> None:
        deliveries.append(actor.context.delivery)
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Stubborn)
        with trio.move_on_after(1):
            await ref.ask(Torn(work))
        await ref.ask(Echo())
    assert deliveries == [1]


async def test_a_declared_error_out_of_the_unwinding_is_the_answer() -> None:
    """As when the handler finishes in spite of the cancel."""

    async def work(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise Declared

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        asked = await begin(nursery, lambda: ref.ask(TornOrFailed(work)))
        following = await begin(nursery, lambda: ref.ask(Echo("next")))
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, Declared)
        assert following.value == "next"


async def test_the_deadline_of_the_asker_cancels_the_handler() -> None:
    """That is how a deadline travels: through whoever waits."""
    times: list[float] = []

    async def work(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            times.append(trio.current_time())

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable)
        with pytest.raises(trio.TooSlowError), trio.fail_after(2):
            await ref.ask(Torn(work))
    assert times == [2]


async def test_the_cancel_travels_through_the_asks_of_the_handler() -> None:
    """Cancellable ones are torn and awaited, plain ones are left."""
    seen: list[object] = []

    async def inner(actor: Tearable) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            actor.seen.append("inner unwound")

    async def outer(actor: Tearable) -> None:
        try:
            await second.ask(Torn(inner))
        finally:
            actor.seen.append("outer unwound")

    async def plain(actor: Tearable) -> None:
        await trio.sleep(10)
        actor.seen.append("plain finished")

    async def asks_plain(actor: Tearable) -> None:
        try:
            await second.ask(Do(plain))
        finally:
            actor.seen.append("left the plain one")

    async with tree() as supervisor:
        first, second = await supervisor.start(Tearable, seen), await supervisor.start(Tearable, seen)
        with trio.move_on_after(1):
            await first.ask(Torn(outer))
        assert trio.current_time() == 2
        with trio.move_on_after(1):
            await first.ask(Torn(asks_plain))
        assert trio.current_time() == 3
        await second.ask(Echo())
        assert trio.current_time() == 12
    assert seen == ["inner unwound", "outer unwound", "left the plain one", "plain finished", None]


async def test_a_cancellable_message_that_was_not_begun_is_withdrawn_like_any_other() -> None:
    """There is nothing to cancel yet."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        first = await begin(nursery, lambda: ref.ask(Torn(forever)))
        second = await begin(nursery, lambda: ref.ask(Torn(forever)))
        second.scope.cancel()
        await wait_all_tasks_blocked()
        assert second.cancelled
        assert not first.done
        assert ref.statistics().withdrawn == 1
        first.scope.cancel()


async def test_a_cancellable_handler_of_a_told_request_is_cancelled_by_nobody() -> None:
    """There is no asker."""
    seen: list[object] = []

    async def work(actor: Tearable) -> None:
        await trio.sleep(5)
        actor.seen.append("finished")

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, seen)
        with trio.move_on_after(1):
            await ref.tell(Torn(work))
            await trio.sleep_forever()
        await ref.ask(Echo("next"))
    assert seen == ["finished", "next"]


async def test_plain_handlers_of_an_actor_with_cancellable_ones_are_not_cancelled() -> None:
    """Only those that opted in."""
    seen: list[object] = []

    async def work(actor: Tearable) -> None:
        await trio.sleep(5)
        actor.seen.append("finished")

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, seen)
        with trio.move_on_after(1):
            await ref.ask(Do(work))
        await ref.ask(Echo("next"))
    assert seen == ["finished", "next"]


async def test_a_later_of_a_cancellable_handler_is_cancelled_and_awaited() -> None:
    """The actor itself goes on meanwhile."""
    seen: list[object] = []

    async def long(actor: Tearable) -> None:
        try:
            await trio.sleep(50)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            actor.seen.append("later unwound")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, seen)
        asked = await begin(nursery, lambda: ref.ask(Torn(lambda actor: smith.later(long, actor))))
        assert await ref.ask(Echo("meanwhile")) == "meanwhile"
        asked.scope.cancel()
        await trio.sleep(0.5)
        assert not asked.done
        await trio.sleep(1)
        assert asked.cancelled
        assert letters(supervisor) == []
        assert await ref.ask(Echo("afterwards")) == "afterwards"
    assert seen == ["meanwhile", "later unwound", "afterwards"]


async def test_a_later_of_a_plain_handler_is_not_cancelled_by_its_asker() -> None:
    """It is work in hand, like the handler that began it."""
    seen: list[object] = []

    async def long(actor: Tearable) -> None:
        await trio.sleep(5)
        actor.seen.append("finished")

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, seen)
        with trio.move_on_after(1) as scope:
            await ref.ask(Do(lambda actor: smith.later(long, actor)))
        assert scope.cancelled_caught
        await trio.sleep(10)
        assert letters(supervisor) == []
    assert seen == ["finished"]


async def test_a_stop_kills_an_unwinding_that_takes_longer_than_the_grace() -> None:
    """The asker has been let go, the actor ends."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, name="actor", grace=2.0)
        asked = await begin(nursery, lambda: ref.ask(Torn(forever)))
        await supervisor.stop_child("actor")
        assert trio.current_time() == 2
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        assert await ref.wait_stopped() == smith.Killed()


async def test_a_stop_while_an_asker_waits_for_the_unwinding_ends_both() -> None:
    """The asker was cancelled: it gets its cancellation, not an error."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, name="actor", grace=9.0)
        asked = await begin(nursery, lambda: ref.ask(Torn(shielded(5))))
        following = await begin(nursery, lambda: ref.ask(Echo()))
        asked.scope.cancel()
        await trio.sleep(1)
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert asked.done
        assert isinstance(following.error, smith.ActorStopped)
        assert trio.current_time() == 5
        assert await ref.wait_stopped() == smith.Stopped()


async def test_many_cancels_in_a_row_do_no_harm() -> None:
    """Scopes are renewed as often as needed, and nothing piles up."""
    async with tree() as supervisor:
        ref = await supervisor.start(Tearable)
        for number in range(300):
            with trio.move_on_after(0.01):
                await ref.ask(Torn(forever if number % 2 else shielded(0.02)))
            assert await ref.ask(Echo(number)) == number
        assert ref.statistics().withdrawn == 0
        assert ref._cell.host.incarnation == 1


async def test_a_cancel_in_the_step_of_the_answer_is_harmless() -> None:
    """Either the answer or the cancellation, and the actor goes on."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        for _ in range(20):
            event = trio.Event()
            asked = await begin(nursery, lambda event=event: ref.ask(Torn(lambda _: event.wait())))
            event.set()
            asked.scope.cancel()
            await wait_all_tasks_blocked()
            assert asked.done
            assert await ref.ask(Echo("next")) == "next"


async def test_redelivered_messages_of_a_cancellable_handler_can_be_torn() -> None:
    """At the second delivery as at the first."""

    class Twice(Tearable):
        max_deliveries = 2

    async def work(actor: Tearable) -> None:
        if actor.context.delivery == 1:
            raise ValueError
        await trio.sleep_forever()

    async with tree() as supervisor:
        ref = await supervisor.start(Twice)
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(work))
        assert scope.cancelled_caught
        assert await ref.ask(Echo("next")) == "next"
        assert letters(supervisor) == []


async def test_an_asker_that_leaves_while_its_message_waits_for_its_second_delivery_withdraws_it() -> None:
    """It is not begun then."""

    class Twice(Tearable):
        max_deliveries = 2

    deliveries: list[int] = []

    def work(actor: Tearable) -> None:
        deliveries.append(actor.context.delivery)
        raise ValueError

    backoff = smith.Backoff(initial=10.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor:
        ref = await supervisor.start(Twice)
        with trio.move_on_after(1) as scope:
            await ref.ask(Torn(work))
        assert scope.cancelled_caught
        assert await ref.ask(Echo("next")) == "next"
        assert trio.current_time() == 10
        assert letters(supervisor) == []
    assert deliveries == [1]


async def test_a_batch_of_64_ends_inside_a_torn_scope_and_nothing_is_lost() -> None:
    """The schedule point of the loop may fall into the cancelled scope."""
    for before in range(60, 66):
        seen: list[object] = []
        async with tree() as supervisor, trio.open_nursery() as nursery:
            ref = await supervisor.start(Tearable, seen)
            hold = trio.Event()
            ref.tell_nowait(Do(lambda _, hold=hold: hold.wait()))
            await wait_all_tasks_blocked()
            for number in range(before):
                ref.tell_nowait(Note(number))
            asked = await begin(nursery, lambda ref=ref: ref.ask(Torn(shielded(2, "in spite"))))
            for number in range(before, 200):
                ref.tell_nowait(Note(number))
            hold.set()
            await trio.sleep(1)
            asked.scope.cancel()
            await trio.sleep(5)
            assert asked.value == "in spite"
            assert seen == list(range(200))
            assert ref._cell.host.incarnation == 1


async def test_an_asker_leaves_at_once_when_the_later_of_its_message_has_failed_already() -> None:
    """The actor is busy and has not noticed; there is nothing to cancel any more."""

    async def fail() -> None:
        await trio.sleep(1)
        raise ValueError

    async def long(_: object) -> None:
        await trio.sleep(9)

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        message = Torn(lambda _: smith.later(fail))
        asked = await begin(nursery, lambda: ref.ask(message))
        await ref.tell(Do(long))
        await trio.sleep(2)
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert trio.current_time() == 2
        assert await ref.ask(Echo("next")) == "next"
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]
