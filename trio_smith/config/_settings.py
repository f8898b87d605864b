"""The settings of one program, composed of what each package can be told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import attrs

from ..supervision import SupervisionOptions
from ._origin import Origin
from ._sections import AppOptions, LoggingOptions, ShutdownOptions
from ._source import Source
from ._structure import Structured

SECTIONS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "app": AppOptions,
        "supervision": SupervisionOptions,
        "shutdown": ShutdownOptions,
        "logging": LoggingOptions,
    }
)
"""The sections that every program has. The application's own is ``options``."""

OWN: Final = "options"


@attrs.frozen(kw_only=True)
class Settings:
    """All that a program was told, checked; the defaults if nothing is given."""

    app: AppOptions = attrs.field(factory=AppOptions)
    supervision: SupervisionOptions = attrs.field(factory=SupervisionOptions)
    shutdown: ShutdownOptions = attrs.field(factory=ShutdownOptions)
    logging: LoggingOptions = attrs.field(factory=LoggingOptions)
    options: Any = None
    """The application's own, of the class that it named."""
    origins: Mapping[tuple[str, str], Origin] = attrs.field(
        factory=dict[tuple[str, str], Origin], repr=False, eq=False
    )
    """Where the value of each (section, key) came from."""
    source: Source | None = attrs.field(default=None, repr=False, eq=False)
    """What to read again at a reload."""


def schema_of(own: type | None) -> Mapping[str, type]:
    """Return the sections of a program whose own options are of the class *own*."""
    return SECTIONS if own is None else {**SECTIONS, OWN: own}


def settings_of(structured: Structured, source: Source) -> Settings:
    """Return the settings that *structured* holds; it has no problems."""
    assert not structured.problems
    sections = cast("dict[str, Any]", dict(structured.sections))
    return Settings(**sections, origins=MappingProxyType(dict(structured.origins)), source=source)
