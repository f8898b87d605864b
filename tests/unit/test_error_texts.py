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


def give_up(*, restarts: int = 4, failures: tuple[Exception, ...] = ()) -> smith.RestartIntensityExceeded:
    """Return the error of a supervisor that gave up."""
    return smith.RestartIntensityExceeded(
        supervisor="root", child="g", restarts=restarts, within=5.0, failures=failures
    )


def test_a_give_up_says_in_its_own_line_what_the_last_failure_was() -> None:
    """Its causes are printed far above it, in a group."""
    error = give_up(failures=(ValueError("first"), ValueError("boom")))
    assert error.what == "supervisor 'root' gave up on 'g'"
    assert (
        error.why
        == "4 restarts were needed within 5 s, and 3 are allowed; the last failure: ValueError: boom"
    )


def test_a_give_up_over_give_ups_says_what_failed_at_the_bottom() -> None:
    """Not that those below gave up: one line has no room for all of it."""
    error = give_up(failures=(give_up(failures=(give_up(failures=(ValueError("boom"),)),)),))
    assert error.why.endswith("the last failure: ValueError: boom")
    assert give_up(failures=(give_up(),)).why.endswith("RestartIntensityExceeded: " + str(give_up())[:-1])


def test_a_give_up_where_no_restart_is_allowed_says_so() -> None:
    """That is no question of seconds."""
    assert give_up(restarts=1).why == "a restart was needed, and none is allowed"
