"""An answer that comes later: long work that does not block the actor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, TypeVarTuple

from ._called import check_called

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Ts = TypeVarTuple("Ts")


class Later(Generic[R_co]):
    """What a handler returns to answer later; made by `later`."""

    __slots__ = ("args", "function")

    def __init__(self, function: Callable[..., Awaitable[R_co]], args: tuple[object, ...]) -> None:
        self.function, self.args = function, args


def later(function: Callable[[*Ts], Awaitable[R]], *args: *Ts) -> Later[R]:
    """Answer with the result of ``await function(*args)``, run beside the handlers.

    It does something only if the handler returns it.
    ``return smith.later(self.fetch, url)`` frees the actor for its next message; *function* runs in
    a Trio task that belongs to this incarnation, in a clean context. At most ``max_later`` of an
    actor run at once; at that bound it takes no further user messages, so one that then asks its own
    actor waits for another one to end, and that it may wait for itself is not noticed. What *function*
    raises is the answer if the message declares it, otherwise the actor crashes with this message in hand.

    Cancellation: a final stop waits for it inside the grace, a crash of the actor cancels it; the
    asker's cancellation cancels it only if the handler is ``cancellable``.

    Raises:
        NotAFunction: *function* cannot be called; a coroutine, for example.
    """
    check_called(function, by="later")
    return Later(function, args)
