"""Tell what a class of options can be told: pure."""

from __future__ import annotations

import inspect
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import attrs

from ..errors import ErrorFamily, MisuseError
from ._kind import Choice, Flag, HiddenText, Kind, Number, Text, Texts, Whole
from ._option import FACTS, Facts, out_of_bounds
from ._refused import Refused, shown
from ._rule import Rule
from ._secret import Secret

_PLAIN: Final[dict[object, Kind]] = {
    str: Text(),
    int: Whole(),
    float: Number(),
    bool: Flag(),
    Secret: HiddenText(),
    tuple[str, ...]: Texts(),
}


class BadOptions(MisuseError, TypeError):
    """A class of options is declared in a way that cannot be read from settings."""

    family = ErrorFamily.CONFIGURATION
    fix: str = "Correct the declaration; trio_smith.option says which types there are."

    def __init__(self, *, owner: str, why: str) -> None:
        self.owner = owner
        super().__init__(what=f"{owner} cannot be read from settings", why=why)


@attrs.frozen(kw_only=True)
class Option:
    """One option: its name, its kind, and what holds for it."""

    name: str
    kind: Kind
    default: object
    """``attrs.NOTHING`` if it has to be given."""
    facts: Facts

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is attrs.NOTHING

    def bounded(self, value: object) -> object:
        """Return *value* if it is within the bounds.

        Raises:
            Refused: It is not.
        """
        if (why := out_of_bounds(self.facts, value)) is None:
            return value
        if why == "below the least":
            raise Refused(
                f"{self.kind.show(value)} is too small", f"Write {self._bound('at_least')} or more."
            )
        # An absurd number may be longer than anybody wants to read.
        text = self.kind.show(value) if not isinstance(value, int) or value < 10**30 else shown(value)
        raise Refused(f"{text} is too large", f"Write {self._bound('at_most')} or less.")

    def bounds(self) -> str:
        """Say which values are allowed, if not all are."""
        low, high = self.facts.at_least, self.facts.at_most
        if low is not None and high is not None:
            return f"{self._bound('at_least')} to {self._bound('at_most')}"
        if low is not None:
            return f"from {self._bound('at_least')}"
        return f"up to {self._bound('at_most')}" if high is not None else ""

    def _bound(self, which: str) -> str:
        return self.kind.show(getattr(self.facts, which))


def options_of(owner: type) -> tuple[Option, ...]:
    """Return the options of the attrs class *owner*, in their order.

    Raises:
        BadOptions: It is no frozen attrs class of options.
    """
    name = getattr(owner, "__name__", repr(owner))
    if not (inspect.isclass(owner) and attrs.has(owner)):
        raise BadOptions(owner=name, why="it is no attrs class: decorate it with @attrs.frozen(kw_only=True)")
    try:
        hints = get_type_hints(owner, include_extras=True)
    except Exception as error:
        raise BadOptions(owner=name, why=f"its annotations cannot be resolved ({error})") from error
    found: list[Option] = []
    for field in attrs.fields(owner):
        facts = field.metadata.get(FACTS, Facts())
        kind = _kind_of(hints.get(field.name), f"{name}.{field.name}")
        default = field.default
        if default is not None and hasattr(default, "factory"):
            raise BadOptions(
                owner=f"{name}.{field.name}", why="a factory has no value to be shown as the default"
            )
        found.append(Option(name=field.name, kind=kind, default=default, facts=facts))
    return tuple(found)


def rules_of(owner: type) -> tuple[Rule, ...]:
    """Return the rules of a class of options."""
    rules: tuple[Rule, ...] = getattr(owner, "RULES", ())
    return rules


def _kind_of(hint: Any, owner: str) -> Kind:
    if get_origin(hint) in (Union, UnionType):
        rest = [one for one in get_args(hint) if one is not NoneType]
        if len(rest) == 1:
            return _kind_of(rest[0], owner)
    if get_origin(hint) is Annotated:
        kinds = [one for one in get_args(hint)[1:] if hasattr(one, "read_text")]
        return kinds[0] if kinds else _kind_of(get_args(hint)[0], owner)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return Choice(hint)
    raise BadOptions(owner=owner, why=f"no kind of value is known for {hint!r}")
