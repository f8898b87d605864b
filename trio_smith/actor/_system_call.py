"""What waits in the system lane of an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._timer import Timer


class SystemCall:
    """A call of a bound method of one incarnation, and the timer that asked for it, if one did."""

    __slots__ = ("args", "method", "timer")

    def __init__(self, method: Any, args: tuple[object, ...], timer: Timer | None) -> None:
        self.method, self.args, self.timer = method, args, timer
