"""A line of progress."""

import pytest

from trio_smith.cli.census._progress import progress_line
from trio_smith.cli.census._totals import Totals

TOTALS = Totals(files=1500, lines=20000)


@pytest.mark.parametrize(
    ("restarts", "seconds", "line"),
    [
        (1, 3.0, "x: 1,500 files, 20,000 lines, 500 files/s, 1 restart"),
        (1200, 0.5, "x: 1,500 files, 20,000 lines, 3,000 files/s, 1,200 restarts"),
        (None, 1.0, "x: 1,500 files, 20,000 lines, 1,500 files/s"),
        (0, 0.0, "x: 1,500 files, 20,000 lines, 0 files/s, 0 restarts"),
    ],
)
def test_it_says_how_far_how_fast_and_how_often_restarted(
    restarts: int | None, seconds: float, line: str
) -> None:
    """The plain count has no restarts to speak of; at the first instant there is no rate."""
    assert progress_line("x", TOTALS, restarts=restarts, seconds=seconds) == line
