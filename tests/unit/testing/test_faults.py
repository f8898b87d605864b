"""Faults go round actor classes and async functions without changing anything else about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import trio_smith as smith
from trio_smith.testing import InjectedFault, with_crash, with_delay, with_hang, with_refused_starts


@smith.message
class Add(smith.Request[int]):
    """Asked, of a method that is not async."""

    n: int


@smith.message
class Note:
    """Told."""

    n: int


class Counter(smith.Actor[Add | Note]):
    """One sync and one async handler."""

    mailbox_capacity = 7

    def __init__(self, start: int = 0) -> None:
        self.total = start

    @smith.on(Add)
    def add(self, message: Add) -> int:
        """Add."""
        self.total += message.n
        return self.total

    @smith.on(Note)
    async def note(self, message: Note) -> None:
        """Add later."""
        await trio.lowlevel.checkpoint()
        self.total += message.n


class Reader(smith.Actor[Add]):
    """A body of its own."""

    async def run(self, inbox: smith.Inbox[Add]) -> None:
        """Answer the numbers themselves."""
        async for message in inbox:
            inbox.answer(message.n)


@pytest.mark.parametrize("kind", [Counter, Reader])
async def test_an_actor_crashes_at_the_chosen_message(
    autojump_clock: trio.testing.MockClock, kind: type[smith.Actor[Any]]
) -> None:
    """With that message in hand; the next incarnation does not crash again."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(with_crash(kind, at=2))
        assert await ref.ask(Add(1)) == 1
        with pytest.raises(smith.ActorCrashed) as crashed:
            await ref.ask(Add(2))
        assert isinstance(crashed.value.__cause__, InjectedFault)
        assert crashed.value.__cause__.number == 2
        assert await ref.ask(Add(3)) == 3
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert letter.message == Add(2)
        await supervisor.stop()


async def test_the_error_can_be_chosen(autojump_clock: trio.testing.MockClock) -> None:
    """To try what is decided by its type."""
    async with smith.open_supervisor(failures={OSError: smith.Decision.STOP}) as supervisor:
        ref = await supervisor.start(with_crash(Counter, error=OSError("disk")), 5)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(Add(1))
        assert isinstance(await ref.wait_stopped(), smith.Crashed)
        await supervisor.stop()


async def test_handlers_can_be_slowed_down(autojump_clock: trio.testing.MockClock) -> None:
    """Each message takes so much longer; sync handlers, too."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(with_delay(Counter, seconds=2.0), 5)
        await ref.tell(Note(1))
        assert await ref.ask(Add(1)) == 7
        assert trio.current_time() == 4.0
        await supervisor.stop()


async def test_an_actor_hangs_at_the_chosen_message(autojump_clock: trio.testing.MockClock) -> None:
    """Until its grace has passed."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(with_hang(Counter, at=2), grace=3.0)
        await ref.tell(Note(1))
        with trio.move_on_after(60) as scope:
            await ref.ask(Add(1))
        assert scope.cancelled_caught
        await supervisor.stop_child(ref)
        assert trio.current_time() == 63.0
        await supervisor.stop()


async def test_starts_are_refused_so_many_times(autojump_clock: trio.testing.MockClock) -> None:
    """A failed start, not a crash."""
    kind = with_refused_starts(Counter, times=2)
    async with smith.open_supervisor() as supervisor:
        for _ in range(2):
            with pytest.raises(smith.StartFailed) as failed:
                await supervisor.start(kind, 5)
            assert isinstance(failed.value.__cause__, InjectedFault)
        ref = await supervisor.start(kind, 5)
        assert await ref.ask(Add(1)) == 6
        await supervisor.stop()


def test_a_wrapped_class_is_still_what_it_was() -> None:
    """Its name, its options and its handlers are those of the original, which itself is unchanged."""
    wrapped = with_delay(with_crash(with_refused_starts(Counter)), seconds=1)
    assert issubclass(wrapped, Counter)
    assert wrapped.__name__ == "Counter"
    assert wrapped.__qualname__ == Counter.__qualname__
    assert wrapped.__module__ == Counter.__module__
    assert wrapped.mailbox_capacity == 7
    assert set(wrapped.__handlers__) == set(Counter.__handlers__)
    assert Counter.__handlers__[Add][0] is Counter.add


async def _plain(done: list[str]) -> str:
    """Say what is done."""
    await trio.lowlevel.checkpoint()
    done.append("plain")
    return "done"


async def _reporting(
    done: list[str], *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    await trio.lowlevel.checkpoint()
    task_status.started("ready")
    done.append("reporting")


@pytest.mark.parametrize("function", [_plain, _reporting])
async def test_a_function_fails_at_the_chosen_call(
    autojump_clock: trio.testing.MockClock, function: Callable[..., Any]
) -> None:
    """Calls are counted for all that run the wrapped function."""
    done: list[str] = []
    wrapped = with_crash(function, at=2)
    await wrapped(done)
    with pytest.raises(InjectedFault, match="number 2"):
        await wrapped(done)
    await wrapped(done)
    assert len(done) == 2
    with trio.move_on_after(5) as scope:
        await with_hang(function)(done)
    assert scope.cancelled_caught
    before = trio.current_time()
    await with_delay(function, seconds=3)(done)
    assert trio.current_time() - before == 3
    assert wrapped.__name__ == function.__name__
    assert wrapped.__doc__ == function.__doc__


async def test_a_function_that_reports_still_does(autojump_clock: trio.testing.MockClock) -> None:
    """A supervisor sees by its parameter that it will."""
    done: list[str] = []
    async with smith.open_supervisor() as supervisor:
        child = await supervisor.start(with_delay(_reporting, seconds=3), done)
        assert child.value == "ready"
        assert trio.current_time() == 3


@pytest.mark.parametrize(("function", "value"), [(_plain, None), (_reporting, "ready")])
async def test_a_function_refuses_its_starts(
    autojump_clock: trio.testing.MockClock, function: Callable[..., Any], value: object
) -> None:
    """A plain one becomes one that reports, because only such a one can fail to start."""
    done: list[str] = []
    wrapped = with_refused_starts(function, times=1, error=OSError("not yet"))
    async with smith.open_supervisor() as supervisor:
        with pytest.raises(smith.StartFailed) as failed:
            await supervisor.start(wrapped, done)
        assert isinstance(failed.value.__cause__, OSError)
        child = await supervisor.start(wrapped, done)
        assert child.value == value
    assert len(done) == 1


def test_nothing_else_can_be_wrapped() -> None:
    """A callable whose result decides is known only when it is called."""
    with pytest.raises(TypeError, match="neither an actor class nor an async function"):
        with_crash(lambda: None)
