"""Whatever happens to an actor and its askers: each message meets exactly one end, and everybody hears of it.

Plans are drawn: messages of every kind, sent in every way, askers that leave, crashes, stops, restarts of the
group, drains. After every step of every Trio task the bookkeeping has to hold together.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

import trio_smith as smith
from tests.unit.actor.jobs import Job, Kind, Ledger, Sibling, TearableJob, Watch, Worker, starts_slowly
from trio_smith import Overflow


@attrs.frozen
class Options:
    """How the worker is made."""

    capacity: int = 2
    overflow: Overflow = Overflow.WAIT
    deliveries: int = 1
    laters: int = 2
    grace: float = 2.0


@attrs.frozen
class Step:
    """One step of a plan."""

    verb: str
    kinds: tuple[Kind, ...] = ()
    tearable: bool = False
    patience: float | None = None
    which: int = 0


KINDS = st.sampled_from(Kind)
PATIENCE = st.sampled_from([None, 0.0, 0.5, 1.5, 2.5])
STEPS = st.one_of(
    st.builds(
        Step,
        st.sampled_from(["tell", "ask", "tell_nowait"]),
        st.tuples(KINDS),
        tearable=st.booleans(),
        patience=PATIENCE,
    ),
    st.builds(
        Step,
        st.just("ask_many"),
        st.lists(KINDS, min_size=1, max_size=6).map(tuple),
        tearable=st.booleans(),
        patience=PATIENCE,
    ),
    st.builds(Step, st.just("leave"), which=st.integers(0, 9)),
    st.builds(Step, st.sampled_from(["stop", "drain", "restart", "sibling", "busy", "pause", "wait"])),
)
OPTIONS = st.builds(
    Options,
    capacity=st.integers(1, 4),
    overflow=st.sampled_from(Overflow),
    deliveries=st.integers(1, 3),
    laters=st.integers(1, 3),
    grace=st.sampled_from([0.0, 0.5, 2.0, 10.0]),
)


class Play:
    """One plan while it is played."""

    def __init__(self, ledger: Ledger, desk: smith.Supervisor, nursery: trio.Nursery) -> None:
        self.ledger, self.desk, self.nursery = ledger, desk, nursery
        self.ref: smith.Ref[Any] = desk.system.find("desk/worker")  # type: ignore[assignment]
        self.sibling: smith.Ref[Any] = desk.system.find("desk/sibling")  # type: ignore[assignment]
        ledger.sibling = self.sibling
        self.scopes: list[trio.CancelScope] = []

    def jobs(self, step: Step) -> list[Job]:
        """Make the messages of a step."""
        made = []
        for kind in step.kinds:
            number = len(self.ledger.kinds)
            self.ledger.kinds[number] = kind
            self.ledger.heard[number] = "nothing"
            made.append((TearableJob if step.tearable else Job)(number=number, kind=kind))
        return made

    async def send(self, jobs: list[Job], step: Step, work: Callable[[], Awaitable[Any]]) -> None:
        """Await ``work()`` as long as there is patience, and write down what was heard."""
        scope = trio.CancelScope()
        if step.patience is not None:
            scope.deadline = trio.current_time() + step.patience
        self.scopes.append(scope)
        outcomes: list[Any] = []
        with scope:
            try:
                result = await work()
                outcomes = result if step.verb == "ask_many" else [result]
            except Exception as error:  # noqa: BLE001 - looked at later
                outcomes = [error]
        for job, outcome in zip(jobs, outcomes or ["cancelled"] * len(jobs), strict=True):
            if isinstance(outcome, Exception):
                self.ledger.heard[job.number] = type(outcome).__name__
            elif outcome == "cancelled":
                self.ledger.heard[job.number] = "cancelled"
            else:
                self.ledger.heard[job.number] = "sent" if step.verb.startswith("tell") else "answered"
                if step.verb.startswith("ask") and outcome != job.number:
                    self.ledger.problems.append(f"{job} was answered {outcome!r}")

    async def request(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Make a request that may be refused."""
        with contextlib.suppress(smith.ChildError, smith.SupervisorStopped):
            await work()

    def begin(self, step: Step) -> None:
        """Send the messages of a step, from a task of their own."""
        jobs = self.jobs(step)

        async def tell_nowait() -> None:
            self.ref.tell_nowait(jobs[0])

        ways: dict[str, Callable[[], Awaitable[Any]]] = {
            "tell": lambda: self.ref.tell(jobs[0]),
            "ask": lambda: self.ref.ask(jobs[0]),
            "ask_many": lambda: self.ref.ask_many(jobs, outcomes=True),
            "tell_nowait": tell_nowait,
        }
        if step.verb == "tell_nowait":
            step = attrs.evolve(step, patience=None)
        self.nursery.start_soon(self.send, jobs, step, ways[step.verb])

    async def play(self, step: Step) -> None:
        """Take one step."""
        desk, begin = self.desk, self.nursery.start_soon
        match step.verb:
            case "leave":
                if self.scopes:
                    self.scopes[step.which % len(self.scopes)].cancel()
            case "stop":
                begin(self.request, lambda: desk.stop_child("worker"))
            case "drain":
                begin(self.request, lambda: desk.stop_child("worker", drain=1.5))
            case "restart":
                begin(self.request, lambda: desk.restart_child("worker"))
            case "busy":
                begin(self.request, lambda: desk.start(starts_slowly, restart=smith.Restart.TEMPORARY))
            case "sibling":
                with contextlib.suppress(smith.ActorStopped):
                    await self.sibling.tell(Kind.CRASH)
            case "pause":
                await trio.sleep(0.7)
            case "wait":
                await trio.lowlevel.checkpoint()
            case _:
                self.begin(step)


async def run(options: Options, plan: list[Step]) -> tuple[Ledger, Counter[int], smith.MailboxStatistics]:
    """Play the plan; return what became of all messages, the dead letters, and the numbers of the mailbox."""
    ledger = Ledger()

    class Made(Worker):
        mailbox_capacity = options.capacity
        mailbox_overflow = options.overflow
        max_deliveries = options.deliveries
        max_later = options.laters

    watch = Watch(ledger)
    trio.lowlevel.add_instrument(watch)
    letters: Counter[int] = Counter()

    def note(letter: smith.DeadLetter) -> None:
        if isinstance(letter.message, Job):
            letters[letter.message.number] += 1

    with trio.fail_after(10_000):
        async with trio.open_nursery() as nursery, smith.open_supervisor() as supervisor:
            watch.supervisor = supervisor
            supervisor.system.dead_letters.subscribe(note)
            desk = await supervisor.start_supervisor(
                name="desk",
                strategy=smith.Strategy.ONE_FOR_ALL,
                max_restarts=10_000,
                children=[
                    smith.child(Made, ledger, name="worker", grace=options.grace),
                    smith.child(Sibling, name="sibling"),
                ],
            )
            play = Play(ledger, desk, nursery)
            for step in plan:
                await play.play(step)
            await trio.sleep(100)
            await supervisor.stop()
        watch.supervisor = None
    return ledger, letters, play.ref.statistics()


def ends_of(number: int, ledger: Ledger, letters: Counter[int], options: Options) -> str | None:
    """Return what is wrong with the end of one message, if anything is."""
    heard, kind = ledger.heard[number], ledger.kinds[number]
    begun, finished, letter = ledger.begun[number], ledger.finished[number], letters[number]
    handled = finished or (begun and kind in {Kind.DECLARED, Kind.SHUTDOWN})
    full = "MailboxFull"
    right = {
        "sent": bool(handled) != bool(letter),
        "answered": finished == 1 and not letter,
        "Declared": kind is Kind.DECLARED and begun >= 1 and not letter,
        "ActorCrashed": begun >= 1 and letter == 1,
        "ActorStopped": not finished and (letter == 1 or begun == 0 or kind is Kind.SHUTDOWN),
        full: begun == 0 and letter == (options.overflow in {Overflow.DROP_OLDEST, Overflow.DROP_NEWEST}),
        "cancelled": True,
    }.get(heard, False)
    if not right or letter > 1 or finished > 1 or begun > options.deliveries:
        return f"{number} ({kind.value}): heard {heard}, begun {begun}, finished {finished}, letters {letter}"
    return None


def assert_one_end_each(options: Options, plan: list[Step]) -> None:
    """Play the plan, and look at the end of every message."""
    ledger, letters, numbers = trio.run(run, options, plan, clock=MockClock(autojump_threshold=0))
    wrong = [ends_of(number, ledger, letters, options) for number in ledger.kinds]
    assert not (problems := [*ledger.problems, *filter(None, wrong)]), problems
    assert numbers.depth == numbers.senders_waiting == 0
    assert numbers.sent == numbers.received + numbers.dropped + numbers.withdrawn
    assert numbers.peak <= numbers.capacity
    assert numbers.received >= len(ledger.begun)


@settings(max_examples=150)
@given(OPTIONS, st.lists(STEPS, max_size=30))
@example(Options(), [Step("ask_many", (Kind.QUICK,) * 6, patience=0.0), Step("tell", (Kind.QUICK,))])
@example(Options(deliveries=2), [Step("ask", (Kind.CRASH,)), Step("drain"), Step("restart")])
def test_each_message_meets_one_end(options: Options, plan: list[Step]) -> None:
    """Answered, refused, given up or taken back: one of them, once."""
    assert_one_end_each(options, plan)
