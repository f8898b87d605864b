"""What each signal asks for."""

import pytest

from trio_smith.runtime._signal_table import CAUGHT, Ask, ask_of


@pytest.mark.parametrize(
    ("signal", "first", "while_stopping"),
    [
        ("SIGTERM", Ask.STOP, Ask.HURRY),
        ("SIGINT", Ask.STOP, Ask.HURRY),
        ("SIGHUP", Ask.RELOAD, None),
        ("SIGUSR1", Ask.SHOW, Ask.SHOW),
    ],
)
def test_the_table_of_signals(signal: str, first: Ask, while_stopping: Ask | None) -> None:
    """A second wish to stop is one to hurry, whichever of the two it is."""
    assert ask_of(signal, stopping=False) is first
    assert ask_of(signal, stopping=True) is while_stopping


def test_all_that_mean_something_are_caught() -> None:
    """And no other."""
    assert set(CAUGHT) == {"SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"}
