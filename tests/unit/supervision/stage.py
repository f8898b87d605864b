"""What the tests of supervision share: a tape of what happens, and children that follow a script.

Time is virtual in all of them, so a child that sleeps an hour costs nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import trio
import trio.testing

import trio_smith as smith
from trio_smith.telemetry import (
    ChildEnded,
    ChildIgnored,
    ChildQuarantined,
    ChildStarted,
    ChildStartFailed,
    ChildStuck,
    GaveUp,
    RestartScheduled,
    StopRaised,
    SupervisionEvent,
    SupervisorEnded,
    SupervisorStarting,
)

Ready = trio.TaskStatus[object]
HOUR = 3600.0
FATAL = [KeyboardInterrupt, SystemExit]


class Crash(Exception):
    """The failure of a child that was told to fail."""


class Tape:
    """What happened, one line each, in order: the supervision events, and what children and bodies say.

    A line reads "word path#incarnation: more"; the outermost supervisor is ".", incarnation 1 is not named.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: object) -> None:
        """Take one event; the tape is an observer."""
        assert isinstance(event, SupervisionEvent)
        where = "/".join(event.path) or "."
        if event.incarnation > 1:
            where += f"#{event.incarnation}"
        self.lines.append(_line(event, where))

    def say(self, line: str) -> None:
        """Note *line*."""
        self.lines.append(line)

    def take(self) -> list[str]:
        """Return the lines up to now, and forget them."""
        taken, self.lines = self.lines, []
        return taken

    def of(self, *words: str) -> list[str]:
        """Return the lines that begin with one of *words*."""
        return [line for line in self.lines if line.split()[0] in words]


def _line(event: SupervisionEvent, where: str) -> str:  # noqa: C901, PLR0911 - one case an event
    match event:
        case SupervisorStarting():
            return f"begin {where}"
        case SupervisorEnded():
            return f"over {where}: {brief(event.reason)}"
        case ChildStarted():
            return f"up {where}"
        case ChildEnded():
            return f"end {where}: {brief(event.reason)}"
        case ChildStartFailed():
            return f"failed {where}: {type(event.error).__name__}"
        case ChildIgnored():
            return f"ignored {where}"
        case RestartScheduled():
            delay = f" in {event.delay:g}" if event.delay else ""
            return f"again {where}: {event.restarts}{delay}"
        case GaveUp():
            return f"gave-up {where}: {event.child}, {event.restarts}"
        case ChildQuarantined():
            return f"quarantine {where}: {event.restarts}"
        case ChildStuck():
            return f"stuck {where}: {event.waited:g}"
        case StopRaised():
            return f"raised {where}: {type(event.error).__name__}"
        case _:
            return f"{type(event).__name__} {where}"


def brief(reason: smith.ExitReason) -> str:
    """Return *reason* in a word or two: "returned", "stopped", "Crash"."""
    match reason:
        case smith.Crashed(error):
            return type(error).__name__
        case smith.ShutDown(BaseException() as error):
            return f"shut down, {type(error).__name__}"
        case _:
            return str(reason)


# Children ----------------------------------------------------------------------------------


class Function(Protocol):
    """An async function without arguments, as a child."""

    def __call__(self) -> Awaitable[None]:
        """Live."""
        ...


async def idle() -> None:
    """Live on."""
    await trio.sleep_forever()


def crashing(*after: float) -> Callable[[], Awaitable[None]]:
    """Return a child whose first incarnations crash after so many seconds; the one after them lives on."""
    left = list(after)

    async def crashes() -> None:
        if left:
            await trio.sleep(left.pop(0))
            raise Crash
        await trio.sleep_forever()

    return crashes


def returning(*after: float) -> Callable[[], Awaitable[None]]:
    """Return a child whose first incarnations return after so many seconds; the one after them lives on."""
    left = list(after)

    async def returns() -> None:
        if not left:
            await trio.sleep_forever()
        await trio.sleep(left.pop(0))

    return returns


def starting(
    *outcomes: float | type[BaseException], crash_after: float | None = None
) -> Callable[..., Awaitable[None]]:
    """Return a child that reports when it is ready.

    Each start takes the next outcome: so many seconds, or that exception at once; afterwards 0 seconds. With
    *crash_after* the first incarnation that became ready crashes so many seconds later.
    """
    left = list(outcomes)
    crashes = [crash_after] if crash_after is not None else []

    async def starts(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        outcome = left.pop(0) if left else 0.0
        if isinstance(outcome, type):
            raise outcome
        await trio.sleep(outcome)
        task_status.started()
        if crashes:
            await trio.sleep(crashes.pop())
            raise Crash
        await trio.sleep_forever()

    return starts


def stubborn(seconds: float, tape: Tape | None = None, name: str = "") -> Callable[[], Awaitable[None]]:
    """Return a child that needs *seconds* to unwind once it is cancelled, whatever is cancelled meanwhile."""

    async def clings() -> None:
        try:
            await trio.sleep_forever()
        finally:
            if tape is not None:
                tape.say(f"{name} cancelled at {trio.current_time():g}")
            with trio.CancelScope(shield=True):
                await trio.sleep(seconds)

    return clings


def polite(seconds: float, tape: Tape | None = None, name: str = "") -> Callable[[], Awaitable[None]]:
    """Return a child that takes the soft stop, and ends *seconds* after it was asked to."""

    async def obeys() -> None:
        await smith.stopping().wait()
        if tape is not None:
            tape.say(f"{name} asked at {trio.current_time():g}")
        await trio.sleep(seconds)

    return obeys


def telling(tape: Tape, name: str) -> Callable[[], Awaitable[None]]:
    """Return a child that says when it begins and when it is cancelled."""

    async def tells() -> None:
        tape.say(f"{name} begins")
        try:
            await trio.sleep_forever()
        finally:
            tape.say(f"{name} ends")

    return tells


def fatal_after(
    seconds: float, error: BaseException, tape: Tape | None = None
) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error*, in every incarnation."""

    async def raises() -> None:
        if tape is not None:
            tape.say("fatal begins")
        await trio.sleep(seconds)
        raise error

    return raises


def fatal_at_the_end(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error* when it is cancelled."""

    async def raises() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise error

    return raises


async def settle() -> None:
    """Let everything happen that happens without time passing."""
    await trio.testing.wait_all_tasks_blocked()
