"""What can go wrong with names, groups and topics.

```text
MisuseError  ── InvalidTopic, NamedOtherwise, OutsideProtocol
FailureError ── NameTaken, NameNotFound, GroupEmpty, SystemEnded
```
"""

from __future__ import annotations

from ..errors import ErrorFamily, FailureError, MisuseError

SHOWN = 128
"""How much of a text that came from anywhere is shown."""


class NameTaken(FailureError):
    """Another actor of the system has that name; ``holder`` is its path."""

    family = ErrorFamily.ACTOR
    fix: str = "Choose another name, or let the holder end or unregister it first."

    def __init__(self, *, name: str, holder: str) -> None:
        self.name, self.holder = name, holder
        super().__init__(what=f"the name {name!r} is taken", why=f"{holder} has it")


class NameNotFound(FailureError, LookupError):
    """No actor of the system has that name now; ``near`` are names that look like it."""

    family = ErrorFamily.ACTOR
    fix: str = "Register it, or wait until somebody does with `await names.wait_for(name)`."

    def __init__(self, *, name: str, near: tuple[str, ...] = ()) -> None:
        self.name, self.near = name, near
        hint = f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
        super().__init__(what=f"nobody is named {name!r}", why=f"no actor has registered it{hint}")


class NamedOtherwise(MisuseError, TypeError):
    """A name or a group leads to an actor of another class than was asked for."""

    family = ErrorFamily.ACTOR
    fix: str = "Give the actor's own class, or none."

    def __init__(self, *, name: str, wanted: str, found: str) -> None:
        self.name, self.wanted, self.found = name, wanted, found
        super().__init__(what=f"{name!r} is no {wanted}", why=f"it is a {found}")


class GroupEmpty(FailureError, LookupError):
    """There is nobody to pick: the group has no members now."""

    family = ErrorFamily.ACTOR
    fix: str = "Start an actor that joins it, or look at groups.members(group) first."

    def __init__(self, *, group: str) -> None:
        self.group = group
        super().__init__(what=f"cannot pick one of the group {group!r}", why="it has no members")


class InvalidTopic(MisuseError, ValueError):
    """A text cannot be a topic, or a pattern of topics."""

    family = ErrorFamily.EVENT
    fix: str = (
        'Join words by dots, as in "orders.eu.new"; a pattern may have "*" for one word and end in ">".'
    )

    def __init__(self, *, topic: str, reason: str) -> None:
        self.topic, self.reason = topic, reason
        shown = topic if len(topic) <= SHOWN else f"{topic[:SHOWN]}…"
        super().__init__(what=f"cannot use {shown!r} as a topic", why=reason)


class OutsideProtocol(MisuseError, TypeError):
    """An actor was to be subscribed to messages that it does not understand; it was not subscribed."""

    family = ErrorFamily.EVENT
    fix: str = "Name a message of the actor's protocol, or add it there with a handler."

    def __init__(self, *, actor: str, message: type) -> None:
        self.actor, self.message = actor, message
        super().__init__(
            what=f"cannot subscribe {actor} to {message.__name__}", why="it is no message of its protocol"
        )


class SystemEnded(FailureError):
    """The outermost supervisor has ended: nobody will be registered any more."""

    family = ErrorFamily.RUNTIME
    fix: str = "Wait inside the block of the outermost supervisor, or take this for its end."

    def __init__(self, *, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(what=f"{wanted} will not be there", why="the system has ended")
