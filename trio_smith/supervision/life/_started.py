"""What a request that has started a child is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from ._runner import Runner  # noqa: TC004 - attrs does not evaluate annotations


@attrs.define(kw_only=True)
class Started:
    """What a start was answered: the child, and how it stood at that moment."""

    runner: Runner
    incarnation: int
    ignored: bool
