"""The fate of every message of a scenario: none is lost, none is doubled."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

import trio

import trio_smith as smith
from trio_smith.exits import is_fatal
from trio_smith.testing import Stage


class Fate(Enum):
    """What the sender saw."""

    UNKNOWN = "unknown"
    """It was interrupted between two of its own lines."""
    SENT = "sent"
    REFUSED = "refused"
    """It got `MailboxFull`, or `ActorStopped` from a tell: nothing was sent."""
    ANSWERED = "answered"
    FAILED = "failed"
    """Its ask got `ActorStopped` or `ActorCrashed`."""
    CANCELLED_TELL = "cancelled tell"
    CANCELLED_ASK = "cancelled ask"


class Ledger:
    """Numbers messages, and notes what sender, handler and dead letters say about each."""

    def __init__(self, stage: Stage, supervisor: smith.Supervisor | smith.Pool | None = None) -> None:
        self.stage = stage
        self.numbers = itertools.count(1)
        self.fates: dict[int, Fate] = {}
        self.senders: dict[int, str] = {}
        self.begun: list[int] = []
        self.done: Counter[int] = Counter()
        self.dead: Counter[int] = Counter()
        self.ordered = True
        """Whether messages of one sender are begun in their order: not with deliveries again."""
        stage.at_end(self.check)
        if supervisor is not None:
            self.follow(supervisor)

    def follow(self, supervisor: smith.Supervisor | smith.Pool) -> None:
        """Note the dead letters of the system of *supervisor*."""
        supervisor.system.dead_letters.subscribe(self._died)

    # What senders say --------------------------------------------------------------------

    def new(self, sender: str = "") -> int:
        """Return the number of a new message."""
        number = next(self.numbers)
        self.senders[number] = sender
        self.fates[number] = Fate.UNKNOWN
        return number

    async def tell(self, ref: smith.Ref[Any], message: Any, sender: str = "") -> None:
        """Tell ``message(n=…)``, and note its fate; a refusal goes no further."""
        number = self.new(sender)
        try:
            await ref.tell(message(n=number))
            self.fates[number] = Fate.SENT
        except (smith.MailboxFull, smith.ActorStopped):
            self.fates[number] = Fate.REFUSED
        except trio.Cancelled:
            self.fates[number] = Fate.CANCELLED_TELL
            raise

    def tell_nowait(self, ref: smith.Ref[Any], message: Any, sender: str = "") -> None:
        """The same, without waiting."""
        number = self.new(sender)
        try:
            ref.tell_nowait(message(n=number))
            self.fates[number] = Fate.SENT
        except (smith.MailboxFull, smith.ActorStopped):
            self.fates[number] = Fate.REFUSED

    async def ask(self, ref: smith.Ref[Any], message: Any, sender: str = "") -> bool:
        """Ask ``message(n=…)``, whose answer is n, and note its fate; tell whether it was answered."""
        number = self.new(sender)
        try:
            answer = await ref.ask(message(n=number))
            self._answered(number, answer)
        except smith.MailboxFull:
            self.fates[number] = Fate.REFUSED
        except (smith.ActorStopped, smith.ActorCrashed):
            self.fates[number] = Fate.FAILED
        except trio.Cancelled:
            self.fates[number] = Fate.CANCELLED_ASK
            raise
        return self.fates[number] is Fate.ANSWERED

    async def ask_many(self, ref: smith.Ref[Any], messages: Iterable[Any], sender: str = "") -> int:
        """Ask them all at once, and note their fates; return how many were answered."""
        makers = list(messages)
        numbers = [self.new(sender) for _ in makers]
        try:
            answers = await ref.ask_many(
                [make(n=number) for make, number in zip(makers, numbers, strict=True)], outcomes=True
            )
        except trio.Cancelled:
            for number in numbers:
                self.fates[number] = Fate.CANCELLED_ASK
            raise
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, smith.MailboxFull):
                self.fates[number] = Fate.REFUSED
            elif isinstance(answer, Exception):
                self.fates[number] = Fate.FAILED
            else:
                self._answered(number, answer)
        return sum(self.fates[number] is Fate.ANSWERED for number in numbers)

    def _answered(self, number: int, answer: object) -> None:
        if answer != number:
            self.stage.problem(f"ask {number} was answered by {answer!r}")
        self.fates[number] = Fate.ANSWERED

    # What handlers say -------------------------------------------------------------------

    def begin(self, number: int) -> None:
        """Note that a handler begins with it."""
        self.begun.append(number)

    def finish(self, number: int) -> int:
        """Note that a handler has done it; return the answer."""
        self.done[number] += 1
        return number

    # What the dead letters say -----------------------------------------------------------

    def _died(self, letter: smith.DeadLetter) -> None:
        number = getattr(letter.message, "n", None)
        if number is not None:
            self.dead[number] += 1

    # In the end --------------------------------------------------------------------------

    def check(self) -> None:
        """Demand that each message was handled once, is dead once, or was not sent, as its sender knows."""
        outcome = self.stage.outcome
        # Ctrl-C may hit a handler between its last line and its return.
        torn = 1 if outcome is not None and is_fatal(outcome) else 0
        for number, fate in self.fates.items():
            done, dead = self.done[number], self.dead[number]
            told = f"message {number} ({fate.value}) was done {done} times and is dead {dead} times"
            match fate:
                case Fate.SENT:
                    assert 1 <= done + dead <= 1 + torn, told
                case Fate.REFUSED:
                    assert done == 0, told
                    assert dead <= 1, told
                case Fate.CANCELLED_TELL:
                    assert done + dead == 0, told
                case Fate.ANSWERED:
                    assert done == 1, told
                    assert dead == 0, told
                case Fate.FAILED:
                    assert done <= torn, told
                    assert dead <= 1, told
                case Fate.CANCELLED_ASK | Fate.UNKNOWN:
                    assert done + dead <= 1 + torn, told
        if self.ordered:
            self._check_order()

    def _check_order(self) -> None:
        by_sender: defaultdict[str, list[int]] = defaultdict(list)
        for number in self.begun:
            by_sender[self.senders[number]].append(number)
        for sender, numbers in by_sender.items():
            assert numbers == sorted(numbers), (
                f"what {sender or 'somebody'} sent was begun in the order {numbers}"
            )
            assert len(numbers) == len(set(numbers)), (
                f"what {sender or 'somebody'} sent was begun twice: {numbers}"
            )

    def check_all_done(self) -> None:
        """Demand that all that was sent was done, if nothing struck."""
        if not self.stage.struck:
            for number in self.fates:
                assert self.done[number] == 1, f"message {number} was done {self.done[number]} times"
