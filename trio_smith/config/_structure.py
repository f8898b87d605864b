"""Hold what was given against what can be told: pure.

Every value is looked at, also one that a higher layer replaces: what is wrong is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import attrs

from ..errors import SmithError
from ..options import Option, Refused, options_of, rules_of, shown
from ..registry._close_names import close_names
from ._origin import DEFAULT, Given, Layer, Origin
from ._problem import Problem


@attrs.frozen(kw_only=True)
class Structured:
    """What came of it: for each section an instance of its class, unless there are problems."""

    sections: Mapping[str, object]
    origins: Mapping[tuple[str, str], Origin]
    """Where the value of each key came from."""
    problems: tuple[Problem, ...]


def structure(given: Iterable[Given], schema: Mapping[str, type], *, base: Origin | None) -> Structured:
    """Make the sections of *schema* (a name and a class of options each) of what was *given*.

    What is missing is a problem of *base*, where one would write it; None: it could not be read, and what
    it lacks is not known.
    """
    problems: list[Problem] = []
    readers = {name: _Section(name, owner) for name, owner in schema.items()}
    for one in sorted(given, key=lambda one: one.origin.layer):
        section = readers.get(one.key[0])
        if section is None:
            problems.append(_unknown_section(one, readers))
        elif len(one.key) == 1:
            if one.value is not None:
                problems.append(_problem(one, f"{shown(one.value)} is no section", f"Write [{one.key[0]}]."))
        else:
            section.take(one, problems)
    sections = {name: section.build(base, problems) for name, section in readers.items()}
    origins = {(name, key): where for name, one in readers.items() for key, where in one.origins.items()}
    return Structured(sections=sections, origins=origins, problems=tuple(problems))


class _Section:
    """One section while it is read."""

    def __init__(self, name: str, owner: type) -> None:
        self.name, self.owner = name, owner
        self.options: dict[str, Option] = {option.name: option for option in options_of(owner)}
        self.values: dict[str, object] = {
            option.name: option.default for option in self.options.values() if not option.required
        }
        self.origins: dict[str, Origin] = dict.fromkeys(self.options, DEFAULT)
        self.sound = True

    def take(self, one: Given, problems: list[Problem]) -> None:
        """Read one value."""
        key = one.key[1]
        option = self.options.get(key)
        if option is None or len(one.key) > 2:  # noqa: PLR2004 - a section and a key
            problems.append(_unknown_key(one, self.options))
            return
        self.origins[key] = one.origin
        if option.facts.from_file and not one.origin.is_file:
            self._refuse(
                problems,
                one,
                "it names code to run, so it is taken from a settings file only",
                f"Write it below [{self.name}] in the settings file.",
            )
            return
        try:
            value = (
                option.kind.read_text(cast("str", one.value)) if one.plain else option.kind.read(one.value)
            )
            self.values[key] = option.bounded(value)
        except Refused as refused:
            self._refuse(problems, one, refused.why, refused.fix)

    def build(self, base: Origin | None, problems: list[Problem]) -> object:
        """Return the instance, or None after a problem."""
        given = {key for key, origin in self.origins.items() if origin.layer is not Layer.DEFAULT}
        for option in self.options.values():
            if option.required and option.name not in given:
                self.sound = False
                if base is None:
                    continue
                fix = f"Write {option.name} = {option.kind.example} below [{self.name}]."
                key = f"{self.name}.{option.name}"
                problems.append(Problem(origin=base, key=key, why="it is missing", fix=fix))
        if not self.sound:
            return None
        for rule in rules_of(self.owner):
            broken = rule.broken(given, self.values)
            if broken is not None:
                key = next(key for key in (rule.keys[1], rule.keys[0]) if key in given)
                self.sound = False
                problems.append(_at(self.origins[key], (self.name, key), *broken))
        return self._made(base, problems) if self.sound else None

    def _made(self, base: Origin | None, problems: list[Problem]) -> object:
        try:
            return self.owner(**self.values)
        except ValueError as error:  # a check of the class's own
            if isinstance(error, SmithError):
                why = f"{error.what}: {error.why}"
                problems.append(_at(base or DEFAULT, (self.name,), why, error.fix))
                return None
            text = "".join(one if one.isprintable() else " " for one in str(error))[:200].rstrip(".")
            problems.append(
                _at(base or DEFAULT, (self.name,), text, f"Look at what stands below [{self.name}].")
            )
            return None

    def _refuse(self, problems: list[Problem], one: Given, why: str, fix: str) -> None:
        self.sound = False
        problems.append(_problem(one, why, fix))


def _problem(one: Given, why: str, fix: str) -> Problem:
    return _at(one.origin, one.key, why, fix)


def _at(origin: Origin, key: Sequence[str], why: str, fix: str) -> Problem:
    plain = ".".join("".join(c if c.isprintable() else ascii(c)[1:-1] for c in part[:60]) for part in key)
    return Problem(origin=origin, key=plain, why=why, fix=fix)


def _unknown_key(one: Given, options: Mapping[str, Option]) -> Problem:
    section = one.key[0]
    close = close_names(one.key[1].lower(), options)
    fix = f"Did you mean {close[0]}?" if close else f"Known in [{section}]: {', '.join(sorted(options))}."
    return _problem(one, "there is no such key", fix)


def _unknown_section(one: Given, sections: Mapping[str, _Section]) -> Problem:
    if len(one.key) == 1 and one.value is not None:
        home = [name for name, section in sections.items() if one.key[0] in section.options]
        fix = f"Write it below [{home[0]}]." if home else f"Write it below one of {_list(sections)}."
        return _problem(one, "it stands in no section", fix)
    close = close_names(one.key[0].lower(), sections)
    fix = f"Did you mean [{close[0]}]?" if close else f"There are {_list(sections)}."
    if one.key[0] == "options":
        fix = 'Name their class first: options = "module:Class" below [app].'
    return _problem(one, f"there is no section [{shown(one.key[0])[1:-1]}]", fix)


def _list(sections: Iterable[str]) -> str:
    return ", ".join(f"[{name}]" for name in sections)
