"""What happens to a message for which a subscriber has no room: its own policy, and nobody else's concern."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Note, Puppet, begin, busy, fails, letters, small, tree
from trio_smith import DeadLetterReason, Overflow


class Full:
    """A subscriber with a mailbox for two, which is full, and a policy."""

    def __init__(self, supervisor: smith.Supervisor, overflow: Overflow, backlog: int) -> None:
        self.supervisor, self.topics = supervisor, supervisor.system.topics
        self.overflow, self.backlog = overflow, backlog
        self.seen: list[Any] = []

    async def open(self) -> Full:
        """Start it, keep it busy, and fill its mailbox with 1 and 2."""
        kind = small(2)
        self.ref = await self.supervisor.start(lambda: kind(self.seen), name="slow")
        self.subscription = self.topics.subscribe(
            self.ref, "orders.>", overflow=self.overflow, backlog=self.backlog
        )
        self.done = await busy(self.ref)
        self.publish(1, 2)
        return self

    def publish(self, *numbers: int) -> list[smith.Delivery]:
        """Publish some."""
        return [self.topics.publish("orders.eu", Note(number)) for number in numbers]

    async def work_off(self) -> list[Any]:
        """Let it go on; return all that it has seen in the end."""
        self.done.set()
        await wait_all_tasks_blocked()
        return self.seen

    @property
    def lost(self) -> list[tuple[object, DeadLetterReason]]:
        """The dead letters."""
        return [(note.text, why) for note, why in letters(self.supervisor) if isinstance(note, Note)]

    def numbers(self) -> tuple[int, int, int]:
        """How many were delivered, wait, and were dropped."""
        now = self.subscription.statistics()
        return now.delivered, now.waiting, now.dropped


DELIVERED, WAITING, DROPPED = (
    smith.Delivery(delivered=1),
    smith.Delivery(waiting=1),
    smith.Delivery(dropped=1),
)


async def test_wait_holds_messages_in_order_up_to_the_backlog() -> None:
    """The publisher goes on; what finds no room in the backlog either is a dead letter."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.WAIT, 2).open()
        assert full.publish(3, 4, 5) == [WAITING, WAITING, DROPPED]
        assert full.numbers() == (2, 2, 1)
        assert full.lost == [(5, DeadLetterReason.OVERFLOW)]
        assert await full.work_off() == [1, 2, 3, 4]
        assert full.publish(6) == [DELIVERED]
        assert full.numbers() == (5, 0, 1)


async def test_drop_oldest_keeps_the_latest() -> None:
    """Of those that wait: what is in the mailbox is delivered, and stays."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.DROP_OLDEST, 2).open()
        assert full.publish(3, 4, 5, 6) == [WAITING] * 4
        assert full.lost == [(3, DeadLetterReason.OVERFLOW), (4, DeadLetterReason.OVERFLOW)]
        assert full.numbers() == (2, 2, 2)
        assert await full.work_off() == [1, 2, 5, 6]


async def test_drop_newest_keeps_nothing_beside_the_mailbox() -> None:
    """What comes too late is gone, and is counted."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.DROP_NEWEST, 2).open()
        assert full.publish(3, 4) == [DROPPED, DROPPED]
        assert full.numbers() == (2, 0, 2)
        assert await full.work_off() == [1, 2]
        assert full.publish(5) == [DELIVERED]


async def test_refuse_ends_the_subscription_and_tells_all_concerned() -> None:
    """The actor by its hook, before the messages that wait; observers by an event; the first lost is kept."""
    told: list[object] = []

    class Lagging(small(2)):  # type: ignore[misc]
        def on_lagged(self, lagged: smith.Lagged) -> None:
            told.append(lagged)
            self.seen.append("lagged")

    async with tree() as supervisor:
        full = Full(supervisor, Overflow.REFUSE, 1)
        seen: list[smith.SubscriberLagged] = []
        supervisor.system.events.subscribe(seen.append, of=smith.SubscriberLagged)
        full.ref = await supervisor.start(lambda: Lagging(full.seen), name="slow")
        full.subscription = full.topics.subscribe(full.ref, "orders.>", overflow=Overflow.REFUSE)
        full.done = await busy(full.ref)
        assert full.publish(1, 2, 3, 4) == [DELIVERED, DELIVERED, DROPPED, smith.Delivery()]
        assert not full.subscription.active
        assert full.lost == [(3, DeadLetterReason.OVERFLOW)]
        assert [(event.path, event.pattern) for event in seen] == [(("slow",), "orders.>")]
        assert await full.work_off() == ["lagged", 1, 2]
        assert told == [smith.Lagged(pattern="orders.>", delivered=2)]


async def test_one_that_lags_while_it_is_down_is_not_told_and_the_observers_are() -> None:
    """There is no incarnation to tell; the next one subscribes in its lifespan anyway."""
    async with tree(backoff=smith.Backoff(initial=10.0, jitter=0.0)) as supervisor:
        topics, lagged = supervisor.system.topics, list[smith.SubscriberLagged]()
        supervisor.system.events.subscribe(lagged.append, of=smith.SubscriberLagged)
        ref = await supervisor.start(small(1), name="a")
        subscription = topics.subscribe(ref, "orders", overflow=Overflow.REFUSE)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert topics.publish("orders", Note(1)) == DELIVERED
        assert topics.publish("orders", Note(2)) == DROPPED
        assert (subscription.active, len(lagged)) == (False, 1)


async def test_a_policy_of_the_mailbox_itself_comes_first() -> None:
    """A mailbox that drops always has room: there is nothing to decide for the subscription."""
    for overflow, kept in ((Overflow.DROP_OLDEST, [2, 3]), (Overflow.DROP_NEWEST, [1, 2])):
        async with tree() as supervisor:
            seen: list[Any] = []
            kind = small(2, overflow)
            ref = await supervisor.start(lambda kind=kind, seen=seen: kind(seen), name="a")  # type: ignore[misc]
            supervisor.system.topics.subscribe(ref, "orders", overflow=Overflow.REFUSE)
            done = await busy(ref)
            for number in (1, 2, 3):
                supervisor.system.topics.publish("orders", Note(number))
            done.set()
            await wait_all_tasks_blocked()
            assert seen == kept


async def test_nobody_overtakes_what_waits_and_nobody_is_starved_by_it() -> None:
    """A sender that waits for room and a backlog take turns, each in its own order."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        full = await Full(supervisor, Overflow.WAIT, 10).open()
        full.publish(3, 4, 5)

        async def tells() -> None:
            for text in "ab":
                await full.ref.tell(Note(text))

        await begin(nursery, tells)
        full.publish(6)
        seen = await full.work_off()
        assert [one for one in seen if isinstance(one, int)] == [1, 2, 3, 4, 5, 6]
        assert [one for one in seen if isinstance(one, str)] == ["a", "b"]
        assert seen.index("a") < seen.index(5)


async def test_what_waits_goes_when_its_subscriber_leaves() -> None:
    """What is in the mailbox stays there; what waited for room is a dead letter."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.WAIT, 5).open()
        full.publish(3, 4)
        full.subscription.cancel()
        assert full.lost == [(3, DeadLetterReason.UNSUBSCRIBED), (4, DeadLetterReason.UNSUBSCRIBED)]
        assert full.numbers() == (2, 0, 2)
        assert full.ref.statistics().senders_waiting == 0
        assert await full.work_off() == [1, 2]


async def test_one_that_is_stopped_while_its_subscription_is_replaced_gets_no_other() -> None:
    """One who hears of what waited may stop it: the entry would outlive its owner."""
    async with tree() as supervisor:
        context: list[smith.Context] = []
        full = await Full(supervisor, Overflow.WAIT, 5).open()
        full.publish(3)
        context.append(smith.Context(full.ref._cell, full.ref._cell.actor))  # type: ignore[arg-type]
        supervisor.system.dead_letters.subscribe(lambda _: context.pop().stop() if context else None)
        with pytest.raises(smith.ActorStopped):
            full.topics.subscribe(full.ref, "orders.>", backlog=7)
        assert full.topics.all_subscriptions() == ()


async def test_what_waits_is_dead_when_its_subscriber_stops() -> None:
    """As all that waits at a stop, in the order in which it was published."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.WAIT, 5).open()
        full.publish(3, 4)
        await supervisor.stop_child("slow")
        assert full.lost == [(number, DeadLetterReason.STOPPED) for number in (1, 2, 3, 4)]
        assert full.numbers() == (2, 0, 2)


async def test_what_waits_is_handled_when_its_subscriber_drains() -> None:
    """It was accepted before the stop; what is published afterwards finds nobody."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        full = await Full(supervisor, Overflow.WAIT, 5).open()
        full.publish(3, 4)
        nursery.start_soon(lambda: supervisor.stop_child("slow", drain=5.0))
        await wait_all_tasks_blocked()
        assert full.publish(5) == [smith.Delivery()]
        assert await full.work_off() == [1, 2, 3, 4]
        assert full.lost == []


async def test_what_waits_outlives_a_crash() -> None:
    """As all that waits for a mailbox: the next incarnation gets it."""
    async with tree() as supervisor:
        full = await Full(supervisor, Overflow.WAIT, 5).open()
        full.publish(3, 4)
        full.ref._cell.fail_beside(ValueError())
        assert await full.work_off() == [1, 2, 3, 4]


# Keeping pace -----------------------------------------------------------------------------------


async def test_a_publisher_that_waits_for_room_loses_nothing() -> None:
    """However small the rooms; several publishers do not take each other's."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        seen: list[Any] = []
        kind = small(1)
        ref = await supervisor.start(lambda: kind(seen), name="slow")
        topics.subscribe(ref, "orders.>", backlog=1)

        async def publish(name: str) -> None:
            for number in range(20):
                await topics.wait_room("orders.eu")
                topics.publish("orders.eu", Note((name, number)))

        async with trio.open_nursery() as nursery:
            for name in "abc":
                nursery.start_soon(publish, name)
        await wait_all_tasks_blocked()
        assert supervisor.system.dead_letters.total == 0
        for name in "abc":
            assert [number for who, number in seen if who == name] == list(range(20))


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST, Overflow.REFUSE])
async def test_a_publisher_waits_for_no_other_policy(overflow: Overflow) -> None:
    """Those have said what is to happen."""
    async with tree() as supervisor:
        full = await Full(supervisor, overflow, 1).open()
        full.publish(3, 4, 5)
        with trio.fail_after(1), trio.testing.assert_checkpoints():
            await full.topics.wait_room("orders.eu")


async def test_waiting_for_room_ends_with_the_subscription() -> None:
    """However that ends; and a cancelled wait has changed nothing."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        full = await Full(supervisor, Overflow.WAIT, 1).open()
        full.publish(3)
        waits = await begin(nursery, lambda: full.topics.wait_room("orders.eu"))
        cancelled = await begin(nursery, lambda: full.topics.wait_room("orders.eu"))
        cancelled.scope.cancel()
        await wait_all_tasks_blocked()
        assert (waits.done, cancelled.cancelled) == (False, True)
        await supervisor.stop_child("slow")
        await wait_all_tasks_blocked()
        assert waits.done


@given(
    st.sampled_from([Overflow.WAIT, Overflow.DROP_OLDEST, Overflow.DROP_NEWEST]),
    st.integers(1, 3),
    st.lists(st.integers(1, 6), max_size=8),
)
def test_every_message_is_seen_once_or_dead_once_and_in_order(
    overflow: Overflow, backlog: int, bursts: list[int]
) -> None:
    """Bursts of any size against a slow subscriber; its neighbour sees all of them."""

    async def main() -> None:
        async with tree() as supervisor:
            topics = supervisor.system.topics
            seen: list[Any] = []
            all_seen: list[Any] = []
            kind = small(2)
            slow = await supervisor.start(lambda: kind(seen), name="slow")
            quick = await supervisor.start(lambda: Puppet(all_seen), name="quick")
            subscription = topics.subscribe(slow, "orders.>", overflow=overflow, backlog=backlog)
            topics.subscribe(quick, "orders.>")
            count = 0
            for burst in bursts:
                done = await busy(slow)
                for _ in range(burst):
                    topics.publish("orders.eu", Note(count))
                    count += 1
                done.set()
                await wait_all_tasks_blocked()
            lost = [letter.message.text for letter in supervisor.system.dead_letters.snapshot()]  # type: ignore[attr-defined]
            assert all_seen == list(range(count))
            assert sorted([*seen, *lost]) == list(range(count))
            assert seen == sorted(seen)
            now = subscription.statistics()
            assert (now.delivered, now.waiting, now.dropped) == (len(seen), 0, len(lost))

    trio.run(main, clock=MockClock(autojump_threshold=0))
