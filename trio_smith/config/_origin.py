"""Where a value came from: pure."""

from __future__ import annotations

from enum import IntEnum

import attrs


class Layer(IntEnum):
    """The layers of settings; a higher one wins."""

    DEFAULT = 0
    BASE = 1
    """The settings file that names the application."""
    LOCAL = 2
    """The file beside it for this machine alone: ``app.local.toml`` beside ``app.toml``."""
    ENVIRONMENT = 3
    COMMAND_LINE = 4


@attrs.frozen(kw_only=True)
class Origin:
    """A place at which somebody has written something."""

    layer: Layer
    place: str = ""
    """The path of a file, the name of a variable, an option of the command line."""
    line: int | None = None
    """The line of a file, where it is known."""

    @classmethod
    def of_program(cls) -> Origin:
        """Return the origin of what a program says itself."""
        return cls(layer=Layer.COMMAND_LINE, place="program")

    @property
    def is_file(self) -> bool:
        """Whether it was written in a file."""
        return self.layer in (Layer.BASE, Layer.LOCAL)

    def __str__(self) -> str:
        match self.layer:
            case Layer.DEFAULT:
                return "default"
            case Layer.ENVIRONMENT:
                return f"environment, {self.place}" if self.place else "environment"
            case _:
                return self.place if self.line is None else f"{self.place}, line {self.line}"


DEFAULT = Origin(layer=Layer.DEFAULT)


@attrs.frozen(kw_only=True)
class Given:
    """One value as somebody wrote it. ``key`` has a section and a name, unless it was written amiss."""

    key: tuple[str, ...]
    value: object = attrs.field(repr=False)  # it may be a secret
    origin: Origin
    plain: bool = False
    """It is plain text, of a variable or an argument, not a value of TOML."""
