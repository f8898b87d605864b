"""Log what happens in a tree: supervision events and dead letters."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ..exits import Crashed
from ..options import say_duration
from ..telemetry import (
    AnswerDropped,
    ChildEnded,
    ChildQuarantined,
    ChildStartFailed,
    ChildStuck,
    DeadLetter,
    GaveUp,
    RestartScheduled,
    StopRaised,
    SupervisionEvent,
)

_LOG: Final = logging.getLogger("trio_smith.supervision")
_LETTERS: Final = logging.getLogger("trio_smith.dead_letters")

LETTERS_A_SECOND: Final = 10
"""Dead letters that are logged one by one; of the rest only the number is."""


def log_event(event: SupervisionEvent) -> None:
    """Log *event*: failures as warnings, giving up as an error, the quiet course of things for debugging."""
    level, text, error = _told(event)
    if _LOG.isEnabledFor(level):
        path = "/".join(event.path) or event.id
        _LOG.log(
            level,
            "%s: %s",
            path,
            text,
            exc_info=error,
            extra={"event": type(event).__name__, "path": path, "incarnation": event.incarnation},
        )


def _told(event: SupervisionEvent) -> tuple[int, str, BaseException | None]:  # noqa: PLR0911 - one for each
    match event:
        case ChildEnded(reason=Crashed(exception=error)):
            return logging.WARNING, f"crashed (incarnation {event.incarnation})", error
        case ChildEnded(reason=reason):
            return logging.DEBUG, f"ended: {reason}", None
        case ChildStartFailed(error=error):
            return logging.WARNING, "did not start", error
        case RestartScheduled(delay=delay):
            when = f"in {say_duration(delay)}" if delay else "now"
            return logging.INFO, f"is started again {when} (restart {event.restarts} of late)", None
        case GaveUp(child=child, restarts=restarts):
            return logging.ERROR, f"gives up because of {child}, after {restarts} restarts", None
        case ChildQuarantined(restarts=restarts):
            return logging.ERROR, f"is set aside after {restarts} restarts", None
        case ChildStuck(waited=waited, await_point=at):
            where = f", at {at[-1]}" if at else ""
            return logging.WARNING, f"has not ended {waited:.1f} s after it was cancelled{where}", None
        case StopRaised(error=error):
            return logging.WARNING, "raised while it was stopped", error
        case AnswerDropped(error=error):
            return logging.WARNING, "an error had nobody to go to", error
        case _:
            return logging.DEBUG, type(event).__name__, None


class LetterLog:
    """Logs dead letters, at most `LETTERS_A_SECOND` one by one; the content of a message is not logged."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._second = -1.0
        self._logged = self._skipped = 0

    def take(self, letter: DeadLetter) -> None:
        """Log *letter*, or count it."""
        now = self._now()
        if now - self._second >= 1:
            self.tell_skipped()
            self._second, self._logged = now, 0
        if self._logged >= LETTERS_A_SECOND:
            self._skipped += 1
            return
        self._logged += 1
        kind = type(letter.message).__name__
        _LETTERS.warning(
            "%s for %s: %s",
            kind,
            letter.recipient,
            letter.reason.value,
            extra={
                "event": "DeadLetter",
                "kind": kind,
                "path": letter.recipient,
                "reason": letter.reason.value,
                "number": letter.number,
                "deliveries": letter.deliveries,
                "fingerprint": None if letter.fingerprint is None else str(letter.fingerprint),
            },
        )

    def tell_skipped(self) -> None:
        """Log how many were not logged one by one."""
        if self._skipped:
            _LETTERS.warning("%d more", self._skipped, extra={"event": "DeadLetters", "count": self._skipped})
            self._skipped = 0
