"""The kinds of values: how each is read from TOML and from plain text, and how it is shown: pure."""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import Annotated, Final, Protocol, TypeAlias, cast

import attrs

from ._duration import parse_duration, say_duration
from ._refused import Refused, shown
from ._secret import MASK, Secret
from ._size import parse_size, say_size

LONGEST_TEXT: Final = 4096
"""Characters of one text."""
MOST_TEXTS: Final = 1000
"""Entries of one list."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,30}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")


class Kind(Protocol):
    """What a value is: ``name`` and ``example`` are for people."""

    @property
    def name(self) -> str:
        """What one calls such a value."""
        ...

    @property
    def example(self) -> str:
        """One, as it stands in a settings file."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether such a value must not be shown."""
        ...

    def read(self, value: object, /) -> object:
        """Return what *value*, as it came out of a TOML file, means; raise `Refused` if it is none."""
        ...

    def read_text(self, text: str, /) -> object:
        """Return what *text*, of an environment variable or an argument, means, or raise `Refused`."""
        ...

    def show(self, value: object, /) -> str:
        """Return *value* as it would stand in a settings file."""
        ...


@attrs.frozen
class Text:
    """A string."""

    name: str = "text"
    example: str = '"some text"'
    hidden: bool = False

    def read(self, value: object, /) -> str:
        """See `Kind`."""
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is no text", f"Write it in quotes: {self.example}.")
        return self.read_text(value)

    def read_text(self, text: str, /) -> str:
        """See `Kind`."""
        if len(text) > LONGEST_TEXT:
            raise Refused(f"a text of {len(text):,} characters", f"Write at most {LONGEST_TEXT:,}.")
        if any("\ud800" <= one <= "\udfff" for one in text):
            raise Refused("it is not UTF-8", "Write it in UTF-8.")
        return text

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return _quoted(str(value))


@attrs.frozen
class HiddenText:
    """A string that is masked wherever it would be shown."""

    name: str = "secret"
    example: str = '"…"'
    hidden: bool = True

    def read(self, value: object, /) -> Secret:
        """See `Kind`; the error does not show what was written."""
        if not isinstance(value, str):
            raise Refused("it is no text", "Write it in quotes.")
        return self.read_text(value)

    def read_text(self, text: str, /) -> Secret:
        """See `Kind`."""
        if not text:
            raise Refused("it is empty", "Write it down, or leave the key out.")
        return Secret(Text().read_text(text))

    def show(self, _value: object, /) -> str:
        """See `Kind`."""
        return _quoted(MASK)


@attrs.frozen
class Texts:
    """A list of strings."""

    name: str = "list of texts"
    example: str = '["one", "two"]'
    hidden: bool = False

    def read(self, value: object, /) -> tuple[str, ...]:
        """See `Kind`."""
        if not isinstance(value, list):
            raise Refused(f"{shown(value)} is no list", f"Write it in brackets: {self.example}.")
        texts = cast("list[object]", value)
        if len(texts) > MOST_TEXTS:
            raise Refused(f"a list of {len(texts):,} entries", f"Write at most {MOST_TEXTS:,}.")
        return tuple(Text().read(text) for text in texts)

    def read_text(self, text: str, /) -> tuple[str, ...]:
        """See `Kind`: the entries stand between commas."""
        return self.read([part.strip() for part in text.split(",")] if text.strip() else [])

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return f"[{', '.join(_quoted(one) for one in cast('tuple[str, ...]', value))}]"


@attrs.frozen
class Whole:
    """An int; a bool is none."""

    name: str = "whole number"
    example: str = "3"
    hidden: bool = False

    def read(self, value: object, /) -> int:
        """See `Kind`."""
        if type(value) is not int:
            raise Refused(f"{shown(value)} is no whole number", f"Write one without quotes: {self.example}.")
        return value

    def read_text(self, text: str, /) -> int:
        """See `Kind`."""
        if _WHOLE.fullmatch(text) is None:
            raise Refused(f"{shown(text)} is no whole number", f"Write one such as {self.example}.")
        return int(text)

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return str(value)


@attrs.frozen
class Number:
    """A finite float; a whole number is one too."""

    name: str = "number"
    example: str = "0.5"
    hidden: bool = False

    def read(self, value: object, /) -> float:
        """See `Kind`."""
        if type(value) not in (int, float):
            raise Refused(f"{shown(value)} is no number", f"Write one without quotes: {self.example}.")
        try:
            number = float(cast("float", value))
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise Refused(f"{shown(value)} is not finite", f"Write a number such as {self.example}.")
        return number

    def read_text(self, text: str, /) -> float:
        """See `Kind`."""
        if _NUMBER.fullmatch(text) is None:
            raise Refused(f"{shown(text)} is no number", f"Write one such as {self.example}.")
        return self.read(float(text))

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return repr(float(cast("float", value)))


@attrs.frozen
class Flag:
    """True or false, in these words alone."""

    name: str = "flag"
    example: str = "true"
    hidden: bool = False

    def read(self, value: object, /) -> bool:
        """See `Kind`."""
        if not isinstance(value, bool):
            raise Refused(f"{shown(value)} is neither true nor false", "Write true or false, without quotes.")
        return value

    def read_text(self, text: str, /) -> bool:
        """See `Kind`."""
        if text not in ("true", "false"):
            raise Refused(f"{shown(text)} is neither true nor false", "Write true or false.")
        return text == "true"

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return "true" if value else "false"


@attrs.frozen
class Duration:
    """Seconds as a float, written with a unit."""

    name: str = "duration"
    example: str = '"30s"'
    hidden: bool = False

    def read(self, value: object, /) -> float:
        """See `Kind`."""
        if type(value) in (int, float):
            raise Refused(f"{shown(value)} has no unit", f'Write a text with a unit: "{shown(value)}s".')
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is no duration", 'Write a text: "30s", "500ms" or "1m30s".')
        return parse_duration(value)

    def read_text(self, text: str, /) -> float:
        """See `Kind`."""
        return parse_duration(text)

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return _quoted(say_duration(cast("float", value)))


@attrs.frozen
class Size:
    """Bytes as an int, written with a unit."""

    name: str = "size"
    example: str = '"64KiB"'
    hidden: bool = False

    def read(self, value: object, /) -> int:
        """See `Kind`."""
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is no size", 'Write a text with a unit: "512B" or "64KiB".')
        return parse_size(value)

    def read_text(self, text: str, /) -> int:
        """See `Kind`."""
        return parse_size(text)

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        return _quoted(say_size(cast("int", value)))


@attrs.frozen
class Choice:
    """A member of an enum, written as its value."""

    members: type[Enum]
    hidden: bool = False

    @property
    def name(self) -> str:
        """Say which there are."""
        return " or ".join(self._words())

    @property
    def example(self) -> str:
        """Show the first."""
        return _quoted(self._words()[0])

    def read(self, value: object, /) -> Enum:
        """See `Kind`."""
        if not isinstance(value, str) or value not in self._words():
            raise Refused(f"{shown(value)} is no choice here", f"Write one of {', '.join(self._words())}.")
        return self.members(value)

    def read_text(self, text: str, /) -> Enum:
        """See `Kind`."""
        return self.read(text)

    def show(self, value: object, /) -> str:
        """See `Kind`."""
        assert isinstance(value, Enum)
        return _quoted(str(value.value))

    def _words(self) -> list[str]:
        return [str(one.value) for one in self.members]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(one if one.isprintable() else _escape(one) for one in escaped)
    return f'"{plain}"'


def _escape(one: str) -> str:
    return f"\\U{ord(one):08x}"  # as TOML writes it


Seconds: TypeAlias = Annotated[float, Duration()]
"""Seconds as a float; written as a duration: "30s"."""

Bytes: TypeAlias = Annotated[int, Size()]
"""Bytes as an int; written as a size: "64KiB"."""
