"""What environment variables and arguments of the command line give: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..options import shown
from ._origin import Given, Layer, Origin
from ._problem import Problem

PREFIX: Final = "SMITH__"
_PARTS: Final = 2


def from_environment(environment: Mapping[str, str]) -> tuple[list[Given], list[Problem]]:
    """Return what the variables ``SMITH__SECTION__KEY`` give; all others are nobody's business here."""
    found: list[Given] = []
    problems: list[Problem] = []
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        origin = Origin(layer=Layer.ENVIRONMENT, place=_plain(name))
        key = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if len(key) != _PARTS or not all(key):
            problems.append(
                Problem(
                    origin=origin,
                    why="its name has no section and key",
                    fix=f"Name it as in {PREFIX}SHUTDOWN__DRAIN, or unset it.",
                )
            )
        else:
            found.append(Given(key=key, value=text, origin=origin, plain=True))
    return found, problems


def from_arguments(arguments: Iterable[tuple[str, str]]) -> tuple[list[Given], list[Problem]]:
    """Return what pairs of an option, such as ``--set``, and its text ``section.key=value`` give."""
    found: list[Given] = []
    problems: list[Problem] = []
    for place, text in arguments:
        origin = Origin(layer=Layer.COMMAND_LINE, place=place)
        left, equals, value = text.partition("=")
        key = tuple(part.strip() for part in left.split("."))
        if not equals or len(key) != _PARTS or not all(key):
            # The value stays out of it: it may be a secret.
            problems.append(
                Problem(
                    origin=origin,
                    why=f"{shown(left)} is no assignment to a section's key",
                    fix="Write it as in: --set shutdown.drain=30s.",
                )
            )
        else:
            found.append(Given(key=key, value=value, origin=origin, plain=True))
    return found, problems


def _plain(name: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)[:100]
