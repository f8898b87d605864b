"""Publish to all who want to hear of it, each at its own pace."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar, overload

from trio.lowlevel import checkpoint, enable_ki_protection

from ..actor import Cell, Ref
from ..mailbox import Overflow
from ._delivery import Delivery
from ._errors import OutsideProtocol
from ._owner import cell_of, open_cell, tie
from ._topic import words_of_pattern, words_of_topic
from ._topic_subscription import DELIVERED, DROPPED, WAITING, TopicSubscription
from ._topic_trie import TopicTrie

M = TypeVar("M")


class Topics:
    """The topics of one system; ``system.topics`` and ``context.subscribe``.

    A topic is words joined by dots, "orders.eu.new"; nobody declares it. In a pattern "*" stands for one
    word, and ">" as the last word for one or more: the grammar of NATS. A subscription belongs to the actor
    and not to one incarnation; it is gone in the step in which the mailbox closes.

    A message that finds room is in the mailbox of every subscriber when `publish` returns, in the order of
    publishing. A subscriber without room costs only itself: what becomes of the message is its own policy.
    """

    __slots__ = ("_by_cell", "_number", "_trie")

    def __init__(self) -> None:
        self._trie: TopicTrie[TopicSubscription] = TopicTrie()
        self._by_cell: dict[Cell, dict[str, TopicSubscription]] = {}
        self._number = itertools.count()

    @overload
    def subscribe(
        self,
        ref: Ref[M],
        pattern: str,
        /,
        *,
        of: type[M],
        overflow: Overflow = Overflow.WAIT,
        backlog: int = 1024,
    ) -> TopicSubscription: ...
    @overload
    def subscribe(
        self,
        ref: Ref[Any],
        pattern: str,
        /,
        *,
        of: tuple[type[Any], ...] = (),
        overflow: Overflow = Overflow.WAIT,
        backlog: int = 1024,
    ) -> TopicSubscription: ...
    @enable_ki_protection
    def subscribe(
        self,
        ref: Ref[Any],
        pattern: str,
        /,
        *,
        of: type[Any] | tuple[type[Any], ...] = (),
        overflow: Overflow = Overflow.WAIT,
        backlog: int = 1024,
    ) -> TopicSubscription:
        """Have the actor of *ref* sent what is published to topics that *pattern* matches, from now on.

        With *of*, a class or a tuple of them, only messages of these. That they belong to the protocol of the
        actor is checked here, and for a single class by type checkers too. Without it, a published message
        outside of the protocol is a dead letter, ``not_handled``.

        *overflow* says what happens to a message when the mailbox has no room for it. Each message that is
        given up is counted, and a dead letter with reason ``overflow``.

        * ``WAIT``: it waits behind at most *backlog* others, and enters in order; without room there too it
          is given up. A publisher who wants none given up asks `wait_room` first.
        * ``DROP_OLDEST``: it waits; of those that wait the oldest is given up when *backlog* do already.
        * ``DROP_NEWEST``: it is given up.
        * ``REFUSE``: it is given up, and the subscription ends: its actor is told by ``on_lagged``, observers
          by `SubscriberLagged`.

        A mailbox that drops by its own policy always has room: then that policy decides, and not this one.

        An actor has one subscription to a pattern; subscribing again with the same options returns it, with
        others it is replaced. One that two patterns of an actor match is sent twice.

        Raises:
            InvalidTopic: *pattern* is none.
            OutsideProtocol: A class of *of* is outside of the protocol.
            ActorStopped: The actor takes no more messages.
            ValueError: *backlog* is less than 1.
        """
        words = words_of_pattern(pattern)
        if backlog < 1:
            raise ValueError(f"a backlog of {backlog!r} cannot be: give 1 or more, or a policy without one")
        cell = open_cell(ref)
        messages: tuple[type, ...] = of if isinstance(of, tuple) else (of,)
        for kind in messages:
            if not cell.understands(kind):
                raise OutsideProtocol(actor=cell.path_text, message=kind)
        known = self._by_cell.get(cell, {}).get(pattern)
        if known is not None:
            if (known.messages, known.overflow, known.backlog) == (messages, overflow, backlog):
                return known
            known.cancel()
            open_cell(ref)  # one who hears of a dead letter may have stopped it
        subscription = TopicSubscription(
            cell,
            pattern,
            messages=messages,
            overflow=overflow,
            backlog=backlog,
            number=next(self._number),
            drop=self._drop,
        )
        self._by_cell.setdefault(cell, {})[pattern] = subscription
        self._trie.add(words, subscription)
        tie(cell, self)
        return subscription

    @enable_ki_protection
    def unsubscribe(self, ref: Ref[Any], pattern: str, /) -> None:
        """Cancel the actor's subscription to *pattern*; harmless if there is none."""
        subscription = self._by_cell.get(cell_of(ref), {}).get(pattern)
        if subscription is not None:
            subscription.cancel()

    @enable_ki_protection
    def publish(self, topic: str, message: object, /) -> Delivery:
        """Send *message* to all who have subscribed to *topic*, and return to how many.

        Never waits. Every subscriber gets what one publisher publishes in that order. What an observer or one
        who hears of dead letters publishes in the midst of this may overtake it.

        Raises:
            InvalidTopic: *topic* is none; a pattern is none.
        """
        found = self._trie.match(words_of_topic(topic))
        if len(found) > 1:
            found.sort(key=_number_of)  # who came first is served first
        delivered = waiting = dropped = 0
        for subscription in found:
            if not subscription.active:
                continue  # one that was served before has had it ended
            fate = subscription.offer(message)
            if fate is DELIVERED:
                delivered += 1
            elif fate is WAITING:
                waiting += 1
            elif fate is DROPPED:
                dropped += 1
        return Delivery(delivered=delivered, waiting=waiting, dropped=dropped)

    @enable_ki_protection
    async def wait_room(self, topic: str, /) -> None:
        """Wait until no subscription to *topic* with policy ``WAIT`` would give up a message published now.

        It holds up to the next checkpoint: ``await topics.wait_room(topic)`` and then ``topics.publish(topic,
        message)`` makes a publisher as slow as the slowest of these subscribers, and loses them nothing.

        Cancellation: a checkpoint; nothing happens to the topic.
        """
        words = words_of_topic(topic)
        await checkpoint()
        while (full := next((one for one in self._trie.match(words) if one.is_full), None)) is not None:
            await full.wait_room()

    def subscriptions(self, ref: Ref[Any], /) -> tuple[TopicSubscription, ...]:
        """Return the subscriptions of one actor, in the order in which they were made."""
        return tuple(self._by_cell.get(cell_of(ref), {}).values())

    def all_subscriptions(self) -> tuple[TopicSubscription, ...]:
        """Return the subscriptions of all actors, each actor's in the order in which they were made."""
        return tuple(one for of_cell in self._by_cell.values() for one in of_cell.values())

    # For the system ----------------------------------------------------------------------

    def forget(self, owner: Cell, /) -> None:
        """End the subscriptions of an actor whose mailbox closes; what waits for room is its concern."""
        for subscription in self._by_cell.pop(owner, {}).values():
            self._trie.remove(words_of_pattern(subscription.pattern), subscription)
            subscription.leave()

    def _drop(self, subscription: TopicSubscription) -> None:
        of_cell = self._by_cell[subscription.cell]
        del of_cell[subscription.pattern]
        if not of_cell:
            del self._by_cell[subscription.cell]
        self._trie.remove(words_of_pattern(subscription.pattern), subscription)


def _number_of(subscription: TopicSubscription) -> int:
    return subscription.number
