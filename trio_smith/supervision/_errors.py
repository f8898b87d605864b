"""What can go wrong with supervisors and their children.

```text
MisuseError  ── NeedsTrio, NeedsAsyncWith, InvalidSpec, UnknownOption, SelfRequest,
                AlreadyStarted, AlreadyPresent, ChildNotFound, ChildRunning,
                ChildRestarting, NotQuarantined, PoolHasNoIds, NotAnActor, Undecided
FailureError ── StartFailed, StartTimeout, EndedBeforeReady, SupervisorStopped, PoolFull,
                RestartIntensityExceeded, Escalated
```
"""

from __future__ import annotations

from ..errors import ErrorFamily, FailureError, MisuseError, say


class NeedsTrio(MisuseError, RuntimeError):
    """A supervisor was opened where no Trio task runs."""

    family = ErrorFamily.SUPERVISION
    fix = "Run the program with trio.run(main), not with asyncio.run(main)."

    def __init__(self, *, opening: str) -> None:
        self.opening = opening
        super().__init__(what=f"{opening} cannot open anything here", why="this is no task of Trio's")


class NeedsAsyncWith(MisuseError, TypeError):
    """A supervisor was opened by something other than ``async with``; nothing was started."""

    family = ErrorFamily.SUPERVISION
    fix = "Open it by 'async with ... as supervisor:'."

    def __init__(self, *, opening: str, used: str) -> None:
        self.opening, self.used = opening, used
        why = "its block ends when the children have ended, and that is waited for"
        super().__init__(what=f"{opening}(...) cannot be used with {used!r}", why=why)


class InvalidSpec(MisuseError, ValueError):
    """A child spec or supervisor spec has a value that cannot be, or values that contradict one another.

    ``path`` leads to the spec (names from the outside in), ``field`` names the value. Nothing was started.
    """

    family = ErrorFamily.SUPERVISION
    fix = "Give another value; nothing was started."

    def __init__(self, *, path: tuple[str, ...], field: str, why: str, fix: str | None = None) -> None:
        self.path, self.field = path, field
        where = "/".join(path) or "the supervisor"
        super().__init__(what=f"{field} of {where} is invalid", why=why, fix=fix)


class UnknownOption(MisuseError, TypeError):
    """A start was given a keyword that is no option of a child; nothing was started."""

    family = ErrorFamily.SUPERVISION
    fix = "Give the child its own arguments by position, or bind keywords with functools.partial."

    def __init__(self, *, option: str, known: tuple[str, ...], near: tuple[str, ...] = ()) -> None:
        self.option, self.known, self.near = option, known, near
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        why = f"the options are {', '.join(known)}{hint}"
        super().__init__(what=f"start() takes no keyword {option!r} for the child", why=why)


class SelfRequest(MisuseError, RuntimeError):
    """A child asked for something that could only happen after it has ended or become ready itself."""

    family = ErrorFamily.SUPERVISION
    fix = "Use context.stop() (or return) to end oneself; ask the supervisor after the child is ready."

    def __init__(self, *, child: str, request: str) -> None:
        self.child, self.request = child, request
        super().__init__(
            what=f"{request} by {child} would wait for itself", why=f"it needs {child} to move first"
        )


class ChildError(MisuseError, RuntimeError):
    """A request about a child does not fit the state that it is in."""

    family = ErrorFamily.SUPERVISION

    def __init__(self, *, child: str, why: str, fix: str | None = None) -> None:
        self.child = child
        super().__init__(what=f"cannot do that with child {child!r}", why=why, fix=fix)


class AlreadyStarted(ChildError):
    """A child of that name is running."""

    fix = "Choose another name, or stop and delete that child first."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="a child of that name is running")


class AlreadyPresent(ChildError):
    """A child of that name is known, but not running: it is down, or about to be restarted."""

    fix = "Use restart_child if it is down, or stop_child and delete_child first."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="a child of that name is there already, though it is not running")


class ChildNotFound(ChildError, LookupError):
    """The supervisor has no such child."""

    fix = "Look at supervisor.children() for those it has."

    def __init__(self, *, child: str, near: tuple[str, ...] = (), fix: str | None = None) -> None:
        self.near = near
        hint = f" (did you mean {' or '.join(repr(name) for name in near)}?)" if near else ""
        super().__init__(child=child, why=f"the supervisor has no such child{hint}", fix=fix)


class ChildRunning(ChildError):
    """The child is running, and the request needs it to be down."""

    fix = "Use stop_child first."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="it is running")


class ChildRestarting(ChildError):
    """The child is about to be restarted, and the request needs it to be down."""

    fix = "Use stop_child first: it cancels the restart."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="it is being restarted")


class NotQuarantined(ChildError):
    """The child is not in quarantine, so there is nothing to release."""

    fix = "Look at its state in supervisor.tree()."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="it is not in quarantine")


class PoolHasNoIds(ChildError):
    """The instances of a pool have handles, not ids."""

    fix = "Pass the handle (or ref) that pool.start returned to stop_child."

    def __init__(self, *, child: str) -> None:
        super().__init__(child=child, why="its supervisor is a pool")


class NotAnActor(ChildError, TypeError):
    """A path leads to something other than an actor of the class that was asked for."""

    fix = "Give the actor's own class, or none."

    def __init__(self, *, child: str, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(child=child, why=f"it is no {wanted}")


class StartFailed(FailureError):
    """A child did not become ready; the cause is ``__cause__``.

    ``path`` holds the ids from the supervisor that was asked down to the child that failed.
    """

    family = ErrorFamily.SUPERVISION
    fix = "Mend its start; the cause is above."

    def __init__(self, *, path: tuple[str, ...], cause: BaseException) -> None:
        self.path = path
        super().__init__(what=f"{'/'.join(path)} did not start", why=say(cause))
        self.__cause__ = cause


class StartTimeout(FailureError, TimeoutError):
    """A child was not ready within its ``start_timeout``."""

    fix = "Find out what its start waits for, or raise start_timeout."

    def __init__(self, *, child: str, seconds: float) -> None:
        self.child, self.seconds = child, seconds
        super().__init__(what=f"{child} was cancelled", why=f"it was not ready within {seconds:g} s")


class EndedBeforeReady(FailureError):
    """A child that takes ``task_status`` returned without having called ``task_status.started()``."""

    fix = "Call task_status.started() as soon as the child is ready."

    def __init__(self, *, child: str) -> None:
        self.child = child
        super().__init__(what=f"{child} ended", why="it had not called task_status.started()")


class StartCancelled(FailureError):
    """A start in progress was cancelled by a stop: of its supervisor, or of the child itself."""

    fix = "Nothing is wrong with the child."

    def __init__(self, *, child: str) -> None:
        self.child = child
        super().__init__(what=f"the start of {child} was cancelled", why="a stop overtook it")


class SupervisorStopped(FailureError):
    """The supervisor has ended, is stopping, or is between two incarnations."""

    family = ErrorFamily.RESOURCE
    fix = "Ask again when it runs, or hold the children in its spec."

    def __init__(self, *, supervisor: str) -> None:
        self.supervisor = supervisor
        super().__init__(what=f"supervisor {supervisor!r} serves no requests", why="it is not running")


class PoolFull(FailureError):
    """The pool has as many instances as it may have; restarting ones count."""

    family = ErrorFamily.RESOURCE
    fix = "Stop an instance, wait, or raise max_children."

    def __init__(self, *, pool: str, max_children: int) -> None:
        self.pool, self.max_children = pool, max_children
        super().__init__(what=f"pool {pool!r} is full", why=f"it has its {max_children} instances")


class RestartIntensityExceeded(FailureError):
    """A supervisor gave up: a child needed more restarts than the intensity allows.

    ``failures`` is the group of the last failures (at most 8), or None if every end was normal; it is
    the ``__cause__`` too.
    """

    family = ErrorFamily.SUPERVISION
    fix = "Mend the child, or raise max_restarts or within; a Backoff spreads restarts out."

    def __init__(
        self,
        *,
        supervisor: str,
        child: str,
        restarts: int,
        within: float,
        failures: tuple[BaseException, ...] = (),
    ) -> None:
        self.supervisor, self.child, self.restarts, self.within = supervisor, child, restarts, within
        self.failures: BaseExceptionGroup[BaseException] | None = (
            BaseExceptionGroup(f"the last failures under {supervisor!r}", failures) if failures else None
        )
        span = f"within {within:g} s" if within != float("inf") else "without a healthy spell"
        if restarts > 1:
            allowed = f"{restarts - 1} {'is' if restarts == 2 else 'are'} allowed"  # noqa: PLR2004
            why = f"{restarts} restarts were needed {span}, and {allowed}"
        else:
            why = "a restart was needed, and none is allowed"
        if failures:
            why += f"; the last failure: {say(_innermost(failures[-1]))}"
        super().__init__(what=f"supervisor {supervisor!r} gave up on {child!r}", why=why)
        self.__cause__ = self.failures


def _innermost(failure: BaseException) -> BaseException:
    """Return why the supervisors that gave up one above the other did so: the lowest one's last failure."""
    while isinstance(failure, RestartIntensityExceeded) and failure.failures is not None:
        failure = failure.failures.exceptions[-1]
    return failure


class Escalated(FailureError):
    """A supervisor gave up at once, because its ``failures`` say so of this kind of crash.

    ``failure`` is the crash, or an `Undecided` if they could not say anything of it.
    """

    family = ErrorFamily.SUPERVISION
    fix = "Mend the child, or decide otherwise in failures=."

    def __init__(self, *, supervisor: str, child: str, failure: BaseException) -> None:
        self.supervisor, self.child, self.failure = supervisor, child, failure
        super().__init__(what=f"supervisor {supervisor!r} gave up on {child!r}", why=say(failure))
        self.__cause__ = failure


class Undecided(MisuseError, TypeError):
    """The function given as ``failures`` raised, or returned no `Decision`; its supervisor gives up at once.

    ``failure`` is what it was asked about. It is the ``__cause__`` too; if the function raised, in one
    group with what it raised.
    """

    family = ErrorFamily.SUPERVISION
    fix = "Let the function return a Decision, whatever the exception."

    def __init__(self, *, failure: BaseException, why: str) -> None:
        self.failure = failure
        super().__init__(what=f"failures= has not decided about {say(failure)}", why=why)


class SignificantEnded(Exception):
    """Why a supervisor shut itself down: a significant child has ended."""

    def __init__(self, *, child: str) -> None:
        self.child = child
        super().__init__(f"significant child {child!r} has ended")
