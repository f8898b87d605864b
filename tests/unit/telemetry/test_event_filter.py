"""Whoever follows events chooses which: by class, by place, by anything else."""

import attrs
import pytest

from trio_smith.exits import RETURNED
from trio_smith.telemetry import ChildEnded, ChildStarted, EventBus, SupervisionEvent
from trio_smith.telemetry._event_filter import EventFilter


def started(*path: str) -> ChildStarted:
    """Return the event that says that the child at *path* has started."""
    return ChildStarted(path=path, id=path[-1] if path else "root", incarnation=1)


DESK, ALICE, DESKTOP = started("desk"), started("desk", "alice"), started("desktop")
ENDED = ChildEnded(path=("desk", "alice"), id="alice", incarnation=1, reason=RETURNED)


@pytest.mark.parametrize(
    ("path", "admitted"),
    [
        ("desk", [DESK, ALICE, ENDED]),
        (("desk",), [DESK, ALICE, ENDED]),
        ("desk/alice", [ALICE, ENDED]),
        ("", [DESK, ALICE, DESKTOP, ENDED]),
        ("bank", []),
    ],
)
def test_a_place_admits_what_happens_there_and_below(
    path: str | tuple[str, ...], admitted: list[object]
) -> None:
    """By whole names: a desktop is no part of the desk. What has no path happens nowhere."""
    chosen = EventFilter[object](path=path)
    everything = [DESK, ALICE, DESKTOP, ENDED, "no path", _Elsewhere(path="desk")]
    assert [event for event in everything if chosen.admits(event)] == admitted


@attrs.frozen
class _Elsewhere:
    """An event of somebody else's, whose path is of another kind."""

    path: str


def test_all_conditions_have_to_be_met() -> None:
    """The predicate is asked last, so it sees only what the class lets through."""
    asked: list[object] = []

    def where(event: ChildEnded) -> bool:
        asked.append(event)
        return event.id == "alice"

    chosen = EventFilter(of=ChildEnded, path="desk", where=where)
    assert [event for event in (ALICE, ENDED, "text") if chosen.admits(event)] == [ENDED]
    assert asked == [ENDED]


def test_without_conditions_everything_is_admitted() -> None:
    """A filter is no obstacle by itself."""
    assert EventFilter[object]().admits("anything")


def test_a_bus_hands_over_what_was_chosen() -> None:
    """One class, several classes, a base class; a callback gets no other event."""
    bus = EventBus()
    ends: list[ChildEnded] = []
    both: list[SupervisionEvent] = []
    below: list[object] = []
    bus.subscribe(ends.append, of=ChildEnded)
    bus.subscribe(both.append, of=(ChildStarted, ChildEnded), where=lambda event: event.id == "alice")
    bus.subscribe(below.append, path="desktop")
    for event in (DESK, ALICE, DESKTOP, ENDED, "text"):
        bus.emit(event)
    assert (ends, both, below) == ([ENDED], [ALICE, ENDED], [DESKTOP])
