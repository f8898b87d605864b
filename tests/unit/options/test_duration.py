"""Durations as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.options import Refused, parse_duration, say_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("500ms", 0.5),
        ("1m30s", 90.0),
        ("2h", 7200.0),
        ("1d", 86_400.0),
        ("0s", 0.0),
        ("1.5s", 1.5),
        ("1d2h3m4s5ms", 93_784.005),
    ],
)
def test_a_duration_has_numbers_and_units(text: str, seconds: float) -> None:
    """The largest unit first."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("30", "'30' has no unit"),
        ("1.5", "has no unit"),
        ("", "is no duration"),
        ("s", "is no duration"),
        ("-5s", "is no duration"),
        ("5 s", "is no duration"),
        ("30S", "is no duration"),
        ("1s1m", "in no order"),
        ("1s1s", "one of them twice"),
        ("٣s", "is no duration"),
        ("1e9s", "is no duration"),
        ("9" * 5000 + "s", "is no duration"),
        ("5s\n", "is no duration"),
        ("soon\x1b[31m", r"\x1b"),
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str, why: str) -> None:
    """On one line, printable, whatever was written; and it says what to write."""
    with pytest.raises(Refused) as caught:
        parse_duration(text)
    assert why in caught.value.why
    assert "30s" in caught.value.fix
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@given(st.integers(0, 10**12))
def test_what_is_said_is_read_as_the_same(milliseconds: int) -> None:
    """So what `config show` prints may be put into a file."""
    assert round(parse_duration(say_duration(milliseconds / 1000)) * 1000) == milliseconds


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """It is read or refused."""
    with contextlib.suppress(Refused):
        assert parse_duration(text) >= 0
