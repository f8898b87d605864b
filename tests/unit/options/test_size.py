"""Sizes of data as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.options import Refused, parse_size, say_size


@pytest.mark.parametrize(
    ("text", "count"),
    [("512B", 512), ("64KiB", 65_536), ("64 KiB", 65_536), ("10MiB", 10 * 2**20), ("1GB", 10**9), ("0B", 0)],
)
def test_a_size_is_a_number_and_a_unit(text: str, count: int) -> None:
    """Powers of ten and of two, each by its name."""
    assert parse_size(text) == count


@pytest.mark.parametrize(
    ("text", "why", "fix"),
    [
        ("64", "has no unit", "64KiB"),
        ("64kib", "unknown unit kib", "Did you mean 64KiB?"),
        ("64K", "unknown unit K", "64KiB"),
        ("1.5MiB", "is no size", "64KiB"),
        ("-1B", "is no size", "64KiB"),
        ("much", "is no size", "64KiB"),
    ],
)
def test_what_is_no_size_is_refused(text: str, why: str, fix: str) -> None:
    """With what to write instead."""
    with pytest.raises(Refused) as caught:
        parse_size(text)
    assert why in caught.value.why
    assert fix in caught.value.fix


@given(st.integers(0, 2**60 - 1).filter(lambda count: len(str(count)) <= 12))
def test_what_is_said_is_read_as_the_same(count: int) -> None:
    """Exactly."""
    assert parse_size(say_size(count)) == count
