"""What keys of one section have to do with one another: pure.

A class of options lists its rules as ``RULES: ClassVar[tuple[Rule, ...]]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol, cast

import attrs


class Rule(Protocol):
    """Looks at a whole section."""

    @property
    def keys(self) -> tuple[str, str]:
        """The two keys it is about; an error is shown at the second."""
        ...

    def broken(self, given: AbstractSet[str], values: Mapping[str, object], /) -> tuple[str, str] | None:
        """Return why the rule is broken and how to mend that, or None.

        *given* are the keys that somebody wrote down, *values* hold every key.
        """
        ...


@attrs.frozen
class Exclusive:
    """At most one of two keys is given."""

    one: str
    other: str

    @property
    def keys(self) -> tuple[str, str]:
        """See `Rule`."""
        return self.one, self.other

    def broken(self, given: AbstractSet[str], _values: Mapping[str, object], /) -> tuple[str, str] | None:
        """See `Rule`."""
        if not given >= {self.one, self.other}:
            return None
        return f"it excludes {self.one}, which is given too", f"Keep {self.one} or {self.other}, not both."


@attrs.frozen
class Needs:
    """One key means nothing without another."""

    needed: str
    key: str

    @property
    def keys(self) -> tuple[str, str]:
        """See `Rule`."""
        return self.needed, self.key

    def broken(self, given: AbstractSet[str], values: Mapping[str, object], /) -> tuple[str, str] | None:
        """See `Rule`."""
        if self.key not in given or values.get(self.needed) is not None:
            return None
        return f"it means nothing without {self.needed}", f"Give {self.needed} too, or leave {self.key} out."


@attrs.frozen
class NotAbove:
    """One number is not larger than another."""

    larger: str
    key: str

    @property
    def keys(self) -> tuple[str, str]:
        """See `Rule`."""
        return self.larger, self.key

    def broken(self, _given: AbstractSet[str], values: Mapping[str, object], /) -> tuple[str, str] | None:
        """See `Rule`."""
        one, other = values.get(self.key), values.get(self.larger)
        if one is None or other is None or cast("float", one) <= cast("float", other):
            return None
        return f"it is above {self.larger}", f"Make it smaller, or {self.larger} larger."
