"""Promises of channels about closing: either end, clones, iteration."""

from __future__ import annotations

from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from ._channel_pair import Pair, Promise, at_once, attempts, must, must_raise, must_raise_nowait


async def _end(pair: Pair) -> None:
    sent = await pair.fill()
    await pair.send.aclose()
    got = await pair.drain(len(sent))
    must(got == sent, f"sent {sent}, received {got}")
    await must_raise(trio.EndOfChannel, pair.receive.receive, "receive after the last value")
    await must_raise(trio.EndOfChannel, pair.receive.receive, "receive after the last value, again")


async def _iteration(pair: Pair) -> None:
    got: list[Any] = []

    async def consume() -> None:
        async with pair.receive:
            got.extend([value async for value in pair.receive])

    async with attempts() as attempt:
        consumed = await attempt(consume)
        async with pair.send:
            for value in range(5):
                await pair.send.send(value)
        await wait_all_tasks_blocked()
        consumed.must_give(None, "async for")
    must(got == list(range(5)), f"received {got}")
    await must_raise(trio.ClosedResourceError, lambda: pair.send.send(1), "send after its async with")
    await must_raise(trio.ClosedResourceError, pair.receive.receive, "receive after its async with")


async def _end_of_the_waiting(pair: Pair) -> None:
    async with attempts() as attempt:
        waiting = [await attempt(pair.receive.receive) for _ in range(2)]
        await pair.send.aclose()
        await wait_all_tasks_blocked()
        for received in waiting:
            received.must_raise(trio.EndOfChannel, "receive, when the sender closed")


async def _closed_sender(pair: Pair) -> None:
    await pair.send.aclose()
    await must_raise(trio.ClosedResourceError, lambda: pair.send.send(1), "send on a closed end")
    await at_once(pair.send.aclose(), "closing again")


async def _closed_receiver(pair: Pair) -> None:
    await pair.fill()
    await pair.receive.aclose()
    await must_raise(trio.ClosedResourceError, pair.receive.receive, "receive on a closed end")
    await at_once(pair.receive.aclose(), "closing again")


async def _closed_nowait(pair: Pair) -> None:
    await pair.send.aclose()
    await pair.receive.aclose()
    must_raise_nowait(
        trio.ClosedResourceError, lambda: pair.send.send_nowait(1), "send_nowait on a closed end"
    )
    must_raise_nowait(trio.ClosedResourceError, pair.receive.receive_nowait, "receive_nowait on a closed end")


async def _broken(pair: Pair) -> None:
    await pair.receive.aclose()
    await must_raise(trio.BrokenResourceError, lambda: pair.send.send(1), "send when the receiver has closed")


async def _broken_nowait(pair: Pair) -> None:
    await pair.receive.aclose()
    must_raise_nowait(
        trio.BrokenResourceError, lambda: pair.send.send_nowait(1), "send_nowait when the receiver has closed"
    )


async def _broken_while_waiting(pair: Pair) -> None:
    await pair.fill()
    async with attempts() as attempt:
        waiting = [await attempt(lambda: pair.send.send("more")) for _ in range(2)]
        await pair.receive.aclose()
        await wait_all_tasks_blocked()
        for sent in waiting:
            sent.must_raise(trio.BrokenResourceError, "send that waited when the receiver closed")


async def _closed_under_a_sender(pair: Pair) -> None:
    sent = await pair.fill()
    async with attempts() as attempt:
        waiting = await attempt(lambda: pair.send.send("torn"))
        await pair.send.aclose()
        await wait_all_tasks_blocked()
        waiting.must_raise(trio.ClosedResourceError, "send that waited when its own end was closed")
    must(await pair.drain(len(sent)) == sent, "what was sent before has changed")
    await must_raise(trio.EndOfChannel, pair.receive.receive, "receive after that")


async def _closed_under_a_receiver(pair: Pair) -> None:
    async with attempts() as attempt:
        waiting = await attempt(pair.receive.receive)
        await pair.receive.aclose()
        await wait_all_tasks_blocked()
        waiting.must_raise(trio.ClosedResourceError, "receive that waited when its own end was closed")
    await must_raise(trio.BrokenResourceError, lambda: pair.send.send(1), "send after that")


async def _close_is_cancellable(pair: Pair) -> None:
    for end, operation in ((pair.send, lambda: pair.send.send(1)), (pair.receive, pair.receive.receive)):
        with trio.CancelScope() as scope:
            scope.cancel("before the close")
            await end.aclose()
        must(scope.cancelled_caught, "aclose is no checkpoint")
        await must_raise(trio.ClosedResourceError, operation, "an end whose aclose was cancelled")


async def _sender_clones(pair: Pair) -> None:
    other = pair.send.clone()
    await pair.send.aclose()
    must_raise_nowait(trio.ClosedResourceError, pair.send.clone, "clone of a closed end")
    async with attempts() as attempt:
        received = await attempt(pair.receive.receive)
        received.must_wait("receive while one of two senders is open")
        await other.send("from the clone")
        await wait_all_tasks_blocked()
        received.must_give("from the clone", "receive")
    await other.aclose()
    await must_raise(trio.EndOfChannel, pair.receive.receive, "receive when all senders have closed")


async def _receiver_clones(pair: Pair) -> None:
    other = pair.receive.clone()
    await pair.receive.aclose()
    must_raise_nowait(trio.ClosedResourceError, pair.receive.clone, "clone of a closed end")
    async with attempts() as attempt:
        received = await attempt(other.receive)
        await at_once(pair.send.send("to the clone"), "send to a waiting clone")
        await wait_all_tasks_blocked()
        received.must_give("to the clone", "receive by the clone")
    await other.aclose()
    await must_raise(
        trio.BrokenResourceError, lambda: pair.send.send(1), "send when all receivers have closed"
    )


async def _clones_wait_apart(pair: Pair) -> None:
    await pair.fill()
    other = pair.send.clone()
    async with attempts() as attempt:
        torn = await attempt(lambda: pair.send.send("torn"))
        kept = await attempt(lambda: other.send("kept"))
        await pair.send.aclose()
        await wait_all_tasks_blocked()
        torn.must_raise(trio.ClosedResourceError, "send whose own end was closed")
        kept.must_wait("send by the clone, whose end is open")
        got = await pair.drain(pair.capacity + 1)
        must(got[-1] == "kept", f"received {got}")


async def _receiver_clones_wait_apart(pair: Pair) -> None:
    other = pair.receive.clone()
    async with attempts() as attempt:
        torn = await attempt(pair.receive.receive)
        kept = await attempt(other.receive)
        await pair.receive.aclose()
        await wait_all_tasks_blocked()
        torn.must_raise(trio.ClosedResourceError, "receive whose own end was closed")
        kept.must_wait("receive by the clone, whose end is open")
        await at_once(pair.send.send("a value"), "send to the clone that waits")
        await wait_all_tasks_blocked()
        kept.must_give("a value", "receive by the clone")


CLOSING_PROMISES = (
    Promise(sentence="after the sender's close the values that are left arrive, then the end", check=_end),
    Promise(sentence="iteration ends with the channel, and async with closes an end", check=_iteration),
    Promise(sentence="receivers that wait hear of the end", check=_end_of_the_waiting),
    Promise(sentence="a closed sending end says so, and closes once more without harm", check=_closed_sender),
    Promise(
        sentence="a closed receiving end says so, and closes once more without harm", check=_closed_receiver
    ),
    Promise(sentence="closed ends say so without waiting", check=_closed_nowait, nowait=True),
    Promise(sentence="sending is refused when nobody will receive", check=_broken),
    Promise(
        sentence="sending is refused without waiting when nobody will receive",
        check=_broken_nowait,
        nowait=True,
    ),
    Promise(sentence="senders that wait hear that nobody will receive", check=_broken_while_waiting),
    Promise(sentence="a sender that waits hears that its own end was closed", check=_closed_under_a_sender),
    Promise(
        sentence="a receiver that waits hears that its own end was closed", check=_closed_under_a_receiver
    ),
    Promise(
        sentence="aclose is a checkpoint that closes also when it is cancelled", check=_close_is_cancellable
    ),
    Promise(sentence="the channel ends with its last sending end", check=_sender_clones, clones=True),
    Promise(sentence="the channel breaks with its last receiving end", check=_receiver_clones, clones=True),
    Promise(
        sentence="closing one sending end leaves its clones alone", check=_clones_wait_apart, clones=True
    ),
    Promise(
        sentence="closing one receiving end leaves its clones alone",
        check=_receiver_clones_wait_apart,
        clones=True,
    ),
)
