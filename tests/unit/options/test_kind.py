"""The kinds of values: from TOML, from plain text, and back."""

import tomllib
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.options import Kind, Refused
from trio_smith.options._kind import Choice, Duration, Flag, HiddenText, Number, Size, Text, Texts, Whole


class Colour(Enum):
    """For choices."""

    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("kind", "value", "meaning"),
    [
        (Text(), "a", "a"),
        (Texts(), ["a", "b"], ("a", "b")),
        (Whole(), 3, 3),
        (Number(), 3, 3.0),
        (Number(), 0.5, 0.5),
        (Flag(), True, True),
        (Duration(), "5s", 5.0),
        (Size(), "1KiB", 1024),
        (Choice(Colour), "red", Colour.RED),
    ],
)
def test_a_value_is_read_and_shown(kind: Kind, value: object, meaning: object) -> None:
    """Of the type that it says, and of no other."""
    assert kind.read(value) == meaning
    assert kind.show(meaning)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Text(), 3),
        (Text(), None),
        (Text(), "x" * 5000),
        (Text(), "\udcff"),
        (Texts(), "a"),
        (Texts(), ["a", 3]),
        (Texts(), ["a"] * 1001),
        (Whole(), "3"),
        (Whole(), 3.0),
        (Whole(), True),
        (Number(), "0.5"),
        (Number(), True),
        (Number(), float("nan")),
        (Number(), float("inf")),
        (Number(), 10**400),
        (Flag(), "yes"),
        (Flag(), 1),
        (Duration(), 5),
        (Duration(), 0.5),
        (Duration(), True),
        (Duration(), []),
        (Size(), 5),
        (Choice(Colour), "green"),
        (Choice(Colour), 3),
        (HiddenText(), 3),
        (HiddenText(), ""),
    ],
)
def test_what_is_of_another_type_is_refused(kind: Kind, value: object) -> None:
    """There is no coercion: "3" is no 3, 1 is not true."""
    with pytest.raises(Refused) as caught:
        kind.read(value)
    assert caught.value.fix.endswith((".", "?"))
    assert len(caught.value.why) < 120
    assert caught.value.why.isprintable()


@pytest.mark.parametrize(
    ("kind", "text", "meaning"),
    [
        (Texts(), "a, b", ("a", "b")),
        (Texts(), " ", ()),
        (Whole(), "-3", -3),
        (Number(), "1e3", 1000.0),
        (Flag(), "false", False),
        (Duration(), "5s", 5.0),
        (Choice(Colour), "blue", Colour.BLUE),
    ],
)
def test_plain_text_is_read_too(kind: Kind, text: str, meaning: object) -> None:
    """Of a variable, or of an argument."""
    assert kind.read_text(text) == meaning


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Whole(), "3.0"),
        (Whole(), ""),
        (Whole(), "٣"),
        (Whole(), "9" * 5000),
        (Whole(), "0x10"),
        (Number(), "nan"),
        (Number(), "inf"),
        (Number(), "1e999"),
        (Flag(), "1"),
        (Flag(), "True"),
    ],
)
def test_plain_text_is_read_as_strictly(kind: Kind, text: str) -> None:
    """What Python takes for a number is not what a person has meant."""
    with pytest.raises(Refused):
        kind.read_text(text)


def test_an_error_about_a_secret_does_not_show_it() -> None:
    """Nor does what is shown of it."""
    with pytest.raises(Refused) as caught:
        HiddenText().read(1234567)
    assert "1234567" not in str(caught.value)
    assert HiddenText().show(HiddenText().read("hunter2")) == '"***"'


@given(st.text(max_size=100).filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text)))
def test_a_text_is_shown_as_toml_reads_it(text: str) -> None:
    """So what `config show` prints may be put into a file; control characters are escaped."""
    shown = Text().show(text)
    assert shown.isprintable()
    assert tomllib.loads(f"key = {shown}")["key"] == text
