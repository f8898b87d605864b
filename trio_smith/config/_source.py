"""From where the settings of a program are read: pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Source:
    """All that settings are made of, so that they can be read again."""

    path: Path | None = None
    """The settings file; the local one lies beside it, as ``app.local.toml`` beside ``app.toml``."""
    arguments: tuple[tuple[str, str], ...] = ()
    """Pairs of an option of the command line and its text ``section.key=value``."""
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)

    @property
    def local(self) -> Path | None:
        """The path of the local file, whether it is there or not."""
        return None if self.path is None else self.path.with_suffix(f".local{self.path.suffix}")
