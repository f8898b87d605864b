"""Promises of channels about sending and receiving: order, bound, fairness, checkpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

from ._channel_pair import Pair, Promise, PromiseBroken, at_once, attempts, must, must_raise_nowait

_CONSUMERS = 2


async def _order(pair: Pair) -> None:
    sent = await pair.fill()
    got = await pair.drain(len(sent))
    must(got == sent, f"sent {sent}, received {got}")


async def _values(pair: Pair) -> None:
    unusual: list[Any] = [None, 0, "", (), ValueError("a value"), StopIteration, trio.WouldBlock()]
    async with attempts() as attempt:
        for value in unusual:

            async def send(value: object = value) -> None:
                await pair.send.send(value)

            await attempt(send)
            (got,) = await pair.drain(1)
            must(got is value, f"sent {value!r}, received {got!r}")


async def _bound(pair: Pair) -> None:
    sent = await pair.fill()
    async with attempts() as attempt:
        one_more = await attempt(lambda: pair.send.send("one more"))
        one_more.must_wait("send into a full channel")
        got = await pair.drain(1)
        await wait_all_tasks_blocked()
        one_more.must_give(None, "send after room was made")
        got += await pair.drain(len(sent))
    must(got == [*sent, "one more"], f"received {got}")


async def _nowait(pair: Pair) -> None:
    await trio.lowlevel.checkpoint()
    must_raise_nowait(trio.WouldBlock, pair.receive.receive_nowait, "receive_nowait on an empty channel")
    for value in range(pair.capacity):
        pair.send.send_nowait(value)
    must_raise_nowait(trio.WouldBlock, lambda: pair.send.send_nowait("more"), "send_nowait on a full channel")
    got = [pair.receive.receive_nowait() for _ in range(pair.capacity)]
    must(got == list(range(pair.capacity)), f"received {got}")
    must_raise_nowait(trio.WouldBlock, pair.receive.receive_nowait, "receive_nowait on an empty channel")


async def _waiting_receiver(pair: Pair) -> None:
    async with attempts() as attempt:
        received = await attempt(pair.receive.receive)
        received.must_wait("receive on an empty channel")
        await at_once(pair.send.send("a value"), "send to a waiting receiver")
        await wait_all_tasks_blocked()
        received.must_give("a value", "receive")


async def _receivers_in_turn(pair: Pair) -> None:
    async with attempts() as attempt:
        waiting = [await attempt(pair.receive.receive) for _ in range(3)]
        for number in range(3):
            await at_once(pair.send.send(number), "send to a waiting receiver")
        await wait_all_tasks_blocked()
        for number, received in enumerate(waiting):
            received.must_give(number, f"the receiver that came as number {number + 1}")


async def _senders_in_turn(pair: Pair) -> None:
    sent = await pair.fill()
    async with attempts() as attempt:
        for name in ("first", "second", "third"):

            async def send(name: str = name) -> None:
                await pair.send.send(name)

            (await attempt(send)).must_wait("send into a full channel")
        got = await pair.drain(pair.capacity + 3)
    must(got == [*sent, "first", "second", "third"], f"received {got}")


async def _no_receiver_overtakes(pair: Pair) -> None:
    async with attempts() as attempt:
        waiting = await attempt(pair.receive.receive)
        pair.send.send_nowait("a value")
        # The one that waits has not run yet, and owns the value all the same.
        must_raise_nowait(
            trio.WouldBlock, pair.receive.receive_nowait, "receive_nowait behind a receiver that waits"
        )
        await wait_all_tasks_blocked()
        waiting.must_give("a value", "the receiver that waited")


async def _no_sender_overtakes(pair: Pair) -> None:
    await pair.fill()
    async with attempts() as attempt:
        waiting = await attempt(lambda: pair.send.send("waited"))
        pair.receive.receive_nowait()
        must_raise_nowait(
            trio.WouldBlock, lambda: pair.send.send_nowait("late"), "send_nowait past a waiting sender"
        )
        got = await pair.drain(pair.capacity)
        waiting.must_give(None, "the sender that waited")
    must(got[-1] == "waited", f"received {got}")


async def _checkpoints(pair: Pair) -> None:
    async with attempts() as attempt:
        received = await attempt(pair.receive.receive)
        for value in range(pair.capacity + 1):
            await _checkpoint(partial(pair.send.send, value), f"send number {value + 1}")
        await wait_all_tasks_blocked()
        received.must_give(0, "receive")
        for _ in range(pair.capacity):
            await _checkpoint(pair.receive.receive, "receive of a value that is there")


async def _checkpoint(operation: Callable[[], Awaitable[object]], what: str) -> None:
    try:
        with assert_checkpoints():
            await operation()
    except AssertionError as error:
        raise PromiseBroken(f"{what} is no checkpoint") from error


async def _many(pair: Pair) -> None:
    got: list[tuple[int, int]] = []

    async def produce(sender: int) -> None:
        for number in range(12):
            await pair.send.send((sender, number))

    async def consume() -> None:
        while True:
            got.append(await pair.receive.receive())

    async with trio.open_nursery() as consumers:
        for _ in range(_CONSUMERS):
            consumers.start_soon(consume)
        async with trio.open_nursery() as producers:
            for sender in range(3):
                producers.start_soon(produce, sender)
        await wait_all_tasks_blocked()
        consumers.cancel_scope.cancel("all was sent")
    must(sorted(got) == [(s, n) for s in range(3) for n in range(12)], f"received {sorted(got)}")
    for sender in range(3):
        # Two consumers take in turn, and each notes at once what it got, though perhaps in the other order.
        numbers = [n for s, n in got if s == sender]
        must(
            all(abs(n - place) <= _CONSUMERS for place, n in enumerate(numbers)),
            f"sender {sender} arrived as {numbers}",
        )


SENDING_PROMISES = (
    Promise(sentence="values arrive in the order in which they were sent", check=_order),
    Promise(sentence="any object is a value, also None, an exception or a class", check=_values),
    Promise(sentence="at its bound a channel lets the sender wait, until there is room", check=_bound),
    Promise(sentence="what would have to wait raises WouldBlock", check=_nowait, nowait=True),
    Promise(sentence="a receiver that waits gets the next value", check=_waiting_receiver),
    Promise(sentence="receivers that wait are served in turn", check=_receivers_in_turn),
    Promise(sentence="senders that wait are served in turn", check=_senders_in_turn),
    Promise(sentence="nobody overtakes a receiver that waits", check=_no_receiver_overtakes, nowait=True),
    Promise(
        sentence="nobody overtakes a sender that waits",
        check=_no_sender_overtakes,
        nowait=True,
        least_capacity=1,
    ),
    Promise(
        sentence="sending and receiving are checkpoints, also when they need not wait", check=_checkpoints
    ),
    Promise(sentence="with many senders and receivers each value arrives once", check=_many),
)
