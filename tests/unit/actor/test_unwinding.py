"""What may come out of a cancelled handler while it unwinds."""

from __future__ import annotations

import trio
import trio.lowlevel
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Declared, Echo, Tearable, Torn, begin, forever, letters, shielded, tree
from trio_smith import DeadLetterReason


@smith.message(raises=(Declared,))
class TornOrFailed(Torn):
    """Like Torn, and may be answered by an error."""


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
