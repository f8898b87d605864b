"""A mailbox and a list do the same, whatever is done to them in whatever order."""

from __future__ import annotations

from collections import deque
from typing import Any

import outcome
import pytest
import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

import trio_smith as smith
from trio_smith.mailbox import Mailbox, Offer, Overflow


class Item:
    """One message; its sender may take it back."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.withdrawn = False
        self.state = "new"

    def __repr__(self) -> str:
        return f"{self.number}{'-' if self.withdrawn else ''}"

    # As a sender that waits for room with this item.

    def admit(self) -> Item:
        """Enter."""
        self.state = "entered"
        return self

    def refuse(self) -> None:
        """Hear that there will never be room."""
        self.state = "refused"


class Box(Mailbox):
    """The mailbox of items."""

    __slots__ = ("lost", "woken")

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        super().__init__(capacity, overflow)
        self.lost: list[Item] = []
        self.woken = 0

    def is_withdrawn(self, item: Any) -> bool:
        """Ask it."""
        return bool(item.withdrawn)

    def discarded(self, item: Any) -> None:
        """Write it down."""
        self.lost.append(item)


class MailboxMachine(RuleBasedStateMachine):
    """The mailbox beside its model: a list of live items, a list of waiting senders, and four counts."""

    sent = Bundle("sent")

    @initialize(capacity=st.integers(1, 5), overflow=st.sampled_from(Overflow))
    def make(self, capacity: int, overflow: Overflow) -> None:
        """Begin with an empty one."""
        self.box = Box(capacity, overflow)
        self.capacity, self.overflow = capacity, overflow
        self.live: list[Item] = []
        self.waiting: list[Item] = []
        self.lost: list[Item] = []
        self.closed = False
        self.count = {"sent": 0, "received": 0, "dropped": 0, "withdrawn": 0}
        self.peak = self.numbers = 0

    def _enter(self, item: Item) -> None:
        item.state = "entered"
        self.live.append(item)
        self.count["sent"] += 1
        self.peak = max(self.peak, len(self.live))

    def _admit(self) -> None:
        while self.waiting and len(self.live) < self.capacity:
            self._enter(self.waiting.pop(0))

    @rule(target=sent, fast=st.booleans())
    def send(self, fast: bool) -> Item:  # noqa: FBT001 - drawn
        """Send, by the fast path where it is open."""
        self.numbers += 1
        item = Item(self.numbers)
        room = len(self.live) < self.capacity and not self.waiting and not self.closed
        if fast and len(self.box.queue) < self.box.limit:
            assert room, "the fast path was open without room"
            self.box.queue.append(item)
            self._enter(item)
            return item
        answer = self.box.offer(item)
        if self.closed:
            assert answer is Offer.CLOSED
        elif room:
            assert answer is Offer.TAKEN
            self._enter(item)
        elif self.overflow is Overflow.DROP_OLDEST:
            assert answer is Offer.TAKEN
            oldest = self.live.pop(0)
            oldest.state = "dropped"
            self.lost.append(oldest)
            self.count["dropped"] += 1
            self._enter(item)
        elif self.overflow is Overflow.DROP_NEWEST:
            assert answer is Offer.DROPPED
            self.count["sent"] += 1
            self.count["dropped"] += 1
        else:
            assert answer is Offer.FULL
            if self.overflow is Overflow.WAIT:
                item.state = "waiting"
                self.box.enlist(item)
                self.waiting.append(item)
        return item

    @rule(item=sent)
    def take_back(self, item: Item) -> None:
        """Withdraw an item that has entered, or stop waiting for room."""
        if item in self.waiting:
            self.waiting.remove(item)
            item.state = "left"
            self.box.delist(item)
        elif item in self.live:
            self.live.remove(item)
            item.withdrawn, item.state = True, "withdrawn"
            self.count["withdrawn"] += 1
            self.box.withdraw()
            self._admit()

    @precondition(lambda self: hasattr(self, "box"))
    @rule(eager=st.booleans())
    def receive(self, eager: bool) -> None:  # noqa: FBT001 - drawn
        """Take the next item, as an actor does: skip the withdrawn, admit senders early or late."""
        box, got = self.box, None
        while got is None and box.queue:
            box.note_peak()
            item = box.queue.popleft()
            if item.withdrawn:
                box.withdrawn -= 1
                box.relimit()
            else:
                got = item
                box.received += 1
        if got is None:
            assert not self.live
            return
        assert got is self.live.pop(0)
        got.state = "received"
        self.count["received"] += 1
        if box.senders and (eager or not self.live):
            box.admit()
            self._admit()

    @rule()
    def purge(self) -> None:
        """Sweep: nothing that counts may change."""
        self.box.purge()
        self.box.relimit()

    @rule()
    def close(self) -> None:
        """Close; closing again gives nothing."""
        left = self.live
        assert [item for item in self.box.close() if not item.withdrawn] == left
        self.closed = True
        self.count["dropped"] += len(left)
        for item in left:
            item.state = "dropped"
        for item in self.waiting:
            assert item.state == "refused"
        self.live, self.waiting = [], []

    @precondition(lambda self: getattr(self, "closed", False))
    @rule()
    def reopen(self) -> None:
        """Take messages again."""
        self.closed = False
        self.box.reopen()

    @invariant()
    def agrees(self) -> None:
        """After every step: order, bound, numbers, and a limit that lies about nothing."""
        if not hasattr(self, "box"):
            return
        box = self.box
        assert [item for item in box.queue if not item.withdrawn] == self.live
        assert list(box.senders or ()) == self.waiting
        assert box.lost == self.lost
        assert box.withdrawn == sum(item.withdrawn for item in box.queue)
        assert len(box.queue) <= self.capacity + max(self.capacity, 64) + 1
        if len(box.queue) < box.limit:
            assert not self.closed
            assert not self.waiting
            assert len(self.live) < self.capacity
        numbers = box.statistics()
        assert {name: getattr(numbers, name) for name in self.count} == self.count
        assert (numbers.depth, numbers.peak, numbers.capacity) == (len(self.live), self.peak, self.capacity)
        assert numbers.senders_waiting == len(self.waiting)
        assert numbers.depth <= numbers.capacity
        assert numbers.sent == numbers.received + numbers.dropped + numbers.withdrawn + numbers.depth


TestMailboxMachine = MailboxMachine.TestCase
TestMailboxMachine.settings = settings(max_examples=200, stateful_step_count=50)


class ChannelMachine(RuleBasedStateMachine):
    """The pair of channels beside Trio's own: the same calls, the same outcomes."""

    @initialize(capacity=st.integers(0, 3))
    def make(self, capacity: int) -> None:
        """One pair of each kind."""
        ours: Any = smith.open_mailbox(capacity)
        theirs: Any = trio.open_memory_channel(capacity)
        self.pairs = (ours, theirs)
        self.senders = [(ours[0], theirs[0])]
        self.receivers = [(ours[1], theirs[1])]
        self.number = 0

    def _both(self, which: tuple[Any, Any], name: str, *args: object) -> None:
        one, other = (outcome.capture(getattr(end, name), *args) for end in which)
        if isinstance(one, outcome.Error):
            assert isinstance(other, outcome.Error), (name, one, other)
            assert isinstance(one.error, type(other.error)), (name, one, other)
        elif name != "clone":
            assert one == other, (name, one, other)
        else:
            assert isinstance(other, outcome.Value)

    @rule(which=st.integers(0, 3))
    def send(self, which: int) -> None:
        """By any of the sending ends."""
        self.number += 1
        self._both(self.senders[which % len(self.senders)], "send_nowait", self.number)

    @rule(which=st.integers(0, 3))
    def receive(self, which: int) -> None:
        """By any of the receiving ends."""
        self._both(self.receivers[which % len(self.receivers)], "receive_nowait")

    @rule(which=st.integers(0, 3), receiving=st.booleans())
    def clone(self, which: int, receiving: bool) -> None:  # noqa: FBT001 - drawn
        """An end, of a few."""
        ends = self.receivers if receiving else self.senders
        chosen = ends[which % len(ends)]
        self._both(chosen, "clone")
        if len(ends) < 4 and not isinstance(outcome.capture(chosen[1].clone), outcome.Error):
            ends.append((chosen[0].clone(), chosen[1].clone()))

    @rule(which=st.integers(0, 3), receiving=st.booleans())
    def close(self, which: int, receiving: bool) -> None:  # noqa: FBT001 - drawn
        """An end, perhaps again."""
        ends = self.receivers if receiving else self.senders
        self._both(ends[which % len(ends)], "close")

    @invariant()
    def agrees(self) -> None:
        """Also in what they say of themselves."""
        if not hasattr(self, "pairs"):
            return
        ours, theirs = (pair[0].statistics() for pair in self.pairs)
        assert ours.depth == theirs.current_buffer_used
        assert ours.peak == theirs.peak_buffer_used
        assert ours.capacity == theirs.max_buffer_size


TestChannelMachine = ChannelMachine.TestCase
TestChannelMachine.settings = settings(max_examples=200, stateful_step_count=50)


def test_the_model_would_notice_a_mailbox_that_forgets() -> None:
    """A model that accepts everything proves nothing: here it meets a broken mailbox."""

    class Forgets(Box):
        __slots__ = ()

        def withdraw(self) -> None:
            self.withdrawals += 1

    machine = MailboxMachine()
    machine.make(2, Overflow.WAIT)
    machine.box = Forgets(2, Overflow.WAIT)
    item = machine.send(fast=False)
    machine.agrees()
    machine.take_back(item)
    with pytest.raises(AssertionError):
        machine.agrees()


def test_queues_are_plain_deques() -> None:
    """The fast path of the senders relies on it."""
    box = Box(1, Overflow.WAIT)
    box.offer(Item(1))
    assert type(box.queue) is deque
