"""A number with its noun."""

from trio_smith.cli.census._plural import plural


def test_one_is_not_many() -> None:
    """Grammar."""
    assert [plural(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert [plural(number, "crash", "crashes") for number in (1, 2000)] == ["1 crash", "2,000 crashes"]
