"""Mailboxes as channels: what was sent is received once, dropped by the policy, or still there."""

from __future__ import annotations

from collections import Counter

import trio

import trio_smith as smith
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage
from trio_smith.testing._consistency import problems_of_mailbox


class Traffic:
    """Two senders and a receiver of one mailbox, and the sums of what they saw."""

    def __init__(self, stage: Stage, capacity: int, overflow: smith.Overflow) -> None:
        self.stage = stage
        sender: smith.MailboxSender[int]
        receiver: smith.MailboxReceiver[int]
        sender, receiver = smith.open_mailbox(capacity, overflow=overflow)
        self.sender, self.receiver = sender, receiver
        self.lossless = overflow in (smith.Overflow.WAIT, smith.Overflow.REFUSE)
        self.sent: list[int] = []
        self.tried: set[int] = set()
        self.received: list[int] = []
        stage.always(self.check)
        stage.at_end(self.check_end)

    async def send(self, sender: smith.MailboxSender[int], first: int, count: int) -> None:
        """Send so many numbers, and note those whose sending returned."""
        with sender:
            for number in range(first, first + count):
                self.tried.add(number)
                try:
                    await sender.send(number)
                except trio.WouldBlock:
                    continue
                self.sent.append(number)

    async def receive(self, pause: float) -> None:
        """Receive until the end, slowly."""
        async for number in self.receiver.clone():
            self.received.append(number)
            await trio.sleep(pause)

    def check(self) -> None:
        """Between any two steps the counts fit."""
        box = self.sender._box
        problems = list(problems_of_mailbox(box))
        assert not problems, problems
        if box.receivers:
            assert not box.queue, "a receiver waits beside a message"
            assert not box.senders, "a receiver waits beside a sender"
        if box.senders:
            assert len(box.queue) >= box.capacity, "a sender waits although there is room"
        numbers = self.sender.statistics()
        assert numbers.sent == numbers.received + numbers.dropped + numbers.withdrawn + numbers.depth

    def check_end(self) -> None:
        """In the end each number has one fate."""
        left: list[int] = []
        while True:
            try:
                left.append(self.receiver.receive_nowait())
            except (trio.WouldBlock, trio.EndOfChannel):
                break
        got = Counter([*self.received, *left])
        assert all(count == 1 for count in got.values()), f"doubled: {got}"
        numbers = self.receiver.statistics()
        if not _interrupted(self.stage):
            # Ctrl-C may come between a send and the line that notes it.
            assert set(got) <= set(self.sent), f"received and not sent: {set(got) - set(self.sent)}"
            lost = set(self.sent) - set(got)
            assert len(lost) == numbers.dropped, f"lost {lost}, dropped {numbers.dropped}"
        assert set(got) <= self.tried
        assert not (self.lossless and numbers.dropped)


def _interrupted(stage: Stage) -> bool:
    return isinstance(stage.outcome, KeyboardInterrupt | BaseExceptionGroup)


async def _traffic(stage: Stage, capacity: int, overflow: smith.Overflow, pause: float = 0.0) -> None:
    traffic = Traffic(stage, capacity, overflow)

    async def first_sender(sender: smith.MailboxSender[int]) -> None:
        with stage.victim("sender"):
            await traffic.send(sender, 100, 4)

    async def first_receiver() -> None:
        with stage.victim("receiver"):
            await traffic.receive(pause)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first_sender, traffic.sender.clone())
        nursery.start_soon(traffic.send, traffic.sender.clone(), 200, 4)
        nursery.start_soon(first_receiver)
        nursery.start_soon(traffic.receive, pause)
        traffic.sender.close()


async def channel_that_waits(stage: Stage) -> None:
    """Senders wait for room."""
    await _traffic(stage, 2, smith.Overflow.WAIT)


async def channel_with_slow_receivers(stage: Stage) -> None:
    """Senders wait for room for long."""
    await _traffic(stage, 1, smith.Overflow.WAIT, 0.1)


async def channel_from_hand_to_hand(stage: Stage) -> None:
    """Capacity 0: a sender waits for a receiver."""
    await _traffic(stage, 0, smith.Overflow.WAIT)


async def channel_that_refuses(stage: Stage) -> None:
    """At the bound the sender hears of it."""
    await _traffic(stage, 2, smith.Overflow.REFUSE, 0.1)


async def channel_that_drops_the_oldest(stage: Stage) -> None:
    """At the bound the oldest goes."""
    await _traffic(stage, 2, smith.Overflow.DROP_OLDEST, 0.1)


async def channel_that_drops_the_newest(stage: Stage) -> None:
    """At the bound the newest goes."""
    await _traffic(stage, 2, smith.Overflow.DROP_NEWEST, 0.1)


SCENARIOS = (
    Scenario(play=channel_that_waits, least=150),
    Scenario(play=channel_with_slow_receivers, within=1, least=150),
    Scenario(play=channel_from_hand_to_hand, least=150),
    Scenario(play=channel_that_refuses, within=1, least=100),
    Scenario(play=channel_that_drops_the_oldest, within=1, least=100),
    Scenario(play=channel_that_drops_the_newest, within=1, least=100),
)
