"""The root of every error that this library raises, the three kinds of it, and the families of all errors.

```text
SmithError
├── MisuseError        you: the call or the declaration is wrong; change the program
├── FailureError       the world: something that may happen to a right program happened
└── (a bug of ours is an AssertionError, never a SmithError)
```

Each error says what happened, why, and how to mend it, and keeps the facts as fields.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class ErrorFamily(Enum):
    """What an error is about; a `Taxonomy` says what is done about each family."""

    RUNTIME = "runtime"
    """The program as a whole, or Trio below it."""
    SUPERVISION = "supervision"
    """A supervisor: it gave up, or was asked for what cannot be."""
    PERSISTENCE = "persistence"
    """A store: a database, a journal."""
    CONFIGURATION = "configuration"
    """Settings and options."""
    RESOURCE = "resource"
    """What there is only so much of: memory, disk, files, places in a pool."""
    ACTOR = "actor"
    """An actor, its mailbox, its name, and talk with it."""
    STREAM = "stream"
    """A channel or a file that ended or was closed."""
    NETWORK = "network"
    """The other side of a connection, or the way to it."""
    TASK = "task"
    """The code of a child itself; whatever belongs to no other family."""
    EVENT = "event"
    """Topics, events and those who subscribe to them."""
    TOOL = "tool"
    """Another program that was called."""


class SmithError(Exception):
    """Root of the errors of this library.

    ``str(error)`` reads "what: why. fix"; subclasses keep the facts as attributes. ``fix`` belongs to
    the class, unless one error knows better; ``family`` always does.
    """

    family: ClassVar[ErrorFamily] = ErrorFamily.TASK
    """What it is about; a class of yours may say it too, whatever its base is."""
    fix: str = "Read the message above."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        # The text of another error may stand in it, which has an end of its own.
        self.what, self.why = what, why.removesuffix(".")
        if fix is not None:
            self.fix = fix
        end = "" if self.why.endswith(("?", "!", "…")) else "."
        super().__init__(f"{what}: {self.why}{end} {self.fix}")

    def __reduce__(self) -> tuple[object, ...]:
        # The constructors of the subclasses take facts, not the sentence, so the default
        # recipe (class, args) could neither copy nor pickle them.
        return (_rebuilt, (type(self), self.args, self.__dict__))


class MisuseError(SmithError):
    """The program asked for something that cannot be right; the call changed nothing."""


class FailureError(SmithError):
    """Something failed that a right program has to expect."""


def _rebuilt(kind: type[SmithError], args: tuple[object, ...], facts: dict[str, object]) -> SmithError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


def say(error: BaseException, *, limit: int = 200) -> str:
    """Return "Type: text" of *error*, at most *limit* characters, even if its ``__str__`` raises."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001 - whatever a foreign __str__ raises
        return f"{name} (its __str__ raised {type(broken).__name__})"
    # One line of ours, whatever the text holds: it may come from anywhere, and go into a log.
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: limit + 1])
    line = f"{name}: {plain}" if plain else name
    return line if len(line) <= limit else line[: limit - 1] + "…"
