"""Find the family of an exception, and what its recovery says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

import attrs

from ...errors import ErrorFamily
from ...exits import leaves
from ...resilience import Backoff, Retry
from .._errors import StartFailed
from ..spec import Decision, most_severe, shown
from ._known import known_family
from ._recovery import RECOVERIES, Recovery

Types = Mapping[type[BaseException], ErrorFamily]
Recoveries = Mapping[ErrorFamily, Recovery]


def _check(given: object, fits: Callable[[object, object], bool], must: str) -> None:
    wrong = [shown(given)]
    if isinstance(given, Mapping):
        entries = cast("Mapping[object, object]", given).items()
        wrong = [f"{shown(key)}: {shown(value)}" for key, value in entries if not fits(key, value)]
    if wrong:
        raise ValueError(f"{wrong[0]} cannot stand here: {must}")


def _as_types(given: Types) -> Types:
    def fits(kind: object, family: object) -> bool:
        return isinstance(kind, type) and issubclass(kind, BaseException) and isinstance(family, ErrorFamily)

    _check(given, fits, "types maps classes of exceptions to members of smith.ErrorFamily")
    return MappingProxyType(dict(given))


def _as_recoveries(given: Recoveries) -> Recoveries:
    def fits(family: object, recovery: object) -> bool:
        return isinstance(family, ErrorFamily) and isinstance(recovery, Recovery)

    _check(given, fits, "recoveries maps members of smith.ErrorFamily to a smith.Recovery")
    return MappingProxyType({**RECOVERIES, **given})


@attrs.frozen(kw_only=True)
class Taxonomy:
    """Puts every exception into a family, and says what is done about it: as ``failures=`` of a supervisor.

    ``smith.Taxonomy()`` is the table `RECOVERIES`. *recoveries* replaces rows of it, each as a whole. The
    nearest class of an exception that says something decides about its family: *types* says it of classes
    that are not yours, an attribute ``family`` of yours; then comes what is known of Python's and Trio's
    own. Whatever nobody speaks of is a task's. Of several in a group the most severe one counts.

    Who only reports the failure of another is in the family of that one: a `StartFailed`, and an OSError
    without a number that has a cause, as Trio raises when all ways to connect have failed.

    Raises:
        ValueError: *types* or *recoveries* has what cannot be; the text names it.
    """

    types: Types = attrs.field(factory=dict[type[BaseException], ErrorFamily], converter=_as_types)
    recoveries: Recoveries = attrs.field(factory=dict[ErrorFamily, Recovery], converter=_as_recoveries)

    def __call__(self, error: BaseException) -> Decision:
        """Return what a supervisor does about *error*."""
        return most_severe(self.recoveries[family].decision for family in self._families(error))

    def family_of(self, error: BaseException) -> ErrorFamily:
        """Return the family of *error*; of a group, the first of the most severe."""
        families = self._families(error)
        return max(families, key=lambda one: self.recoveries[one].severity, default=ErrorFamily.TASK)

    def recovery_of(self, error: BaseException) -> Recovery:
        """Return what is done about *error*: the row of its family."""
        return self.recoveries[self.family_of(error)]

    def only(self, *families: ErrorFamily) -> Callable[[BaseException], bool]:
        """Return a function that tells whether an exception is of *families*: as ``on=`` of a guard."""
        return lambda error: self.family_of(error) in families

    def retry(self, family: ErrorFamily) -> Retry:
        """Return a `Retry` that does for errors of *family* what its row says; others come out at once."""
        recovery = self.recoveries[family]
        waits = Backoff(initial=recovery.delay, factor=1.0, maximum=recovery.delay, jitter=0.0)
        return Retry(on=self.only(family), attempts=recovery.retries + 1, backoff=waits)

    def _families(self, error: BaseException) -> Iterator[ErrorFamily]:
        return (self._family(origin) for origin in _origins(error))

    def _family(self, error: BaseException) -> ErrorFamily:
        for kind in type(error).__mro__:
            own = self.types.get(kind) or vars(kind).get("family")
            family = own if isinstance(own, ErrorFamily) else known_family(kind, error)
            if family is not None:
                return family
        return ErrorFamily.TASK


def _origins(error: BaseException) -> Iterator[BaseException]:
    """Yield what has failed: the leaves of *error*, and in the place of a report what it reports."""
    waiting, seen = [error], set[int]()
    while waiting:
        for leaf in leaves(waiting.pop()):
            cause = leaf.__cause__
            if cause is None or not _only_reports(leaf):
                yield leaf
            elif id(leaf) not in seen:  # a cause may lead back to where it came from
                seen.add(id(leaf))
                waiting.append(cause)


def _only_reports(error: BaseException) -> bool:
    return isinstance(error, StartFailed) or (type(error) is OSError and error.errno is None)
