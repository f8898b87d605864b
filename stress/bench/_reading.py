"""The figures that the runs of a program gave."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class Reading:
    """One figure as one process printed it."""

    value: float
    unit: str


@attrs.frozen(kw_only=True)
class Readings:
    """What the runs of one program gave, in the order of the repetitions.

    A program that fails once is not run again: ``failure`` says why, and ``taken`` holds what came before.
    """

    taken: tuple[Mapping[str, Reading], ...] = ()
    failure: str | None = None
