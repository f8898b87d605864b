"""Show settings as a settings file would say them: pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import attrs

from ..options import Option, options_of
from ._origin import DEFAULT
from ._settings import OWN, SECTIONS, Settings


def show_settings(settings: Settings, *, origin: bool = False) -> str:
    """Return every setting as TOML, secrets masked; with *origin*, behind each where it came from."""
    parts: list[str] = []
    for section, options in _sections(settings):
        lines = [f"[{section}]"]
        for option in options:
            value = getattr(getattr(settings, section), option.name)
            # TOML has no word for nothing, so what is not set stands there as a comment.
            if value is None:
                lines.append(f"# {option.name} is not set")
                continue
            where = settings.origins.get((section, option.name), DEFAULT)
            lines.append(f"{option.name} = {option.kind.show(value)}" + (f"  # {where}" if origin else ""))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


@attrs.frozen(kw_only=True)
class Change:
    """One setting that differs."""

    key: str
    before: str
    after: str
    live: bool
    """Whether it takes effect without a new start."""

    def __str__(self) -> str:
        return f"{self.key} = {self.after} (was {self.before})"


def changes(before: Settings, after: Settings) -> tuple[Change, ...]:
    """Return in what *after* differs from *before*, secrets masked."""
    found: list[Change] = []
    for section, options in _sections(after):
        for option in options:
            old = getattr(getattr(before, section), option.name, None)
            new = getattr(getattr(after, section), option.name)
            if old != new:
                found.append(
                    Change(
                        key=f"{section}.{option.name}",
                        before="not set" if old is None else option.kind.show(old),
                        after="not set" if new is None else option.kind.show(new),
                        live=option.facts.live,
                    )
                )
    return tuple(found)


def _sections(settings: Settings) -> Iterator[tuple[str, tuple[Option, ...]]]:
    for section, owner in SECTIONS.items():
        yield section, options_of(owner)
    own = cast("object", settings.options)
    if own is not None:
        yield OWN, options_of(type(own))
