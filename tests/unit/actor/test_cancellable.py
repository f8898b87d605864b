"""Handlers that their askers can cancel."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.lowlevel
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Tearable, Torn, begin, forever, letters, shielded, tree


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
