"""Promises of channels about cancellation: done or not begun, also in the step of the hand-over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from ._channel_pair import Pair, Promise, at_once, attempts, must

_ROUNDS = 200


async def _cancelled(operation: Callable[[], Awaitable[Any]], what: str) -> None:
    with trio.CancelScope() as scope:
        scope.cancel("before it begins")
        await operation()
    must(scope.cancelled_caught, f"{what} is no cancellation point")


async def _cancelled_before(pair: Pair) -> None:
    await _cancelled(lambda: pair.send.send("never"), "send")
    sent = await pair.fill()
    if sent:
        await _cancelled(pair.receive.receive, "receive of a value that is there")
    must(await pair.drain(len(sent)) == sent, "a cancelled call changed what is in the channel")
    await _cancelled(pair.receive.receive, "receive on an empty channel")


async def _cancelled_send(pair: Pair) -> None:
    sent = await pair.fill()
    async with attempts() as attempt:
        torn = await attempt(lambda: pair.send.send("torn"))
        kept = await attempt(lambda: pair.send.send("kept"))
        torn.scope.cancel("while it waits")
        await wait_all_tasks_blocked()
        must(torn.scope.cancelled_caught, f"the cancelled send gave {torn.said()}")
        kept.must_wait("the send behind it")
        got = await pair.drain(len(sent) + 1)
    must(got == [*sent, "kept"], f"received {got}")


async def _cancelled_receive(pair: Pair) -> None:
    async with attempts() as attempt:
        torn = await attempt(pair.receive.receive)
        kept = await attempt(pair.receive.receive)
        torn.scope.cancel("while it waits")
        await wait_all_tasks_blocked()
        must(torn.scope.cancelled_caught, f"the cancelled receive gave {torn.said()}")
        await at_once(pair.send.send("a value"), "send to the receiver behind it")
        await wait_all_tasks_blocked()
        kept.must_give("a value", "the receiver behind it")


async def _cancelled_at_hand_over(pair: Pair) -> None:
    async with attempts() as attempt:
        received = await attempt(pair.receive.receive)
        pair.send.send_nowait("a value")
        received.scope.cancel("in the step of the hand-over")
        await wait_all_tasks_blocked()
        if received.returned:
            received.must_give("a value", "receive")
        else:
            must(await pair.drain(1) == ["a value"], "the value is lost")


async def _sender_cancelled_at_hand_over(pair: Pair) -> None:
    sent = await pair.fill()
    async with attempts() as attempt:
        torn = await attempt(lambda: pair.send.send("torn"))
        got = [pair.receive.receive_nowait()]
        torn.scope.cancel("in the step of the hand-over")
        await wait_all_tasks_blocked()
        expected = [*sent, "torn"] if torn.returned else sent
        got += await pair.drain(len(expected) - 1)
    must(got == expected, f"send gave {torn.said()}, and {got} was received")


async def _storm(pair: Pair) -> None:
    """Senders and receivers are cancelled anywhere: what was sent is received, once, and nothing else."""
    random = Random(0)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for number in range(first, first + 20):
            with trio.CancelScope() as scope:
                nursery.start_soon(_cancel_soon, scope, random.randrange(6))
                await pair.send.send(number)
                sent.append(number)
        await trio.lowlevel.checkpoint()

    async def consume() -> None:
        while True:
            with trio.CancelScope() as scope:
                nursery.start_soon(_cancel_soon, scope, random.randrange(6))
                got.append(await pair.receive.receive())
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery, trio.open_nursery() as consumers:
        for _ in range(2):
            consumers.start_soon(consume)
        async with trio.open_nursery() as producers:
            for sender in range(3):
                producers.start_soon(produce, sender * 1000)
        for _ in range(_ROUNDS):  # the receivers are cancelled again and again, so it takes them a while
            await trio.lowlevel.checkpoint()
        consumers.cancel_scope.cancel("all has arrived, or never will")
    must(sorted(got) == sorted(sent), f"sent {sorted(sent)}, received {sorted(got)}")


async def _cancel_soon(scope: trio.CancelScope, steps: int) -> None:  # noqa: ASYNC910 - after 0 steps: at once
    for _ in range(steps):
        await trio.lowlevel.checkpoint()
    scope.cancel("a storm")


CANCELLATION_PROMISES = (
    Promise(sentence="a call that is cancelled before it begins does nothing", check=_cancelled_before),
    Promise(sentence="a send that is cancelled while it waits has not sent", check=_cancelled_send),
    Promise(sentence="a receive that is cancelled while it waits has not received", check=_cancelled_receive),
    Promise(
        sentence="a receive that is cancelled in the step of the hand-over loses nothing",
        check=_cancelled_at_hand_over,
        nowait=True,
    ),
    Promise(
        sentence="a send that is cancelled in the step of the hand-over is sent or not, and says which",
        check=_sender_cancelled_at_hand_over,
        nowait=True,
        least_capacity=1,
    ),
    Promise(
        sentence="under a storm of cancellations what was sent arrives once, and nothing else", check=_storm
    ),
)
