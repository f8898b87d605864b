"""One line of the bench: what is measured, against what, and which ratio is to be reached."""

from enum import Enum

import attrs
from attrs.validators import deep_iterable, gt, instance_of, matches_re, optional

_words = deep_iterable(member_validator=instance_of(str), iterable_validator=instance_of(tuple))
_kebab = matches_re(r"[a-z0-9]+(-[a-z0-9]+)*")


class Better(Enum):
    """Which way a figure is good."""

    HIGHER = "higher"
    LOWER = "lower"


class Compare(Enum):
    """How our figure is set against the reference's."""

    RATIO = "ratio"
    """Ours divided by the reference's."""

    EXCESS = "excess"
    """Ours minus the reference's, in the unit of the figure: for references that are nearly nothing."""


@attrs.frozen(kw_only=True)
class Program:
    """A measuring program, run as ``python -m stress.bench.<module>`` in a fresh process.

    ``full`` and ``quick`` are its ``name=value`` arguments in a default and in a ``--quick`` run.
    ``needs`` names the library without which it cannot run (a peer), to be imported by that name.
    """

    module: str = attrs.field(validator=matches_re(r"(ours|references|peers)\.[a-z_]+"))
    full: tuple[str, ...] = attrs.field(default=(), validator=_words)
    quick: tuple[str, ...] = attrs.field(default=(), validator=_words)
    needs: str | None = attrs.field(default=None, validator=optional(instance_of(str)))


@attrs.frozen(kw_only=True)
class Figure:
    """One of the figures that a program prints, by its name."""

    program: Program = attrs.field(validator=instance_of(Program))
    name: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class Row:
    """A claim: ``ours`` against ``reference``, taken in one run.

    ``reach`` is the ratio (or the excess) that is to be reached, from above or from below as ``better`` says;
    none means that the row is only shown. ``limit`` bounds our own figure besides, in its own unit.
    """

    name: str = attrs.field(validator=_kebab)
    title: str = attrs.field(validator=instance_of(str))
    ours: Figure = attrs.field(validator=instance_of(Figure))
    reference: Figure = attrs.field(validator=instance_of(Figure))
    better: Better = attrs.field(validator=instance_of(Better))
    reach: float | None = attrs.field(validator=optional(gt(0)))
    compare: Compare = attrs.field(default=Compare.RATIO, validator=instance_of(Compare))
    limit: float | None = attrs.field(default=None, validator=optional(gt(0)))

    @property
    def programs(self) -> tuple[Program, ...]:
        """What must run for this row: ours first; one program only where it prints both figures."""
        ours, reference = self.ours.program, self.reference.program
        return (ours,) if ours == reference else (ours, reference)

    @property
    def needs(self) -> tuple[str, ...]:
        """The libraries that this row compares with, beside ours and Trio."""
        return tuple(program.needs for program in self.programs if program.needs is not None)
