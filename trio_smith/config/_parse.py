"""Turn the bytes of a settings file into what it gives: pure."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final, cast

from ._lines import key_lines
from ._origin import Given, Layer, Origin
from ._problem import Problem

LARGEST_FILE: Final = 1024 * 1024
"""Bytes of a settings file."""

_PLACE: Final = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_SAVE: Final = "Save the file as UTF-8, without a byte order mark."


def parse_file(  # noqa: PLR0911 - one for each way to be no settings file
    content: bytes, layer: Layer, place: str
) -> tuple[list[Given], list[Problem]]:
    """Return what the file *place* gives, or what is wrong with it as a whole."""

    def refuse(why: str, fix: str, line: int | None = None) -> tuple[list[Given], list[Problem]]:
        return [], [Problem(origin=Origin(layer=layer, place=place, line=line), why=why, fix=fix)]

    if len(content) > LARGEST_FILE:
        return refuse("it is larger than 1 MiB", "A settings file is a page or two: is it the right one?")
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return refuse("it begins with a byte order mark", _SAVE)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return refuse(f"it is not UTF-8 (byte 0x{content[error.start]:02x})", _SAVE, line)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return refuse("there is a NUL byte in it", "A settings file is text: is it the right one?", line)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return refuse(*_explain(str(error)))
    except RecursionError:
        return refuse("it is nested too deeply", "A section holds keys with plain values.")
    except ValueError as error:  # a number that Python refuses to read, for example
        return refuse(f"it is not TOML ({str(error)[:80]})", "Write numbers of a sensible size.")
    return _flatten(tables, key_lines(text), layer, place), []


def _explain(message: str) -> tuple[str, str, int | None]:
    place = _PLACE.search(message)
    what = message[: place.start()] if place else message
    line = int(place["line"]) if place and place["line"] else None
    column = f", column {place['column']}" if place and place["column"] else ""
    if what.startswith("Cannot overwrite"):
        return f"a key is written twice{column}", "Keep one of the two.", line
    if what.startswith("Cannot declare"):
        return "a section is written twice", "Put its keys together under one heading.", line
    # Of the parser, shortened: it may quote what it found.
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in what)[:100]
    return (
        f"it is not TOML: {plain[:1].lower()}{plain[1:]}{column}",
        'Write [section] lines, and key = "value" lines below them; texts stand in quotes.',
        line,
    )


def _flatten(
    tables: dict[str, Any], lines: dict[tuple[str, ...], int], layer: Layer, place: str
) -> list[Given]:
    found: list[Given] = []

    def give(key: tuple[str, ...], value: object) -> None:
        origin = Origin(layer=layer, place=place, line=lines.get(key))
        found.append(Given(key=key, value=value, origin=origin))

    for section, content in tables.items():
        if not isinstance(content, dict):
            give((section,), content)
            continue
        table = cast("dict[str, object]", content)
        if not table:
            give((section,), None)  # an empty section is fine, if there is one of that name
        for name, value in table.items():
            give((section, name), value)
    return found
