"""Guesses are good for typing errors and bounded in what they cost."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.registry._close_names import COMPARED, LOOKED_AT, close_names

names = st.text("ab/é-1", min_size=1, max_size=12)


@pytest.mark.parametrize(
    "wanted",
    ["desk/alcie", "desk/alic", "desk/alicee", "desc/alice", "Desk/alice", "desk/alice2", "esk/alice"],
)
def test_a_typing_error_finds_the_name_that_was_meant(wanted: str) -> None:
    """Swapped, missing, doubled and wrong letters, at either end and in the middle."""
    others = [f"region-{number}/worker-{number}" for number in range(500)]
    assert close_names(wanted, [*others, "desk/bob", "desk/alice", "ledger"])[0] == "desk/alice"


def test_the_name_that_was_meant_is_found_among_many_of_its_length() -> None:
    """Only few are compared in full, so those must be the right ones."""
    others = [f"desk/{number:05}" for number in range(900)]
    assert close_names("desk/alcie", [*others, "desk/alice"])[0] == "desk/alice"


def test_nothing_is_guessed_where_nothing_is_alike() -> None:
    """A wrong guess is worse than none."""
    assert close_names("ledger", ["desk/alice", "desk/bob"]) == ()
    assert close_names("ledger", []) == ()


def test_only_so_many_names_are_looked_at() -> None:
    """A registry of a hundred thousand must not hold up the event loop over one typing error."""
    taken = count()
    assert close_names("wanted", (f"name-{next(taken)}" for _ in range(10 * LOOKED_AT))) == ()
    assert next(taken) == LOOKED_AT


@given(names, st.lists(names, unique=True, max_size=3 * COMPARED))
def test_guesses_are_names_that_exist_and_at_most_three(wanted: str, existing: list[str]) -> None:
    """Whatever the names are; and a name that exists is its own first guess."""
    guesses = close_names(wanted, existing)
    assert len(guesses) == len(set(guesses)) <= 3
    assert set(guesses) <= set(existing)
    assert close_names(wanted, [*(name for name in existing if name != wanted), wanted])[0] == wanted
