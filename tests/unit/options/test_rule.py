"""What keys of one section have to do with one another."""

import pytest

from trio_smith.options import Exclusive, Needs, NotAbove


@pytest.mark.parametrize(
    ("given", "broken"), [(set(), False), ({"a"}, False), ({"b"}, False), ({"a", "b"}, True)]
)
def test_at_most_one_of_two_is_given(given: set[str], *, broken: bool) -> None:
    """The error names both."""
    found = Exclusive("a", "b").broken(given, {})
    assert (found is not None) == broken
    assert found is None or "Keep a or b" in found[1]


@pytest.mark.parametrize(
    ("given", "value", "broken"), [(set(), None, False), ({"b"}, None, True), ({"b"}, 1, False)]
)
def test_one_means_nothing_without_the_other(given: set[str], value: object, *, broken: bool) -> None:
    """Also if the other has a default."""
    found = Needs("a", "b").broken(given, {"a": value})
    assert (found is not None) == broken


@pytest.mark.parametrize(
    ("least", "most", "broken"), [(1, 2, False), (2, 2, False), (3, 2, True), (None, 2, False)]
)
def test_one_is_not_above_the_other(least: object, most: object, *, broken: bool) -> None:
    """What is not set is not compared."""
    found = NotAbove("most", "least").broken(set(), {"least": least, "most": most})
    assert (found is not None) == broken
