"""What supervision can be told from outside: pure."""

from __future__ import annotations

import attrs

from ..options import Seconds, option


@attrs.frozen(kw_only=True)
class SupervisionOptions:
    """The intensity of the outermost supervisor, where it is to be another than its tree says."""

    max_restarts: int | None = option(
        None,
        about="How many restarts the outermost supervisor allows; without it, what the tree says.",
        at_least=0,
        at_most=1_000_000,
    )
    within: Seconds | None = option(
        None,
        about="In how long it allows them; without it, what the tree says.",
        at_least=0.001,
        at_most=86_400.0,
    )
