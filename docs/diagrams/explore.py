"""Drive the engine of a supervisor without Trio, and note what it does: what the diagrams are drawn from."""

from collections.abc import Iterable
from random import Random
from typing import Any

import trio

from trio_smith.exits import RETURNED, STOPPED, Crashed
from trio_smith.resilience import Backoff
from trio_smith.supervision import ChildSpec, Intensity, Restart, Strategy, SupervisorSpec
from trio_smith.supervision.engine._actions import (
    Action,
    CancelStart,
    ReleaseChild,
    RestartChild,
    Start,
    StartChild,
    Stop,
    StopChild,
    StopTogether,
    Wait,
)
from trio_smith.supervision.engine._engine import Engine
from trio_smith.supervision.engine._slot import Condition, Slot
from trio_smith.supervision.spec._child_spec import default_restart

CRASH = Crashed(ValueError())


class Watched(Engine):
    """An engine that notes each change of a child's condition."""

    changes: set[tuple[Condition, Condition]]

    def _set(self, slot: Slot, condition: Condition) -> None:
        self.changes.add((slot.condition, condition))
        super()._set(slot, condition)


class Drive:
    """A shell without tasks: it remembers what is to come out, and lets it come out when it is told to."""

    def __init__(self, spec: SupervisorSpec) -> None:
        self.engine = Watched(spec, name="root", make_slot=_slot, delay=lambda _attempt: 1.0)
        self.engine.changes = set()
        self.now = 0.0
        self.starting: Slot | None = None
        self.stopping: list[Slot] = []
        self.waits: list[tuple[Slot, int]] = []
        self.story: list[tuple[str, str]] = []
        given = [StartChild(one, one.name) for one in spec.children]
        self.do(self.engine.begin(given, self.now))

    def do(self, actions: Iterable[Action]) -> None:
        """Note what the engine wants."""
        for action in actions:
            match action:
                case Start(slot):
                    self.starting = slot
                    self.story.append(("start", slot.id))
                case Stop(slot):
                    self.stopping.append(slot)
                    self.story.append(("stop", slot.id))
                case StopTogether(slots):
                    self.stopping.extend(slots)
                case Wait(slot):
                    self.waits.append((slot, slot.incarnation))
                case CancelStart():
                    self.comes_out("fails")
                    return
                case _:
                    pass

    def comes_out(self, how: str) -> None:
        """The start in progress comes out."""
        slot, self.starting = self.starting, None
        assert slot is not None
        if how == "ready":
            self.do(self.engine.started(slot, self.now))
        elif how == "ignored":
            self.do(self.engine.ignored(slot, self.now))
        else:
            self.do(self.engine.start_failed(slot, ValueError(), self.now))

    def ends(self, slot: Slot, reason: Any) -> None:
        """A child has ended, by itself or because it was stopped."""
        if slot in self.stopping:
            self.stopping.remove(slot)
        self.engine.note_end(slot, reason)
        self.do(self.engine.exited(slot, slot.incarnation, reason, self.now))

    def settle(self) -> None:
        """Let all starts succeed and all stops end."""
        while self.starting is not None or self.stopping:
            if self.starting is not None:
                self.comes_out("ready")
            else:
                self.ends(self.stopping[-1], STOPPED)


def _slot(given: StartChild, name: str) -> Slot:
    return Slot(given.spec, name, given.spec.restart or default_restart(given.spec.kind))


def touched_by(strategy: Strategy, names: str, failing: str) -> list[tuple[str, str]]:
    """Return who is stopped and started, in order, when the child *failing* of *names* crashes."""
    children = [ChildSpec(start=trio.sleep_forever, name=name, restart=Restart.PERMANENT) for name in names]
    drive = Drive(SupervisorSpec(strategy=strategy, children=children))
    drive.settle()
    drive.story.clear()
    drive.ends(drive.engine.slots[failing], CRASH)
    drive.settle()
    return drive.story


def all_changes(*, rounds: int = 400, steps: int = 60, seed: int = 1) -> set[tuple[Condition, Condition]]:
    """Return every change of condition that is met when anything happens in any order."""
    random, found = Random(seed), set[tuple[Condition, Condition]]()
    for _ in range(rounds):
        children = [
            ChildSpec(
                start=trio.sleep_forever,
                name=name,
                restart=random.choice([Restart.PERMANENT, Restart.TRANSIENT]),
                quarantine=random.choice([None, Intensity(max_restarts=1)]),
            )
            for name in "abc"
        ]
        strategies = [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]
        drive = Drive(
            SupervisorSpec(
                strategy=random.choice(strategies),
                backoff=random.choice([None, Backoff()]),
                max_restarts=random.choice([0, 3, 30]),
                children=children,
            )
        )
        for _ in range(steps):
            if not drive.engine.stopping:
                _happen(drive, random)
        found |= drive.engine.changes
    return {(before, after) for before, after in found if before is not after}


def _happen(drive: Drive, random: Random) -> None:
    drive.now += random.choice([0.0, 0.0, 2.0, 10.0])
    slots = list(drive.engine.slots.values())
    alive = [one for one in slots if one.condition is Condition.RUNNING and one.exit is None]
    goes_on, waits_end = random.random() < 2 / 3, random.random() < 1 / 2
    if drive.starting is not None and goes_on:
        drive.comes_out(random.choice(["ready", "ready", "ready", "fails", "ignored"]))
    elif drive.stopping and goes_on:
        drive.ends(random.choice(drive.stopping), STOPPED)
    elif drive.waits and waits_end:
        drive.do(drive.engine.resume(*drive.waits.pop(), drive.now))
    elif alive and goes_on:
        drive.ends(random.choice(alive), random.choice([CRASH, CRASH, RETURNED]))
    else:
        request = random.choice([StopChild, RestartChild, ReleaseChild])
        drive.do(drive.engine.request(_Asked(request(random.choice("abc"))), drive.now))


class _Asked:
    """A request whose answer nobody waits for."""

    def __init__(self, request: object) -> None:
        self.request = request
