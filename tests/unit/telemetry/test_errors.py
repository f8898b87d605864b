"""The error that a subscriber gets counted for when it feeds back."""

from trio_smith.errors import MisuseError
from trio_smith.telemetry import EventFeedback


def test_feedback_says_what_why_and_how_to_mend_it() -> None:
    """It is read in a log, without the code beside it."""
    error = EventFeedback(caused=1000)
    assert isinstance(error, MisuseError)
    assert error.caused == 1000
    assert str(error) == (
        "dropped an event: one event had caused 1000 others already. "
        "Let the subscriber ignore the events that it causes itself."
    )
