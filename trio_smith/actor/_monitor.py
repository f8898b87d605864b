"""Monitors: be told when another actor's incarnation ends."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import attrs

from ..exits import ExitReason
from ._ref import Ref
from ._system_call import SystemCall

if TYPE_CHECKING:
    from ._cell import Cell


@attrs.frozen(kw_only=True)
class Down:
    """What `Actor.on_down` is told: an incarnation of ``ref`` has ended for ``reason``."""

    ref: Ref[Any]
    incarnation: int
    reason: ExitReason


class Monitor:
    """One monitor; made by `Context.monitor`. It ends with the incarnation that asked for it."""

    __slots__ = ("__weakref__", "_target", "_watcher")

    def __init__(self, watcher: Cell, target: Cell) -> None:
        self._watcher, self._target = watcher, target
        if target.final_reason is not None:
            self._post(target.final_reason)
        else:
            extras = watcher.have_extras()
            if extras.watching is None:
                extras.watching = weakref.WeakSet()
            extras.watching.add(self)
            target.have_extras().watchers[self] = None

    def cancel(self) -> None:
        """Hear of no further end; one that waits in the system lane is still told."""
        if self._watcher.extras is not None and self._watcher.extras.watching is not None:
            self._watcher.extras.watching.discard(self)
        if self._target.extras is not None:
            self._target.extras.watchers.pop(self, None)

    def report(self, reason: ExitReason) -> None:
        """Tell the watcher of one end."""
        self._post(reason)

    def _post(self, reason: ExitReason) -> None:
        down = Down(ref=Ref(self._target), incarnation=self._target.host.incarnation, reason=reason)
        actor = self._watcher.actor
        if actor is not None:
            self._watcher.post(SystemCall(actor.on_down, (down,), None))
