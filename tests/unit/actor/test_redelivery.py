"""The message in hand at a crash: given up, or delivered again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, tree
from trio_smith import DeadLetterReason


class Thrice(Puppet):
    """Has each message delivered up to three times."""

    max_deliveries = 3


def fails_times(times: int, *, deliveries: list[int] | None = None) -> Do:
    """Return a message over which the actor crashes *times* times."""

    def work(actor: Puppet) -> object:
        if deliveries is not None:
            deliveries.append(actor.context.delivery)
        if actor.context.delivery <= times:
            raise ValueError(f"delivery {actor.context.delivery}")
        actor.seen.append("done")
        return "done"

    return Do(work)


async def test_by_default_it_is_given_up_at_the_first_crash() -> None:
    """A letter with reason crashed, no second try."""
    deliveries: list[int] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        message = fails_times(1, deliveries=deliveries)
        await ref.tell(message)
        await ref.ask(Echo())
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert (letter.message, letter.reason, letter.deliveries) == (message, DeadLetterReason.CRASHED, 1)
        assert letter.recipient == ref.path
    assert deliveries == [1]


async def test_it_is_delivered_again_until_it_succeeds() -> None:
    """Its asker keeps waiting and hears nothing of the crashes."""
    deliveries: list[int] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        assert await ref.ask(fails_times(2, deliveries=deliveries)) == "done"
        assert letters(supervisor) == []
        statistics = ref.statistics()
        assert (statistics.sent, statistics.received) == (1, 1)
    assert deliveries == [1, 2, 3]


async def test_poison_becomes_a_dead_letter_with_its_fingerprint() -> None:
    """Only then its asker hears of it: of the last failure."""
    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        message = fails_times(9)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(message)
        assert str(caught.value.__cause__) == "delivery 3"
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert (letter.message, letter.reason, letter.deliveries) == (message, DeadLetterReason.POISON, 3)
        assert letter.fingerprint is not None
        assert await ref.ask(Echo("next")) == "next"


async def test_the_same_failure_has_the_same_fingerprint_and_another_has_another() -> None:
    """That is how they are counted."""
    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        for message in (fails_times(9), fails_times(9), fails(KeyError())):
            with pytest.raises(smith.ActorCrashed):
                await ref.ask(message)
        one, same, other = (letter.fingerprint for letter in supervisor.system.dead_letters.snapshot())
        assert one == same
        assert str(one) == str(same)
        assert one != other


async def test_the_second_delivery_goes_before_all_other_user_messages() -> None:
    """But behind on_restart, the lifespan and the system lane."""
    order: list[object] = []

    class Actor(Thrice):
        def on_restart(self, failure: smith.Failure) -> None:
            order.append("on_restart")

        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            order.append("lifespan")
            context.after(0, order.append, "system lane")
            await trio.sleep(1)
            yield

    def work(actor: Puppet) -> None:
        order.append(f"delivery {actor.context.delivery}")
        if actor.context.delivery == 1:
            raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Actor, order)
        release = await busy(ref)
        ref.tell_nowait(Do(work))
        ref.tell_nowait(Note("user"))
        release.set()
        await trio.sleep(3)
    assert order == [
        "lifespan",
        "system lane",
        "delivery 1",
        "on_restart",
        "lifespan",
        "system lane",
        "delivery 2",
        "user",
    ]


async def test_messages_to_be_delivered_again_do_not_occupy_the_bound() -> None:
    """Otherwise a full mailbox would have nowhere to put them."""

    class One(Thrice):
        mailbox_capacity = 1

    seen: list[object] = []
    backoff = smith.Backoff(initial=5.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor:
        ref = await supervisor.start(One, seen)
        ref.tell_nowait(fails_times(1))
        await wait_all_tasks_blocked()
        ref.tell_nowait(Note("fits"))
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note())
        assert ref.statistics().depth == 1
        await trio.sleep(6)
    assert seen == ["done", "fits"]


async def test_a_shutdown_is_no_failure_to_deliver() -> None:
    """The message counts as handled."""
    deliveries: list[int] = []

    def work(actor: Puppet) -> None:
        deliveries.append(actor.context.delivery)
        raise smith.Shutdown

    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        await ref.tell(Do(work))
        await ref.ask(Echo())
        assert letters(supervisor) == []
    assert deliveries == [1]


async def test_a_declared_error_is_no_failure_to_deliver() -> None:
    """It is the answer, at whichever delivery."""

    @smith.message(raises=(LookupError,))
    class Ask(Do):
        pass

    def work(actor: Puppet) -> None:
        raise ValueError if actor.context.delivery == 1 else LookupError

    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        with pytest.raises(LookupError):
            await ref.ask(Ask(work))
        assert letters(supervisor) == []


async def test_every_message_counts_its_own_deliveries() -> None:
    """A crash over another does not count."""
    deliveries: list[tuple[str, int]] = []

    def work(name: str, times: int) -> Do:
        def run(actor: Puppet) -> None:
            deliveries.append((name, actor.context.delivery))
            if actor.context.delivery <= times:
                raise ValueError

        return Do(run)

    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        await ref.ask_many([work("a", 2), work("b", 0), work("c", 1)])
        assert await ref.ask(Do(lambda actor: actor.context.delivery)) == 1
    assert deliveries == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("c", 2)]


async def test_several_messages_may_wait_for_their_next_delivery() -> None:
    """That of the handler and those of its laters."""

    async def long(actor: Puppet) -> object:
        if actor.context.delivery == 1:
            await trio.sleep_forever()
        return None

    def by_later(number: int) -> Do:
        def work(actor: Puppet) -> Any:
            actor.seen.append((number, actor.context.delivery))
            return smith.later(long, actor) if actor.context.delivery == 1 else number

        return Do(work)

    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Thrice, seen)
        asked = [await begin(nursery, lambda n=n: ref.ask(by_later(n))) for n in range(3)]
        assert await ref.ask(fails_times(1)) == "done"
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == [0, 1, 2]
        assert letters(supervisor) == []
    assert seen[:3] == [(0, 1), (1, 1), (2, 1)]
    assert sorted(map(str, seen[3:])) == sorted(map(str, ["done", (0, 2), (1, 2), (2, 2)]))


async def test_what_waits_for_its_next_delivery_is_given_up_at_a_final_stop() -> None:
    """Under a backoff, for instance; its asker must hear of it."""
    backoff = smith.Backoff(initial=20.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Thrice, name="actor")
        message = fails_times(1)
        asked = await begin(nursery, lambda: ref.ask(message))
        told = fails_times(1)
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert (letter.message, letter.reason, letter.deliveries) == (message, DeadLetterReason.STOPPED, 1)
        await supervisor.restart_child("actor")
        await ref.tell(told)
        await trio.sleep(60)
        assert await ref.ask(Echo("next")) == "next"


async def test_what_waits_for_its_next_delivery_survives_a_group_restart() -> None:
    """The mailbox is kept there, and so is this queue."""
    seen: list[object] = []
    starts = 0

    class Stumbles(Puppet):
        def __init__(self) -> None:
            nonlocal starts
            starts += 1
            if starts == 2:
                raise OSError
            super().__init__()

    async with tree() as supervisor, trio.open_nursery() as nursery:
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            max_restarts=100,
            children=[smith.child(Stumbles, name="first"), smith.child(Thrice, seen, name="second")],
        )
        ref = supervisor.system.find("desk/second", Thrice)
        asked = await begin(nursery, lambda: ref.ask(fails_times(1)))
        await wait_all_tasks_blocked()
        assert starts == 3
        assert asked.value == "done"


async def test_an_asker_that_gives_up_between_two_deliveries_withdraws_its_message() -> None:
    """The next delivery does not take place; of a batch the others do."""
    deliveries: list[int] = []
    backoff = smith.Backoff(initial=10.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor:
        ref = await supervisor.start(Thrice)
        for ask in (ref.ask(fails_times(1, deliveries=deliveries)), ref.ask_many([fails_times(1)])):
            with trio.move_on_after(1) as scope:
                await ask
            assert scope.cancelled_caught
            assert await ref.ask(Do(lambda actor: actor.context.delivery)) == 1
        assert letters(supervisor) == []
    assert deliveries == [1]


async def test_a_message_in_hand_at_the_final_stop_is_not_delivered_again() -> None:
    """There is no next incarnation to deliver it to."""
    deliveries: list[int] = []

    async def work(actor: Puppet) -> None:
        deliveries.append(actor.context.delivery)
        await trio.sleep(1)
        raise ValueError

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Thrice, name="actor")
        message = Do(work)
        asked = await begin(nursery, lambda: ref.ask(message))
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorCrashed)
        assert [one for one, _ in letters(supervisor)] == [message]
    assert deliveries == [1]


async def test_a_drain_that_ends_too_early_forgets_no_message_that_waits_for_its_next_delivery() -> None:
    """Its asker hears that the actor has stopped."""

    async def hang() -> None:
        await trio.sleep_forever()

    def by_later(actor: Puppet) -> Any:
        return smith.later(hang)

    async def slow(actor: Puppet) -> str:
        if actor.context.delivery == 1:
            raise ValueError
        await trio.sleep(3)
        return "slow"

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Thrice, name="actor", grace=20.0)
        lost = await begin(nursery, lambda: ref.ask(Do(by_later)))
        asked = await begin(nursery, lambda: ref.ask(Do(slow)))
        await trio.sleep(1)
        await supervisor.stop_child("actor", drain=1)
        await wait_all_tasks_blocked()
        assert asked.value == "slow"
        assert isinstance(lost.error, smith.ActorStopped)


async def test_a_told_message_is_delivered_again_as_well() -> None:
    """Nobody waits, but it was to be done."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Thrice, seen)
        await ref.tell(fails_times(2))
        await ref.ask(Echo("behind"))
    assert seen == ["done", "behind"]


async def test_a_message_that_was_withdrawn_between_two_deliveries_is_no_dead_letter_at_the_stop() -> None:
    """Its asker wanted it no more."""
    backoff = smith.Backoff(initial=20.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor:
        ref = await supervisor.start(Thrice, name="actor")
        with trio.move_on_after(1):
            await ref.ask(fails_times(1))
        await supervisor.stop_child("actor")
        assert letters(supervisor) == []
