"""A class of options says what can be told."""

from __future__ import annotations

from enum import Enum
from typing import Any

import attrs
import pytest

import trio_smith as smith
from trio_smith.options import BadOptions, options_of


class Colour(Enum):
    """For choices."""

    RED = "red"


@attrs.frozen(kw_only=True)
class Everything:
    """One of each."""

    needed: str
    text: str = "a"
    texts: tuple[str, ...] = ()
    whole: int = smith.option(3, about="How many.", at_least=1, at_most=9)
    number: float = 0.5
    flag: bool = False
    duration: smith.Seconds = smith.option(5.0, at_least=0.5)
    perhaps: smith.Seconds | None = None
    size: smith.Bytes = smith.option(1024, at_most=2048)
    secret: smith.Secret | None = None
    colour: Colour = Colour.RED


def test_the_kind_of_an_option_follows_from_its_type() -> None:
    """The annotation says it all."""
    assert {option.name: option.kind.name for option in options_of(Everything)} == {
        "needed": "text",
        "text": "text",
        "texts": "list of texts",
        "whole": "whole number",
        "number": "number",
        "flag": "flag",
        "duration": "duration",
        "perhaps": "duration",
        "size": "size",
        "secret": "secret",
        "colour": "red",
    }


def test_what_is_known_of_an_option_is_told() -> None:
    """For the reference, and for errors."""
    options = {option.name: option for option in options_of(Everything)}
    assert options["needed"].required
    assert not options["text"].required
    assert options["whole"].facts.about == "How many."
    assert options["whole"].bounds() == "1 to 9"
    assert options["duration"].bounds() == 'from "500ms"'
    assert options["size"].bounds() == 'up to "2KiB"'
    assert options["text"].bounds() == ""


def test_bounds_hold_for_programs_too() -> None:
    """Who makes the class by hand is checked at the same door."""
    with pytest.raises(ValueError, match="whole is 0, below the least"):
        Everything(needed="", whole=0)
    with pytest.raises(ValueError, match="size is 4096, above the most"):
        Everything(needed="", size=4096)
    with pytest.raises(ValueError, match="duration is nan"):
        Everything(needed="", duration=float("nan"))


@attrs.frozen
class Unknown:
    """With a type that nobody can write."""

    what: dict[str, Any]


@attrs.frozen
class Unresolved:
    """With a type that is not there."""

    what: Nowhere  # noqa: F821 - that is the point


@attrs.frozen
class Factory:
    """With a default that is made anew each time."""

    what: str = attrs.field(factory=str)


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        (Unknown, "no kind of value is known"),
        (Unresolved, "cannot be resolved"),
        (Factory, "a factory has no value"),
        (int, "it is no attrs class"),
        (3, "it is no attrs class"),
    ],
)
def test_what_cannot_be_read_from_settings_is_refused(owner: Any, why: str) -> None:
    """With the class and the field by name."""
    with pytest.raises(BadOptions, match=why):
        options_of(owner)
