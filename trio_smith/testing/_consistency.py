"""What is true of a tree between any two steps: of its mailboxes, its actors and its supervisors."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..actor import Cell, Lifecycle
from ..actor._host import Registry
from ..mailbox import Mailbox
from ..registry._owner import cell_of
from ..supervision import Condition, Pool, Supervisor, System
from ..supervision._shell import Shell
from ..supervision.life import Runner


def assert_consistent(supervisor: Supervisor | Pool, /) -> None:
    """Check that the bookkeeping of *supervisor* and of all below it holds together; for use between steps.

    Of mailboxes: no more messages wait than may, those that were withdrawn are counted, whoever waits for
    room has to. Of actors: one that rests has no work. Of supervisors: those that are up are counted,
    nothing is half done while nothing is being handled, and the last children are stopped first. Of names,
    groups and topics, in the whole system: each entry belongs to an actor that takes messages.

    Raises:
        AssertionError: Something does not hold; all of it is named.
    """
    source = supervisor._source  # noqa: SLF001 - what a handle stands for is what has to hold together
    shells = [source] if isinstance(source, Shell) else list(source.inner or ())
    problems = [problem for shell in shells for problem in _of_supervisor(shell)]
    problems.extend(problems_of_registry(source.system))
    if problems:
        raise AssertionError("; ".join(problems))


def problems_of_mailbox(box: Mailbox) -> Iterator[str]:
    """Say what does not hold of *box*."""
    taken_back = sum(box.is_withdrawn(item) for item in box.queue)
    depth = len(box.queue) - box.withdrawn
    if taken_back != box.withdrawn:
        yield f"{taken_back} messages in the queue are withdrawn, {box.withdrawn} are counted"
    if depth > max(box.capacity, 1):  # of capacity 0: one, in the step of the hand-over
        yield f"{depth} messages wait, {box.capacity} may"
    if box.closed or box.senders:
        if box.limit:
            why = "it is closed" if box.closed else "somebody waits for room"
            yield f"the fast path is open ({box.limit}) although {why}"
    elif box.limit not in (0, box.capacity + box.withdrawn):
        yield f"the fast path ends at {box.limit}, not at {box.capacity} + {box.withdrawn} withdrawn"
    if box.closed and box.senders and not _drains(box):
        yield f"{len(box.senders)} senders wait for room in a closed mailbox"


def problems_of_registry(system: System) -> Iterator[str]:
    """Say what does not hold of the names, groups and topics of *system*."""
    names, groups, topics = system.names, system.groups, system.topics
    entries: list[tuple[str, Registry, Cell]] = [
        *((f"the name {name}", names, cell_of(ref)) for name, ref in names.snapshot().items()),
        *(
            (f"the group {group}", groups, cell_of(ref))
            for group in groups.names()
            for ref in groups.members(group)
        ),
        *((f"{one!r}", topics, one.cell) for one in topics.all_subscriptions()),
    ]
    for what, registry, cell in entries:
        if cell.closed:
            yield f"{what} has outlived {cell.path_text}"
        elif cell.extras is None or registry not in cell.extras.registries:
            yield f"{what} would outlive {cell.path_text}"
    for one in topics.all_subscriptions():
        waits, waiting = one in (one.cell.senders or ()), one.statistics().waiting
        if waits is not bool(waiting):
            yield f"{waiting} messages of {one!r} wait, and it {'does' if waits else 'does not'}"


def _drains(box: Mailbox) -> bool:
    """Tell whether those who wait for room in a closed mailbox are still let in, because it is drained."""
    return isinstance(box, Cell) and box.drain_until != -math.inf and bool(box.queue or box.in_hand)


def _of_supervisor(shell: Shell) -> Iterator[str]:
    name, engine = "/".join(shell.path) or shell.name, shell.engine
    slots = list(shell.runners())
    up = sum(slot.condition.is_up for slot in slots)
    if up != engine.alive:
        yield f"{name} has {up} children up, {engine.alive} are counted"
    if shell.performing:
        yield f"{name} stopped in the midst of its actions"
    if engine.idle:
        for slot in slots:
            if slot.condition in (Condition.STARTING, Condition.STOPPING):
                yield f"{name} is idle, and its child {slot.id} is {slot.condition.value}"
    # A stop that came in the midst of something else lets that end first.
    if engine.stopping and not engine.is_pool and engine._overtaken is None:  # noqa: SLF001
        yield from _of_the_order(name, slots)
    for slot in slots:
        yield from _of_child(slot)


def _of_the_order(name: str, slots: list[Runner]) -> Iterator[str]:
    """All stop: whoever is before one that is being stopped still runs; whoever is behind it is down."""
    stopping = [place for place, slot in enumerate(slots) if slot.condition is Condition.STOPPING]
    if len(stopping) > 1:
        yield f"{name} stops {len(stopping)} children at once"
    for slot in slots[stopping[-1] + 1 :] if stopping else ():
        if slot.condition is not Condition.DOWN and slot.exit is None:
            yield f"{name} stops {slots[stopping[-1]].id} before {slot.id}, which is {slot.condition.value}"


def _of_child(runner: Runner) -> Iterator[str]:
    if runner.cell is not None:
        for problem in (*problems_of_mailbox(runner.cell), *_of_actor(runner.cell)):
            yield f"{'/'.join(runner.path)}: {problem}"
    for shell in runner.inner or ():
        yield from _of_supervisor(shell)


def _of_actor(cell: Cell) -> Iterator[str]:
    if cell.task is None:
        if cell.in_hand is not None:
            yield f"{cell.in_hand!r} is in hand, and nobody is there"
    elif cell.waiter is not None and not _ties_up(cell):
        if cell.urgent and not cell.stopping:
            yield "it rests although something urgent is there"
        if cell.system_lane and not cell.stopping:
            yield f"it rests with {len(cell.system_lane)} calls in its system lane"
        if _takes_messages(cell):
            yield from _of_its_rest(cell)


def _ties_up(cell: Cell) -> bool:
    """Tell whether it has crashed, and rests until its `later` tasks have ended."""
    later = cell.extras.later if cell.extras is not None else {}
    return bool(later) and all(task.scope.cancel_called for task in later)


def _takes_messages(cell: Cell) -> bool:
    """Tell whether it rests for want of messages, and not until some `later` task has ended."""
    if cell.state is not Lifecycle.RUNNING:
        return False
    return cell.extras is None or len(cell.extras.later) < cell.kind.max_later


def _of_its_rest(cell: Cell) -> Iterator[str]:
    if cell.queue:
        yield f"it rests with {len(cell.queue)} messages in its mailbox"
    if cell.senders:
        yield f"it rests while {len(cell.senders)} senders wait for room"
    if cell.extras is not None and cell.extras.redelivery:
        yield f"it rests with {len(cell.extras.redelivery)} messages to be delivered again"
