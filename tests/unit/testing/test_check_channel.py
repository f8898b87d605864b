"""The conformance suite accepts Trio's channels and ours, and finds what is wrong with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import trio_smith as smith
from trio_smith.testing import ChannelCheckFailed, check_channel


@pytest.mark.parametrize("make", [trio.open_memory_channel, smith.open_mailbox])
async def test_channels_that_keep_their_promises_pass(make: Callable[[int], Any]) -> None:
    """Trio's are the measure, and a mailbox promises to be like them."""
    checked = await check_channel(make)
    assert len(checked) > 25
    assert len(set(checked)) == len(checked)


async def test_what_is_not_there_is_not_checked() -> None:
    """The abstract channels of Trio have neither the methods that never wait nor clones."""

    def make(capacity: int) -> tuple[Any, Any]:
        sender, receiver = trio.open_memory_channel[Any](capacity)
        return _Sender(sender), _Receiver(receiver)

    plain = await check_channel(make, nowait=False, clones=False)
    assert set(plain) < set(await check_channel(trio.open_memory_channel))
    with pytest.raises(ChannelCheckFailed, match="WouldBlock"):
        await check_channel(make, clones=False)


class _Sender(trio.abc.SendChannel[Any]):
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def send(self, value: Any) -> None:
        await self.inner.send(value)

    async def aclose(self) -> None:
        await self.inner.aclose()


class _Receiver(trio.abc.ReceiveChannel[Any]):
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def receive(self) -> Any:
        return await self.inner.receive()

    async def aclose(self) -> None:
        await self.inner.aclose()


class _LosesWhenCancelled(_Receiver):
    async def receive(self) -> Any:
        value = await self.inner.receive()
        await trio.lowlevel.checkpoint()
        return value


class _SendsAlthoughCancelled(_Sender):
    async def send(self, value: Any) -> None:
        try:
            self.inner.send_nowait(value)
        except trio.WouldBlock:
            await self.inner.send(value)
        else:
            await trio.lowlevel.checkpoint()


class _IsNoCheckpoint(_Sender):
    async def send(self, value: Any) -> None:
        try:
            self.inner.send_nowait(value)
        except trio.WouldBlock:
            await self.inner.send(value)


class _DropsNone(_Sender):
    async def send(self, value: Any) -> None:
        if value is None:
            await trio.lowlevel.checkpoint()
        else:
            await self.inner.send(value)


class _SwallowsTheEnd(_Receiver):
    async def receive(self) -> Any:
        try:
            return await self.inner.receive()
        except trio.EndOfChannel:
            await trio.sleep_forever()


class _NeverCloses(_Sender):
    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


class _ClosesTheOther(_Receiver):
    async def aclose(self) -> None:
        self.inner.close()


class _Doubles(_Sender):
    async def send(self, value: Any) -> None:
        await self.inner.send(value)
        if value == (2, 7):
            await self.inner.send(value)


@pytest.mark.parametrize(
    ("sender", "receiver", "promise"),
    [
        (_Sender, _LosesWhenCancelled, "under a storm of cancellations"),
        (_SendsAlthoughCancelled, _Receiver, "cancelled"),
        (_IsNoCheckpoint, _Receiver, "checkpoints"),
        (_DropsNone, _Receiver, "any object is a value"),
        (_Sender, _SwallowsTheEnd, "then the end"),
        (_NeverCloses, _Receiver, "then the end"),
        (_Sender, _ClosesTheOther, "aclose is a checkpoint"),
        (_Doubles, _Receiver, "arrives once"),
    ],
)
async def test_a_broken_promise_is_named(
    sender: Callable[[Any], Any], receiver: Callable[[Any], Any], promise: str
) -> None:
    """The error says which one, at which capacity, and what happened instead."""

    def make(capacity: int) -> tuple[Any, Any]:
        left, right = trio.open_memory_channel[Any](capacity)
        return sender(left), receiver(right)

    with pytest.raises(ChannelCheckFailed) as failed:
        await check_channel(make, nowait=False, clones=False, patience=0.5)
    assert promise in failed.value.promise
    assert failed.value.promise in str(failed.value)


async def test_a_queue_that_forgets_its_bound_is_found() -> None:
    """Capacity is a promise, too: whoever sends more has to wait."""
    with pytest.raises(ChannelCheckFailed, match="at its bound"):
        await check_channel(lambda capacity: trio.open_memory_channel[Any](capacity + 1), capacities=(2,))


async def test_a_stack_is_no_channel() -> None:
    """Order is the first promise."""

    class Stack(_Receiver):
        async def receive(self) -> Any:
            taken = [await self.inner.receive()]
            buffered = self.inner.statistics().current_buffer_used
            taken += [self.inner.receive_nowait() for _ in range(buffered)]
            value = taken.pop()
            for one in taken:
                self.inner._state.data.append(one)
            return value

    def make(capacity: int) -> tuple[Any, Any]:
        left, right = trio.open_memory_channel[Any](capacity)
        return _Sender(left), Stack(right)

    with pytest.raises(ChannelCheckFailed, match="in the order"):
        await check_channel(make, capacities=(3,), nowait=False, clones=False)
