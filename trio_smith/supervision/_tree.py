"""The live tree as a frozen snapshot that prints readably."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from ..actor._ask import content
from .life import Runner, await_point
from .spec import Strategy, SupervisorSpec

if TYPE_CHECKING:
    from ._shell import Shell


# Characters of a message that the tree shows.
SHOWN = 60


@attrs.frozen(kw_only=True)
class Tree:
    """One supervisor or child at one moment, with what lives below it. Times are in seconds."""

    name: str
    kind: str
    """"supervisor", "pool", "actor" or "function"."""
    label: str
    """The class, function or strategy."""
    args: tuple[object, ...]
    """What a child is started with."""
    state: str
    incarnation: int
    restarts: int
    """Of a supervisor: the restarts that its intensity remembers."""
    depth: int | None
    """Messages that wait in the mailbox of an actor."""
    in_hand: str | None
    """The message that an actor is handling, shortened."""
    busy_for: float | None
    """How long the actor has been working without a rest."""
    await_point: tuple[str, ...]
    """Where the child waits: "file:line in function", innermost last."""
    children: tuple[Tree, ...]

    def __str__(self) -> str:
        return "\n".join(_lines(self, "", ""))


def snapshot(source: Shell | Runner) -> Tree:
    """Return the tree below *source*."""
    if isinstance(source, Runner):
        return _of_child(source)
    return _of_supervisor(source, source.name, "running" if source.result is None else "down", 1)


def _of_supervisor(shell: Shell, name: str, state: str, incarnation: int) -> Tree:
    engine = shell.engine
    return Tree(
        name=name,
        kind="pool" if engine.is_pool else "supervisor",
        label=shell.spec.strategy.value,
        args=(),
        state="stopping" if engine.stopping and shell.result is None else state,
        incarnation=incarnation,
        restarts=engine.restarts_in_window(trio.current_time()),
        depth=None,
        in_hand=None,
        busy_for=None,
        await_point=(),
        children=tuple(_of_child(slot) for slot in engine.slots.values() if isinstance(slot, Runner)),
    )


def _of_child(runner: Runner) -> Tree:
    state = runner.condition.value
    inner = [shell for shell in runner.inner or () if shell.result is None]
    if inner and runner.value is None and runner.cell is None and inner[0].spec is runner.spec.start:
        return _of_supervisor(inner[0], runner.id, state, runner.incarnation)
    cell = runner.cell
    in_hand = cell.in_hand if cell is not None else None
    return Tree(
        name=runner.id,
        kind=_kind(runner),
        label=_label(runner),
        args=runner.spec.args,
        state=state,
        incarnation=runner.incarnation,
        restarts=0,
        depth=len(cell.queue) - cell.withdrawn if cell is not None else None,
        in_hand=None if in_hand is None else _short(content(in_hand)),
        busy_for=None if cell is None or in_hand is None else trio.current_time() - cell.since,
        await_point=await_point(runner.task) if in_hand is not None or cell is None else (),
        children=tuple(
            _of_child(slot) for one in inner for slot in one.engine.slots.values() if isinstance(slot, Runner)
        ),
    )


def _kind(runner: Runner) -> str:
    start = runner.spec.start
    if isinstance(start, SupervisorSpec) and start.strategy is Strategy.DYNAMIC:
        return "pool"
    return runner.kind.value


def _label(runner: Runner) -> str:
    start = runner.spec.start
    if isinstance(start, SupervisorSpec):
        return start.strategy.value
    return runner.cell.kind.__name__ if runner.cell is not None else getattr(start, "__name__", "")


def _short(message: object) -> str:
    try:
        text = repr(message)
    except Exception as error:  # noqa: BLE001 - the user's __repr__ must not spoil the picture
        text = f"{type(message).__name__} (its __repr__ raised {type(error).__name__})"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _lines(tree: Tree, first: str, rest: str) -> list[str]:
    # The instances of a pool have no names of their own: what they were started with tells them apart.
    args = f"({', '.join(_short(arg) for arg in tree.args)})" if tree.name.startswith("#") else ""
    facts = [f"{tree.kind} {tree.label}{args}".strip(), tree.state]
    if tree.incarnation > 1:
        facts.append(f"incarnation {tree.incarnation}")
    if tree.restarts:
        facts.append(f"{tree.restarts} recent restart{'s' if tree.restarts > 1 else ''}")
    if tree.depth:
        facts.append(f"{tree.depth} waiting")
    if tree.in_hand is not None:
        facts.append(f"handling {tree.in_hand} for {tree.busy_for or 0:.1f} s")
    if tree.await_point:
        facts.append(f"at {tree.await_point[-1]}")
    lines = [f"{first}{tree.name}  [{', '.join(facts)}]"]
    for number, below in enumerate(tree.children, 1):
        last = number == len(tree.children)
        lines += _lines(below, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))
    return lines
