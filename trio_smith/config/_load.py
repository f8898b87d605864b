"""Read the layers of settings: the part that opens files."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import attrs

from ._environment import from_arguments, from_environment
from ._errors import BadSettings
from ._origin import Given, Layer, Origin
from ._parse import LARGEST_FILE, parse_file
from ._problem import Problem
from ._settings import Settings, schema_of, settings_of
from ._source import Source
from ._structure import Structured, structure


@attrs.frozen(kw_only=True)
class Layers:
    """What all layers give, and what is wrong with one of them as a whole."""

    given: tuple[Given, ...]
    problems: tuple[Problem, ...]
    base: Origin
    """Where something that is missing would be written."""

    @property
    def base_was_read(self) -> bool:
        """Whether it is known what stands in the base file."""
        return not any(one.origin.layer is Layer.BASE for one in self.problems)

    def structure(self, own: type | None) -> Structured:
        """Hold it against what can be told, the application's own options being of the class *own*."""
        found = structure(self.given, schema_of(own), base=self.base if self.base_was_read else None)
        return attrs.evolve(found, problems=(*self.problems, *found.problems))


def load_settings(
    path: str | os.PathLike[str] | None = None,
    /,
    *,
    options: type | None = None,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of this program, of all layers, a later one winning.

    Defaults; the TOML file *path*, if one is given; the local file beside it (``app.local.toml`` beside
    ``app.toml``), if it is there; variables ``SMITH__SECTION__KEY`` of *environment* (None: that of the
    process); *overrides* of the form "section.key=value". *options* is the attrs class of the program's own
    section ``[options]``; see `option`. Nothing is imported because a file says so.

    Raises:
        BadSettings: with every problem that there is, each with its origin.
        BadOptions: *options* is no class of options.
    """
    source = Source(
        path=None if path is None else Path(path),
        arguments=tuple(("overrides", text) for text in overrides),
        environment=dict(os.environ if environment is None else environment),
    )
    found = read_layers(source).structure(options)
    if found.problems:
        raise BadSettings(problems=found.problems)
    return settings_of(found, source)


def load_again(settings: Settings) -> Settings:
    """Return what the layers of *settings* say now; the class of the application's own options stays.

    Raises:
        BadSettings: with every problem that there is.
    """
    source = settings.source
    if source is None:
        return settings
    own = cast("object", settings.options)
    found = read_layers(source).structure(None if own is None else type(own))
    if found.problems:
        raise BadSettings(problems=found.problems)
    return settings_of(found, source)


def read_layers(source: Source) -> Layers:
    """Read all layers of *source*; what is wrong with them is in the answer, nothing is raised."""
    given: list[Given] = []
    problems: list[Problem] = []
    base = Origin(layer=Layer.COMMAND_LINE, place="settings")
    if source.path is not None:
        base = Origin(layer=Layer.BASE, place=_plain(source.path))
        _add(_read(source.path, Layer.BASE), given, problems)
    if source.local is not None and os.path.lexists(source.local):
        _add(_read(source.local, Layer.LOCAL), given, problems)
    _add(from_environment(source.environment), given, problems)
    _add(from_arguments(source.arguments), given, problems)
    return Layers(given=tuple(given), problems=tuple(problems), base=base)


def _add(read: tuple[list[Given], list[Problem]], given: list[Given], problems: list[Problem]) -> None:
    given += read[0]
    problems += read[1]


def _read(path: Path, layer: Layer) -> tuple[list[Given], list[Problem]]:
    place = _plain(path)

    def refuse(why: str, fix: str) -> tuple[list[Given], list[Problem]]:
        return [], [Problem(origin=Origin(layer=layer, place=place), why=why, fix=fix)]

    try:
        # Looked at before it is opened: to open a pipe waits for somebody who writes.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return refuse("it is a directory", "Give the settings file in it.")
        if not stat.S_ISREG(mode):
            return refuse("it is no regular file", "Give a settings file.")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return refuse("there is no such file", "Give the path of a settings file, such as app.toml.")
    except PermissionError:
        return refuse("it may not be read", "Give yourself the right to read it: chmod u+r.")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return refuse(f"it cannot be read ({why})", "Give the path of a settings file, such as app.toml.")
    return parse_file(content, layer, place)


def _plain(path: Path) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(path)) or "(no name)"
