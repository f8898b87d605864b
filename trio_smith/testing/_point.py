"""Where a sweep strikes, and with what: values that have a short text, so that a failure can be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from random import Random

import attrs

from ..errors import MisuseError


class Mode(Enum):
    """What a sweep does at each step in turn."""

    TREE = "tree"
    """Cancel the whole scenario."""
    CHILD = "child"
    """Cancel one part that the scenario names (`Stage.victim`), or do what it names (`Stage.poke`)."""
    TWICE = "twice"
    """Cancel it or a part of it, or press Ctrl-C; and once more some steps later, amid the clean-up."""
    DEADLINE = "deadline"
    """Let the deadline of the whole scenario pass."""
    INTERRUPT = "interrupt"
    """Press Ctrl-C."""


class Blow(Enum):
    """One thing that is done to a scenario."""

    TREE = "tree"
    OUTER = "outer"
    """Cancel a scope round the one that `TREE` cancels."""
    CHILD = "child"
    DEADLINE = "deadline"
    INTERRUPT = "interrupt"


class BadPoint(MisuseError, ValueError):
    """A text that names no point of a sweep."""

    fix = "Copy it from the failure, like 'tree@17', 'child:asker@9', 'interrupt@5:2' or 'tree@17,outer+3'."

    def __init__(self, *, text: str) -> None:
        self.text = text
        super().__init__(what=f"{text!r} is no point of a sweep", why="it does not read as one")


@attrs.frozen
class Strike:
    """A blow; with the name of its victim if it has one, and its line if it is Ctrl-C."""

    blow: Blow
    victim: str = ""
    line: int = 1


@attrs.frozen(kw_only=True)
class Point:
    """Strike before step ``step`` (from 1) of the scenario's tasks; perhaps again ``gap`` steps later."""

    step: int
    first: Strike
    gap: int = 0
    second: Strike | None = None

    @property
    def mode(self) -> Mode:
        """The mode that it belongs to."""
        return Mode.TWICE if self.second is not None else Mode(self.first.blow.value)

    def __str__(self) -> str:
        text = _say(self.first, f"@{self.step}")
        return text if self.second is None else f"{text},{_say(self.second, f'+{self.gap}')}"


def _say(strike: Strike, place: str) -> str:
    victim = f":{strike.victim}" if strike.blow is Blow.CHILD else ""
    line = f":{strike.line}" if strike.blow is Blow.INTERRUPT else ""
    return f"{strike.blow.value}{victim}{place}{line}"


_TEXT = re.compile(
    r"(?P<blow>\w+)(?::(?P<victim>[^@+,]+))?@(?P<step>\d+)(?::(?P<line>\d+))?"
    r"(?:,(?P<blow2>\w+)(?::(?P<victim2>[^@+,]+))?\+(?P<gap>\d+)(?::(?P<line2>\d+))?)?"
)


def point_of(text: str) -> Point:
    """Return the point that *text*, the ``str`` of one, names.

    Raises:
        BadPoint: It names none.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise BadPoint(text=text)
    part = match.groupdict()
    try:
        first = Strike(Blow(part["blow"]), part["victim"] or "", int(part["line"] or 1))
        second = None
        if part["blow2"]:
            second = Strike(Blow(part["blow2"]), part["victim2"] or "", int(part["line2"] or 1))
    except ValueError:
        raise BadPoint(text=text) from None
    return Point(step=int(part["step"]), first=first, gap=int(part["gap"] or 0), second=second)


def points_of(
    modes: Sequence[Mode],
    *,
    steps: int,
    victims: Mapping[str, Sequence[int]],
    gaps: Sequence[int],
    lines: Sequence[int],
) -> Iterator[Point]:
    """Yield the points of *modes* in a scenario of so many *steps*.

    *victims* says in which steps each of them can be struck. A second strike comes after one of *gaps*
    steps, Ctrl-C at one of *lines*: the steps take turns with them.
    """
    for mode in modes:
        for first, at in _firsts(mode, steps, victims):
            for number, step in enumerate(at):
                line = lines[step % len(lines)]
                one = attrs.evolve(first, line=line) if first.blow is Blow.INTERRUPT else first
                if mode is not Mode.TWICE:
                    yield Point(step=step, first=one)
                    continue
                for other, second in enumerate(_seconds(one)):
                    yield Point(step=step, first=one, gap=gaps[(number + other) % len(gaps)], second=second)


def _firsts(
    mode: Mode, steps: int, victims: Mapping[str, Sequence[int]]
) -> Iterator[tuple[Strike, Sequence[int]]]:
    everywhere = range(1, steps + 1)
    if mode in (Mode.CHILD, Mode.TWICE):
        for name, at in victims.items():
            yield Strike(Blow.CHILD, name), at
    if mode is Mode.TWICE:
        yield Strike(Blow.TREE), everywhere
        yield Strike(Blow.INTERRUPT), everywhere
    elif mode is not Mode.CHILD:
        yield Strike(Blow(mode.value)), everywhere


def _seconds(first: Strike) -> Iterator[Strike]:
    match first.blow:
        case Blow.CHILD:
            yield Strike(Blow.TREE)
        case Blow.TREE:
            yield Strike(Blow.OUTER)
            yield Strike(Blow.INTERRUPT)
        case _:
            yield Strike(Blow.INTERRUPT)


def choose(points: Sequence[Point], most: int | None, *, seed: int) -> list[Point]:
    """Return *points*, or *most* of them by the chance of *seed*, in their order."""
    if most is None or len(points) <= most:
        return list(points)
    chosen = sorted(Random(seed).sample(range(len(points)), most))
    return [points[number] for number in chosen]
