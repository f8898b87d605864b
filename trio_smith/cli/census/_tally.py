"""The tally: what the supervisors did, as an observer of the tree saw it."""

from __future__ import annotations

from collections import Counter
from typing import Final

import trio_smith as smith

from ._saboteur import Sabotaged

_KEPT: Final = 5


class Tally:
    """Counts crashes and restarts; `note` is the observer of the tree."""

    def __init__(self) -> None:
        self.crashes: int = 0
        self.restarts: int = 0
        self.by_child: Counter[str] = Counter()
        """Restarts by the name of the child."""
        self.strange: list[str] = []
        """The first crashes that were not the saboteur's, and whatever made a supervisor give up."""
        self.interrupted: list[str] = []
        """Who had the thread when Ctrl-C came, so that it ended them."""
        self.ended: dict[str, str] = {}
        """How those ended who were not started again, in order: at the end, that is the final stop."""

    def note(self, event: object) -> None:
        """Take one event of the tree."""
        match event:
            case smith.ChildEnded(reason=smith.Crashed(exception=KeyboardInterrupt())):
                self.interrupted.append(event.id)
            case smith.ChildEnded(reason=smith.Crashed(exception=failure)):
                self.crashes += 1
                self.ended[event.id] = "crashed"
                if not isinstance(failure, Sabotaged):
                    self._strange(f"{event.id} crashed: {type(failure).__name__}: {failure}")
            case smith.ChildEnded(reason=smith.Stopped() | smith.Killed()):
                self.ended[event.id] = "stopped"
            case smith.ChildStarted():
                # Not all of them: while one branch stops, another one may still be mending itself.
                self.ended.pop(event.id, None)
            case smith.RestartScheduled():
                self.restarts += 1
                self.by_child[event.id] += 1
            case smith.GaveUp():
                self._strange(f"{event.id} gave up on {event.child} at restart {event.restarts}")
            case _:
                pass

    def _strange(self, text: str) -> None:
        if len(self.strange) < _KEPT:
            self.strange.append(text)
