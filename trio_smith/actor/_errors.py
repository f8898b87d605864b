"""What can go wrong between actors.

```text
MisuseError   ── BadProtocol, NotUnderstood, NotARequest, NotAFunction, NotPortable, AskCycle,
                  NoActorContext
FailureError  ── MailboxFull, ActorStopped, ActorCrashed, NoAnswer
```
"""

from __future__ import annotations

import trio

from ..errors import ErrorFamily, FailureError, MisuseError, say

# Classes of a protocol that an error names.
SHOWN = 8


class BadProtocol(MisuseError, TypeError):
    """An actor class does not handle exactly the messages of its protocol, or cannot work otherwise."""

    family = ErrorFamily.ACTOR
    fix = "Give each message of Actor[...] exactly one method with @smith.on(Message), and no others."

    def __init__(self, *, actor: str, why: str, fix: str | None = None) -> None:
        self.actor = actor
        super().__init__(what=f"cannot make the actor class {actor}", why=why, fix=fix)


class NotUnderstood(MisuseError, TypeError):
    """A message outside the protocol was sent; nothing was enqueued.

    ``understood`` names the classes of the protocol.
    """

    family = ErrorFamily.ACTOR
    fix = "Send a message of the actor's protocol, or add it there with a handler."

    def __init__(self, *, message: object, actor: str, understood: tuple[str, ...] = ()) -> None:
        self.message, self.actor, self.understood = message, actor, understood
        if isinstance(message, type):
            super().__init__(
                what=f"{actor} does not understand the class {message.__name__}",
                why="it is a class, not a message",
                fix=f"Send an instance of it, {message.__name__}(...).",
            )
            return
        shown = " | ".join(understood[:SHOWN]) + (" | ..." if len(understood) > SHOWN else "")
        name = "None" if message is None else type(message).__name__
        why = f"its protocol is {shown}" if understood else "it has no handlers"
        super().__init__(what=f"{actor} does not understand {name}", why=why)


class NotARequest(MisuseError, TypeError):
    """A message without an answer was asked; nothing was enqueued."""

    family = ErrorFamily.ACTOR
    fix = "Use tell, or declare its answer."

    def __init__(self, *, message: object, actor: str) -> None:
        self.message, self.actor = message, actor
        name = type(message).__name__
        super().__init__(
            what=f"{actor} cannot be asked {name}",
            why="it has no answer, for it is no smith.Request",
            fix=f"Use tell, or declare its answer: class {name}(smith.Request[int]) if it is an int.",
        )


class NotAFunction(MisuseError, TypeError):
    """Something was to be called later that cannot be called."""

    family = ErrorFamily.ACTOR
    fix = "Give the function and its arguments, without calling it."

    def __init__(self, *, by: str, given: str, fix: str | None = None) -> None:
        self.by, self.given = by, given
        super().__init__(what=f"{by} cannot call what it was given", why=f"it is {given}", fix=fix)


class NotPortable(MisuseError, TypeError):
    """A ref or the handle of a child or supervisor was to be pickled."""

    family = ErrorFamily.ACTOR
    fix = "Send its path, and look that up with system.find(path)."

    def __init__(self, *, handle: str) -> None:
        self.handle = handle
        super().__init__(what=f"cannot pickle {handle}", why="it belongs to a tree that runs in this process")


class AskCycle(MisuseError, RuntimeError):
    """Waiting for this answer would close a circle of asks that wait for one another; nothing was sent."""

    family = ErrorFamily.ACTOR
    fix = "Tell instead of asking in one place of the circle, or answer later with smith.later."

    def __init__(self, *, chain: tuple[str, ...]) -> None:
        self.chain = chain
        super().__init__(what="this ask would wait for itself", why=" -> ".join(chain))


class MailboxFull(FailureError, trio.WouldBlock):
    """The mailbox is at its bound and the message was not taken, or was dropped to make room."""

    family = ErrorFamily.ACTOR
    fix = "Wait for room with `await ref.tell(...)`, send less, or raise the capacity of the mailbox."

    def __init__(self, *, actor: str, capacity: int) -> None:
        self.actor, self.capacity = actor, capacity
        super().__init__(what=f"the mailbox of {actor} is full", why=f"{capacity} messages wait in it")


class ActorStopped(FailureError):
    """The actor has ended, or ended before it answered."""

    family = ErrorFamily.ACTOR
    fix = "Look the actor up again by its name, or restart it through its supervisor, if that still runs."

    def __init__(self, *, actor: str) -> None:
        self.actor = actor
        super().__init__(what=f"{actor} has stopped", why="nobody handles its messages any more")


class ActorCrashed(FailureError):
    """The actor failed while it had this message in hand, whose class is ``handling``.

    The failure is ``__cause__``.
    """

    family = ErrorFamily.ACTOR
    fix = "Mend the handler; declare errors that are answers with @smith.message(raises=...)."

    def __init__(self, *, actor: str, handling: str, failure: BaseException) -> None:
        self.actor, self.handling, self.failure = actor, handling, failure
        super().__init__(what=f"{actor} crashed while it handled {handling}", why=say(failure))
        self.__cause__ = failure


class NoAnswer(FailureError):
    """An actor with a body of its own went on to the next message without answering this one."""

    family = ErrorFamily.ACTOR
    fix = "Call inbox.answer(...) before taking the next message."

    def __init__(self, *, actor: str) -> None:
        self.actor = actor
        super().__init__(what=f"{actor} did not answer", why="it took its next message first")


class NoActorContext(MisuseError, RuntimeError):
    """Something that only a running child has was asked for elsewhere."""

    family = ErrorFamily.ACTOR
    fix = "Use it in a handler, a lifespan or a child function, not in __init__ or outside the tree."

    def __init__(self, *, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(
            what=f"there is no {wanted} here", why="no running child of a supervisor surrounds this call"
        )
