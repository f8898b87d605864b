"""Declare one option of a class of options: pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import attrs

T = TypeVar("T")

FACTS: Final = "trio_smith.option"
"""Where the facts stand in the metadata of an attrs field."""


@attrs.frozen(kw_only=True)
class Facts:
    """What is known of an option beyond its name, its type and its default."""

    about: str = ""
    at_least: float | None = None
    at_most: float | None = None
    live: bool = False
    from_file: bool = False


def option(
    default: T = cast("Any", attrs.NOTHING),  # noqa: B008 - a sentinel
    /,
    *,
    about: str = "",
    at_least: float | None = None,
    at_most: float | None = None,
    live: bool = False,
    from_file: bool = False,
) -> T:
    """Declare a field of an attrs class of options; without a *default* it must be given.

    Its annotation says how it is written: ``str``, ``int``, ``float``, ``bool``, `Seconds`, `Bytes`,
    `Secret`, an enum of texts, ``tuple[str, ...]``, or one of these ``| None`` for what may be left out.
    *about* is one sentence for the reference; a number is between *at_least* and *at_most*. A *live* one
    takes effect at a reload; one *from_file* is taken from a settings file only, never from the
    environment or the command line.

    A value that is out of bounds is a ValueError, also when the class is made by a program.
    """
    facts = Facts(about=about, at_least=at_least, at_most=at_most, live=live, from_file=from_file)
    field: T = attrs.field(default=default, validator=_within(facts), metadata={FACTS: facts})
    return field


def _within(facts: Facts) -> Callable[[object, attrs.Attribute[Any], Any], None]:
    def check(_instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        why = out_of_bounds(facts, value)
        if why is not None:
            raise ValueError(f"{attribute.name} is {value!r}, {why}")

    return check


def out_of_bounds(facts: Facts, value: object) -> str | None:
    """Say in what *value* is out of the bounds of *facts*, if it is."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if facts.at_least is not None and not value >= facts.at_least:
        return "below the least"
    if facts.at_most is not None and not value <= facts.at_most:
        return "above the most"
    return None
