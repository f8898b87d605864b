"""The proof: does the supervised census say what a plain count says? Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from ._count import FileCount
from ._totals import Totals, total

_EXAMPLES: Final = 5


@attrs.frozen(kw_only=True)
class Claim:
    """One thing to be shown; *against* are examples that speak against it, so without any it holds."""

    text: str
    against: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


@attrs.frozen(kw_only=True)
class Evidence:
    """What both counts left behind."""

    plain: Sequence[FileCount]
    entries: Sequence[FileCount]
    """What was entered into the ledger, in that order."""
    totals: Totals
    """The sums that the ledger kept as it went."""
    planned: int
    """The crashes that the saboteur must have caused, worked out from his seed."""
    crashes: int
    restarts: int
    strange: Sequence[str]
    """What went wrong without him."""


def prove(evidence: Evidence) -> tuple[Claim, ...]:
    """Return all claims; the census is proven if each of them holds."""
    expected = Counter(count.path for count in evidence.plain)
    entered = Counter(count.path for count in evidence.entries)
    missing, surplus = expected - entered, entered - expected
    return (
        _claim(
            f"nothing lost: every file of the plain count was entered ({expected.total():,})",
            missing.elements(),
        ),
        _claim("nothing double: no file was entered twice, and no other one", surplus.elements()),
        _claim("each file has the same numbers in both counts", _differing(evidence)),
        _claim("the sums are the same", _sums(evidence)),
        _claim(
            f"no crash but the planned ones, and one restart for each ({evidence.planned:,})",
            _supervision(evidence),
        ),
    )


def _claim(text: str, against: Iterable[str]) -> Claim:
    found = list(against)
    shown = found[:_EXAMPLES]
    if len(found) > _EXAMPLES:
        shown.append(f"and {len(found) - _EXAMPLES:,} more")
    return Claim(text=text, against=tuple(shown))


def _differing(evidence: Evidence) -> Iterable[str]:
    by_path = {count.path: count for count in evidence.entries}
    for plain in evidence.plain:
        entry = by_path.get(plain.path)
        if entry is not None and entry != plain:
            yield plain.path


def _sums(evidence: Evidence) -> Iterable[str]:
    plain = attrs.asdict(total(evidence.plain), recurse=False)
    for name, entered in attrs.asdict(evidence.totals, recurse=False).items():
        if entered != plain[name]:
            yield f"{name}: {entered} entered, {plain[name]} counted plainly"


def _supervision(evidence: Evidence) -> Iterable[str]:
    yield from evidence.strange
    if not evidence.planned == evidence.crashes == evidence.restarts:
        yield f"{evidence.planned} planned, {evidence.crashes} crashes, {evidence.restarts} restarts"
