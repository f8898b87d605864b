"""The bounded record under every actor: bound, lanes, withdrawal, closing."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from trio_smith.mailbox import Mailbox, Offer, Overflow


class Withdrawable(Mailbox):
    """A mailbox of lists; an empty one counts as withdrawn."""

    __slots__ = ("lost",)

    def __init__(self, capacity: int, overflow: Overflow = Overflow.WAIT) -> None:
        super().__init__(capacity, overflow)
        self.lost: list[object] = []

    def is_withdrawn(self, item: object) -> bool:
        """Tell whether it was emptied."""
        return item == []

    def discarded(self, item: object) -> None:
        """Write it down."""
        self.lost.append(item)


def test_a_mailbox_that_was_never_sent_to_holds_no_queue() -> None:
    """Ten thousand idle actors should not hold ten thousand of them."""
    one, other = Mailbox(3, Overflow.WAIT), Mailbox(3, Overflow.WAIT)
    assert one.queue is other.queue
    assert one.limit == 0
    assert one.offer("first") is Offer.TAKEN
    assert one.queue is not other.queue
    assert one.limit == 3


def test_offers_are_answered_by_the_policy() -> None:
    """What happens at the bound, and after the close."""
    for overflow, answer in (
        (Overflow.WAIT, Offer.FULL),
        (Overflow.REFUSE, Offer.FULL),
        (Overflow.DROP_OLDEST, Offer.TAKEN),
        (Overflow.DROP_NEWEST, Offer.DROPPED),
    ):
        box = Withdrawable(1, overflow)
        assert box.offer(["a"]) is Offer.TAKEN
        assert box.offer(["b"]) is answer
        assert box.lost == ([["a"]] if overflow is Overflow.DROP_OLDEST else [])
        box.close()
        assert box.offer(["c"]) is Offer.CLOSED


def test_withdrawn_items_do_not_occupy_the_bound() -> None:
    """The limit of the fast path moves with them."""
    box = Withdrawable(2)
    items = [["a"], ["b"]]
    for item in items:
        box.offer(item)
    assert box.offer(["c"]) is Offer.FULL
    items[0].clear()
    box.withdraw()
    assert box.limit == 3
    assert box.offer(["c"]) is Offer.TAKEN
    numbers = box.statistics()
    assert (numbers.depth, numbers.withdrawn, numbers.peak, numbers.sent) == (2, 1, 2, 3)


def test_withdrawn_items_are_skipped_when_the_oldest_is_dropped() -> None:
    """They are not what is lost."""
    box = Withdrawable(2, Overflow.DROP_OLDEST)
    items = [["a"], ["b"], ["c"]]
    for item in items[:2]:
        box.offer(item)
    items[0].clear()
    box.withdraw()
    box.offer(items[2])
    assert box.offer(["d"]) is Offer.TAKEN
    assert box.lost == [["b"]]
    assert [item for item in box.queue if item] == [["c"], ["d"]]
    assert box.withdrawn == 0


@pytest.mark.parametrize("capacity", [1, 64, 100])
def test_withdrawn_items_are_swept_out_in_time(capacity: int) -> None:
    """A receiver that hangs, and senders that keep giving up: the queue stays small."""
    box = Withdrawable(capacity)
    queue = None
    for _ in range(1000):
        item = ["x"]
        box.offer(item)
        queue = queue if queue is not None else box.queue
        item.clear()
        box.withdraw()
        assert len(box.queue) <= capacity + max(capacity, 64) + 1
    assert box.queue is queue  # in place: the receiver holds on to it
    assert box.statistics().withdrawn == 1000
    assert box.statistics().depth == 0


def test_the_plain_mailbox_knows_no_withdrawn_items() -> None:
    """So a sweep leaves everything."""
    box = Mailbox(3, Overflow.WAIT)
    box.offer(1)
    box.purge()
    assert list(box.queue) == [1]


def test_close_hands_back_what_nobody_will_receive() -> None:
    """Once, oldest first; the queue is emptied also for whoever holds on to it."""
    box = Withdrawable(3)
    for text in "ab":
        box.offer([text])
    queue = box.queue
    assert box.close() == [["a"], ["b"]]
    assert not queue
    assert box.close() == []
    assert box.statistics().dropped == 2
    box.reopen()
    assert box.offer(["c"]) is Offer.TAKEN
    assert box.statistics().depth == 1
    assert box.limit == 3


async def test_senders_that_wait_are_served_or_refused_in_turn() -> None:
    """By the receiver that makes room, or by the close."""
    box = Mailbox(1, Overflow.WAIT)
    outcomes: list[object] = []

    async def send(item: str) -> None:
        try:
            await box.wait_for_room(item)
            outcomes.append(item)
        except trio.BrokenResourceError:
            outcomes.append(f"{item} refused")

    async with trio.open_nursery() as nursery:
        box.offer("first")
        for item in "abc":
            nursery.start_soon(send, item)
            await wait_all_tasks_blocked()
        assert box.limit == 0
        assert box.offer("overtakes") is Offer.FULL
        assert box.queue.popleft() == "first"
        box.admit()
        await wait_all_tasks_blocked()
        assert outcomes == ["a"]
        assert list(box.queue) == ["a"]
        box.close()
    assert sorted(map(str, outcomes)) == ["a", "b refused", "c refused"]


async def test_a_sender_that_is_cancelled_while_it_waits_has_not_sent() -> None:
    """And the limit is what it was."""
    box = Mailbox(1, Overflow.WAIT)
    box.offer("first")
    with trio.CancelScope() as scope:
        scope.cancel()
        await box.wait_for_room("torn")
    assert scope.cancelled_caught
    assert (box.limit, list(box.queue)) == (1, ["first"])
    assert box.statistics().senders_waiting == 0
