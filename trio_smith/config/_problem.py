"""One thing that is wrong with settings, in words a person can act on: pure."""

from __future__ import annotations

import attrs

from ._origin import Origin


@attrs.frozen(kw_only=True)
class Problem:
    """What is wrong, where it was written, and what to write instead."""

    origin: Origin
    key: str = ""
    """Section and key, for example "shutdown.drain"; empty if it is about the whole."""
    why: str
    fix: str

    def __str__(self) -> str:
        about = f"{self.key}: " if self.key else ""
        return f"{self.origin}: {about}{self.why}. {self.fix}"
