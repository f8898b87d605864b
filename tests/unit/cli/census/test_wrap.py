"""Long lines, broken between words."""

import pytest

from trio_smith.cli.census._wrap import cut, wrap


def test_what_fits_stays_as_it_is() -> None:
    """Columns of a table, its blanks and empty lines included."""
    text = "a      b\n\n  c\n"
    assert wrap(text, 80) == text


def test_a_long_line_is_broken_between_words() -> None:
    """What is broken off stands further in than its line."""
    text = "  yes  nothing lost: every file was entered"
    assert wrap(text, 30) == "  yes  nothing lost: every\n      file was entered"


@pytest.mark.parametrize("columns", [20, 1, 0])
def test_a_word_stays_whole(columns: int) -> None:
    """A path that is broken cannot be copied; nor is anything gained on a terminal of one column."""
    assert wrap("look at some/very-long/path/to/a/file.py now", columns) == (
        "look at\n    some/very-long/path/to/a/file.py\n    now"
    )


@pytest.mark.parametrize(
    ("columns", "left"),
    [(29, "plain: 1 file, 1,234 lines, 5"), (28, "plain: 1 file, 1,234 lines"), (5, "plain"), (-2, "")],
)
def test_a_line_is_cut_between_its_parts(columns: int, left: str) -> None:
    """Half a number would be a wrong one; a first part that does not fit is cut as it falls."""
    assert cut("plain: 1 file, 1,234 lines, 5", columns, at=", ") == left
