"""The tally: what an observer makes of the events of a tree."""

import pytest

import trio_smith as smith
from trio_smith.cli.census._saboteur import Sabotaged
from trio_smith.cli.census._tally import Tally


def where(name: str) -> dict[str, object]:
    """Return what every event about a child says."""
    return {"path": ("work", name), "id": name, "incarnation": 1}


def test_a_planned_crash_and_its_restart_are_counted() -> None:
    """By child, and without a word: that is what was asked for."""
    tally = Tally()
    tally.note(smith.ChildEnded(**where("a"), reason=smith.Crashed(Sabotaged("x"))))
    tally.note(smith.RestartScheduled(**where("a"), delay=0.0, restarts=1))
    assert (tally.crashes, tally.restarts, tally.by_child) == (1, 1, {"a": 1})
    assert tally.strange == []


def test_another_crash_and_giving_up_are_strange() -> None:
    """They are kept as text, and not too many of them."""
    tally = Tally()
    tally.note(smith.GaveUp(**where("work"), child="a", restarts=4))
    for _ in range(9):
        tally.note(smith.ChildEnded(**where("a"), reason=smith.Crashed(ValueError("x"))))
    assert tally.strange == ["work gave up on a at restart 4", *["a crashed: ValueError: x"] * 4]
    assert tally.crashes == 9


def test_ctrl_c_is_no_crash() -> None:
    """It comes out of whoever has the thread."""
    tally = Tally()
    tally.note(smith.ChildEnded(**where("a"), reason=smith.Crashed(KeyboardInterrupt())))
    assert (tally.crashes, tally.interrupted, tally.strange) == (0, ["a"], [])


def test_the_final_stop_is_of_those_who_are_not_started_again() -> None:
    """Children stopped for a restart of their group are; and so are those who crash while another stops."""
    tally = Tally()
    tally.note(smith.ChildEnded(**where("a"), reason=smith.Stopped()))
    tally.note(smith.ChildStarted(**where("a")))
    tally.note(smith.ChildEnded(**where("scanner"), reason=smith.Stopped()))
    tally.note(smith.ChildEnded(**where("c"), reason=smith.Crashed(Sabotaged("x"))))
    tally.note(smith.ChildStarted(**where("c")))
    tally.note(smith.ChildEnded(**where("b"), reason=smith.Crashed(Sabotaged("x"))))
    tally.note(smith.ChildEnded(**where("a"), reason=smith.Killed()))
    assert list(tally.ended.items()) == [("scanner", "stopped"), ("b", "crashed"), ("a", "stopped")]


@pytest.mark.parametrize("event", [object(), smith.ChildEnded(**where("a"), reason=smith.Returned())])
def test_everything_else_is_of_no_interest(event: object) -> None:
    """A scanner that has finished is no news."""
    tally = Tally()
    tally.note(event)
    assert (tally.crashes, tally.restarts, tally.ended, tally.strange) == (0, 0, {}, [])
