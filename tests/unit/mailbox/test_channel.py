"""A mailbox as a pair of channels: what it has beside the contract of Trio's memory channels."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from trio_smith import Lane, Overflow
from trio_smith.testing import check_channel


@pytest.mark.parametrize("make", [smith.open_mailbox, trio.open_memory_channel], ids=["ours", "trio's"])
async def test_the_pair_keeps_the_contract_of_a_memory_channel(make: Any, autojump_clock: MockClock) -> None:
    """One suite for both, so that ours can stand wherever theirs stood."""
    assert len(await check_channel(make, capacities=(0, 1, 2, 3, 17))) > 30


async def test_the_system_lane_is_received_first() -> None:
    """In its own order, before all that waits in the user lane."""
    send, receive = smith.open_mailbox[str](4)
    for text in ("user 1", "user 2"):
        send.send_nowait(text)
    for text in ("system 1", "system 2"):
        send.send_nowait(text, lane=Lane.SYSTEM)
    assert [await receive.receive() for _ in range(4)] == ["system 1", "system 2", "user 1", "user 2"]


async def test_a_waiting_receiver_gets_a_system_item_at_once() -> None:
    """It is no message, so it is not counted as one."""
    send, receive = smith.open_mailbox[str](4)
    got: list[str] = []

    async def take() -> None:
        got.append(await receive.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        send.send_nowait("system", lane=Lane.SYSTEM)
    assert got == ["system"]
    numbers = send.statistics()
    assert (numbers.sent, numbers.received, numbers.system_depth) == (0, 0, 0)


@pytest.mark.parametrize(("capacity", "room"), [(0, 1), (1, 1), (5, 5)])
async def test_the_system_lane_is_bounded_too(capacity: int, room: int) -> None:
    """At most max(1, capacity) items; it never waits."""
    send, _receive = smith.open_mailbox[int](capacity)
    for number in range(room):
        send.send_nowait(number, lane=Lane.SYSTEM)
    with pytest.raises(trio.WouldBlock):
        send.send_nowait(room, lane=Lane.SYSTEM)
    assert send.statistics().system_depth == room


async def test_the_system_lane_overtakes_senders_that_wait() -> None:
    """They wait for room in the other lane."""
    send, receive = smith.open_mailbox[str](1)
    async with trio.open_nursery() as nursery:
        send.send_nowait("first")
        nursery.start_soon(send.send, "waits")
        await wait_all_tasks_blocked()
        send.send_nowait("system", lane=Lane.SYSTEM)
        assert [await receive.receive() for _ in range(3)] == ["system", "first", "waits"]


async def test_the_policy_to_refuse_raises_would_block_also_in_send() -> None:
    """And the end is usable afterwards."""
    send, receive = smith.open_mailbox[int](1, overflow=Overflow.REFUSE)
    with assert_checkpoints():
        await send.send(1)
    with pytest.raises(trio.WouldBlock):
        await send.send(2)
    with pytest.raises(trio.WouldBlock):
        send.send_nowait(2)
    assert await receive.receive() == 1
    await send.send(3)
    assert send.statistics().sent == 2


async def test_the_policy_to_refuse_may_have_no_room_at_all() -> None:
    """Then only a receiver that waits gets anything."""
    send, receive = smith.open_mailbox[int](0, overflow=Overflow.REFUSE)
    with pytest.raises(trio.WouldBlock):
        send.send_nowait(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive.receive)
        await wait_all_tasks_blocked()
        send.send_nowait(2)


async def test_the_policy_to_drop_the_oldest() -> None:
    """The newest are received; the numbers tell of the others."""
    send, receive = smith.open_mailbox[int](2, overflow=Overflow.DROP_OLDEST)
    for number in range(4):
        send.send_nowait(number)
    with assert_checkpoints():
        await send.send(4)
    assert [receive.receive_nowait(), receive.receive_nowait()] == [3, 4]
    numbers = receive.statistics()
    assert (numbers.sent, numbers.dropped, numbers.received, numbers.peak) == (5, 3, 2, 2)


async def test_the_policy_to_drop_the_newest() -> None:
    """The sender is not told; the numbers are."""
    send, receive = smith.open_mailbox[int](2, overflow=Overflow.DROP_NEWEST)
    for number in range(4):
        send.send_nowait(number)
    with assert_checkpoints():
        await send.send(4)
    assert [receive.receive_nowait(), receive.receive_nowait()] == [0, 1]
    assert receive.statistics().dropped == 3


@pytest.mark.parametrize(
    ("capacity", "overflow"),
    [
        (-1, Overflow.WAIT),
        (-1, Overflow.REFUSE),
        (0, Overflow.DROP_OLDEST),
        (0, Overflow.DROP_NEWEST),
        (1.5, Overflow.WAIT),
        (float("inf"), Overflow.WAIT),
        (True, Overflow.WAIT),
        ("3", Overflow.WAIT),
        (None, Overflow.WAIT),
        (3, "wait"),
        (3, None),
    ],
)
def test_a_bound_that_cannot_be_is_refused(capacity: Any, overflow: Any) -> None:
    """There is no unbounded mailbox, and none that drops what it cannot hold."""
    with pytest.raises(smith.BadCapacity) as caught:
        smith.open_mailbox(capacity, overflow=overflow)
    assert isinstance(caught.value, ValueError)
    assert (caught.value.capacity, caught.value.overflow) == (capacity, overflow)


async def test_what_is_left_when_the_last_receiver_closes_is_dropped() -> None:
    """In both lanes; nothing keeps it alive."""
    send, receive = smith.open_mailbox[Any](3)
    other = receive.clone()
    send.send_nowait(1)
    send.send_nowait(2, lane=Lane.SYSTEM)
    receive.close()
    assert send.statistics().depth == 1
    other.close()
    numbers = send.statistics()
    assert (numbers.depth, numbers.dropped, numbers.system_depth) == (0, 1, 0)
    assert (numbers.open_senders, numbers.open_receivers) == (1, 0)


async def test_the_numbers_tell_of_ends_and_of_who_waits() -> None:
    """As those of a memory channel do; each end shows the same."""
    send, receive = smith.open_mailbox[int](0)
    second = send.clone()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive.receive)
        nursery.start_soon(receive.clone().receive)
        await wait_all_tasks_blocked()
        numbers = send.statistics()
        assert (numbers.open_senders, numbers.open_receivers, numbers.receivers_waiting) == (2, 2, 2)
        await second.send(1)
        await second.send(2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send.send, 3)
        await wait_all_tasks_blocked()
        numbers = receive.statistics()
        assert (numbers.senders_waiting, numbers.receivers_waiting, numbers.capacity) == (1, 0, 0)
        assert await receive.receive() == 3
    assert send.statistics() == receive.statistics()


async def test_a_mailbox_without_room_never_has_depth() -> None:
    """From hand to hand is not waiting in a queue."""
    send, receive = smith.open_mailbox[int](0)
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(send.send, number)
        await wait_all_tasks_blocked()
        got = {await receive.receive(), receive.receive_nowait(), await receive.receive()}
    assert got == {0, 1, 2}
    numbers = send.statistics()
    assert (numbers.peak, numbers.depth, numbers.sent, numbers.received) == (0, 0, 3, 3)


async def test_closing_an_end_leaves_alone_who_was_served_in_the_same_step() -> None:
    """A sender whose message is in, and a receiver that has its message, are done."""
    send, receive = smith.open_mailbox[str](1)
    done: list[str] = []

    async def put() -> None:
        await send.send("second")
        done.append("sent")

    async def take() -> None:
        done.append(await receive.receive())

    async with trio.open_nursery() as nursery:
        send.send_nowait("first")
        nursery.start_soon(put)
        await wait_all_tasks_blocked()
        assert receive.receive_nowait() == "first"
        send.close()
    assert await receive.receive() == "second"
    send, receive = smith.open_mailbox[str](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        send.send_nowait("third")
        receive.close()
    assert done == ["sent", "third"]


async def test_the_last_sender_that_waits_on_a_closed_end_makes_way_for_the_fast_path() -> None:
    """What waited without right must not shut out others."""
    send, receive = smith.open_mailbox[int](1)
    other = send.clone()
    async with trio.open_nursery() as nursery:
        send.send_nowait(1)

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await send.send(2)

        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        send.close()
    assert receive.receive_nowait() == 1
    other.send_nowait(3)
    assert receive.receive_nowait() == 3


async def test_ends_are_context_managers_of_both_kinds() -> None:
    """As Trio's are."""
    send, receive = smith.open_mailbox[int](1)
    with send, receive:
        send.send_nowait(1)
    with pytest.raises(trio.ClosedResourceError):
        send.send_nowait(1)
    send, receive = smith.open_mailbox[int](1)
    async with send, receive:
        await send.send(1)
    with pytest.raises(trio.ClosedResourceError):
        receive.receive_nowait()


async def test_each_end_says_which_mailbox_it_belongs_to() -> None:
    """Two ends of one mailbox can be recognised in a log."""
    send, receive = smith.open_mailbox[int](1)
    shared = repr(send).rsplit(" at ", 1)[1]
    assert repr(send).startswith("<sending end at 0x")
    assert repr(receive).startswith("<receiving end at 0x")
    assert repr(receive).endswith(shared)
    assert repr(send.clone()).endswith(shared)
    assert repr(send.clone()) != repr(send)
