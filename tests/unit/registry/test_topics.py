"""Topics: who is sent what, in which order, and until when."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, busy, fails, letters, stops, tree
from trio_smith import DeadLetterReason


@smith.message
class Foreign:
    """A message of no puppet's protocol."""


class Subscriber(Puppet):
    """Subscribes in its lifespan."""

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Subscribe."""
        context.subscribe("orders.>", of=Note)
        yield


async def reader(supervisor: smith.Supervisor, name: str) -> tuple[smith.Ref[Any], list[Any]]:
    """Start a puppet; return it, and what it writes down."""
    seen: list[Any] = []
    return await supervisor.start(lambda: Puppet(seen), name=name), seen


async def test_a_message_goes_to_all_whose_patterns_match_its_topic() -> None:
    """And the publisher is told to how many; nobody listening is no mistake."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        seen: dict[str, list[Any]] = {}
        for pattern in ("orders.eu", "orders.*", "orders.>", ">", "orders", "*.us"):
            ref, seen[pattern] = await reader(supervisor, pattern)
            topics.subscribe(ref, pattern)
        assert topics.publish("orders.eu", Note(1)) == smith.Delivery(delivered=4)
        assert topics.publish("orders.us.new", Note(2)) == smith.Delivery(delivered=2)
        assert topics.publish("orders", Note(3)) == smith.Delivery(delivered=2)
        await wait_all_tasks_blocked()
        assert seen == {
            "orders.eu": [1],
            "orders.*": [1],
            "orders.>": [1, 2],
            ">": [1, 2, 3],
            "orders": [3],
            "*.us": [],
        }
        assert supervisor.system.dead_letters.total == 0


async def test_each_subscriber_gets_what_one_publisher_publishes_in_that_order() -> None:
    """Over several topics too."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref, seen = await reader(supervisor, "a")
        topics.subscribe(ref, "orders.>")
        for number in range(300):
            topics.publish(f"orders.{number % 7}", Note(number))
        await wait_all_tasks_blocked()
        assert seen == list(range(300))


async def test_who_subscribed_first_is_served_first() -> None:
    """Whatever the patterns are, and however they are kept: a run can be repeated."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        for pattern in ("orders.eu", "orders.*", ">", "*.eu", "orders.>"):
            topics.subscribe(await supervisor.start(Puppet, name=pattern), pattern)
        topics.publish("orders.eu", Foreign())
        served = [letter.recipient for letter in supervisor.system.dead_letters.snapshot()]
        assert served == ["orders.eu", "orders.*", ">", "*.eu", "orders.>"]


async def test_two_patterns_of_an_actor_that_match_are_two_messages() -> None:
    """Each subscription is served by itself, as in NATS."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref, seen = await reader(supervisor, "a")
        topics.subscribe(ref, "orders.*")
        topics.subscribe(ref, "orders.>")
        assert topics.publish("orders.eu", Note(1)) == smith.Delivery(delivered=2)
        await wait_all_tasks_blocked()
        assert seen == [1, 1]


async def test_subscribing_again_is_harmless_and_other_options_replace() -> None:
    """A new incarnation subscribes in its lifespan, and must not get everything twice."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref, seen = await reader(supervisor, "a")
        first = topics.subscribe(ref, "orders.>")
        assert topics.subscribe(ref, "orders.>") is first
        second = topics.subscribe(ref, "orders.>", overflow=smith.Overflow.DROP_NEWEST)
        assert (first.active, second.active) == (False, True)
        assert topics.subscriptions(ref) == (second,)
        assert topics.publish("orders.eu", Note(1)) == smith.Delivery(delivered=1)
        await wait_all_tasks_blocked()
        assert seen == [1]


async def test_a_subscription_outlives_restarts() -> None:
    """What is published while the actor restarts waits in its mailbox."""
    async with tree(backoff=smith.Backoff(initial=10.0, jitter=0.0)) as supervisor:
        topics = supervisor.system.topics
        seen: list[Any] = []
        ref = await supervisor.start(lambda: Subscriber(seen), name="a")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert ref.lifecycle.value is smith.Lifecycle.RESTARTING
        assert topics.publish("orders.eu", Note("while down")) == smith.Delivery(delivered=1)
        await ref.ask(Echo("up"))
        assert seen == ["while down", "up"]
        assert len(topics.subscriptions(ref)) == 1


@pytest.mark.parametrize("way", ["stop", "itself", "cancel", "unsubscribe", "temporary"])
async def test_nothing_is_sent_to_one_that_has_left(way: str) -> None:
    """However it left; nothing of it is kept."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        kind = smith.Restart.TEMPORARY if way == "temporary" else smith.Restart.PERMANENT
        ref = await supervisor.start(Puppet, name="a", restart=kind)
        subscription = topics.subscribe(ref, "orders.>")
        match way:
            case "stop":
                await supervisor.stop_child("a")
            case "itself":
                await ref.ask(stops())
            case "cancel":
                subscription.cancel()
                subscription.cancel()
            case "unsubscribe":
                topics.unsubscribe(ref, "orders.>")
                topics.unsubscribe(ref, "orders.>")
            case _:
                with pytest.raises(smith.ActorCrashed):
                    await ref.ask(fails(ValueError()))
        assert not subscription.active
        assert topics.publish("orders.eu", Note()) == smith.Delivery()
        assert topics.subscriptions(ref) == ()
        assert topics._by_cell == {}
        assert topics._trie._root.is_empty
        assert DeadLetterReason.UNSUBSCRIBED not in [reason for _, reason in letters(supervisor)]


async def test_one_that_is_stopped_by_a_listener_in_the_midst_is_not_served() -> None:
    """The publisher holds on to nobody."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        full = await supervisor.start(Puppet, name="full")
        victim = await supervisor.start(Puppet, name="victim")
        context: smith.Context = await victim.ask(Do(lambda actor: actor.context))
        topics.subscribe(full, "orders.>")
        topics.subscribe(victim, "orders.>")
        supervisor.system.dead_letters.subscribe(lambda _: context.stop())
        assert topics.publish("orders.eu", Foreign()) == smith.Delivery(dropped=1)


# Types ------------------------------------------------------------------------------------------


async def test_named_messages_are_checked_against_the_protocol_at_once() -> None:
    """Not when the first one comes, months later."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref = await supervisor.start(Puppet, name="a")
        with pytest.raises(smith.OutsideProtocol, match="cannot subscribe a to Foreign"):
            topics.subscribe(ref, "orders.>", of=(Note, Foreign))
        assert topics.subscriptions(ref) == ()


async def test_only_the_named_messages_are_delivered() -> None:
    """The others are not for it: no dead letters."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref, seen = await reader(supervisor, "a")
        topics.subscribe(ref, "orders.>", of=Note)
        assert topics.publish("orders.eu", Echo("no note")) == smith.Delivery()
        assert topics.publish("orders.eu", Foreign()) == smith.Delivery()
        assert topics.publish("orders.eu", Note(1)) == smith.Delivery(delivered=1)
        await wait_all_tasks_blocked()
        assert seen == [1]
        assert supervisor.system.dead_letters.total == 0


async def test_what_a_subscriber_does_not_understand_is_a_dead_letter_of_its_own() -> None:
    """It costs neither the publisher nor the others anything."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref = await supervisor.start(Puppet, name="a")
        subscription = topics.subscribe(ref, "orders.>")
        assert topics.publish("orders.eu", Foreign()) == smith.Delivery(dropped=1)
        assert letters(supervisor) == [(Foreign(), DeadLetterReason.NOT_HANDLED)]
        assert subscription.statistics().dropped == 1


async def test_a_wrong_pattern_topic_or_backlog_is_refused() -> None:
    """Before anything happens."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        ref = await supervisor.start(Puppet, name="a")
        for attempt in (
            lambda: topics.subscribe(ref, "orders.>.eu"),
            lambda: topics.subscribe(ref, ""),
            lambda: topics.publish("orders.*", Note()),
        ):
            with pytest.raises(smith.InvalidTopic):
                attempt()
        with pytest.raises(smith.InvalidTopic):
            await topics.wait_room("orders.*")
        with pytest.raises(ValueError, match="backlog of 0"):
            topics.subscribe(ref, "orders", backlog=0)
        await supervisor.stop_child("a")
        with pytest.raises(smith.ActorStopped):
            topics.subscribe(ref, "orders")


async def test_an_actor_subscribes_itself_and_may_publish_to_itself() -> None:
    """From its own handler: the message waits for its turn, as any other."""
    async with tree() as supervisor:
        ref, seen = await reader(supervisor, "a")

        def work(actor: Puppet) -> smith.Delivery:
            actor.context.subscribe("orders.>")
            return actor.context.system.topics.publish("orders.eu", Note("mine"))

        assert await ref.ask(Do(work)) == smith.Delivery(delivered=1)
        await wait_all_tasks_blocked()
        assert seen == ["mine"]


async def test_a_busy_subscriber_delays_nobody() -> None:
    """Each has a mailbox of its own."""
    async with tree() as supervisor:
        topics = supervisor.system.topics
        slow, _ = await reader(supervisor, "slow")
        quick, seen = await reader(supervisor, "quick")
        topics.subscribe(slow, "orders.>", backlog=5)
        topics.subscribe(quick, "orders.>")
        done = await busy(slow)
        for number in range(1024 + 5 + 7):
            topics.publish("orders.eu", Note(number))
            if number % 64 == 0:
                await wait_all_tasks_blocked()
                assert seen[-1] == number
        await wait_all_tasks_blocked()
        assert seen == list(range(1024 + 5 + 7))
        assert supervisor.system.dead_letters.total == 7
        done.set()
