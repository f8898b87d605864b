"""The sentence of an error: well built also when the words of another error stand in it."""

import pytest

import trio_smith as smith
from trio_smith.errors import MisuseError


def test_a_text_that_ends_with_a_full_stop_gets_no_second_one() -> None:
    """The text of a cause is a whole sentence, and stands in the middle of ours."""
    cause = smith.AskCycle(chain=("a", "a"))
    assert str(cause).endswith(".")
    assert ".." not in str(smith.StartFailed(path=("a",), cause=cause))
    assert MisuseError(what="no", why="it is so.").why == "it is so"


@pytest.mark.parametrize("end", ["?", "!", "…"])
def test_a_text_that_ends_by_itself_gets_no_full_stop(end: str) -> None:
    """A question is over with its mark."""
    assert str(MisuseError(what="no", why=f"really{end}")) == f"no: really{end} Read the message above."


def test_one_error_may_know_better_than_its_class_how_to_mend_it() -> None:
    """Then it says so, and keeps it."""
    error = MisuseError(what="no", why="so", fix="Do it.")
    assert str(error) == "no: so. Do it."
    assert error.fix == "Do it."
    assert MisuseError.fix != "Do it."
