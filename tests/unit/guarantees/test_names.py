"""Names are the tree: found by their path, never stale, never global."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith


@smith.message
class Hello(smith.Request[str]):
    """Answered by a greeting."""


class Greeter(smith.Actor[Hello]):
    """Greets, and crashes on its third message."""

    def __init__(self) -> None:
        self.greeted = 0

    @smith.on(Hello)
    def greet(self, _message: Hello) -> str:
        """Return a greeting."""
        self.greeted += 1
        if self.greeted == 3:
            raise ValueError
        return "hello"


class Other(smith.Actor[Hello]):
    """Of another class, with the same protocol."""

    @smith.on(Hello)
    def greet(self, _message: Hello) -> str:
        """Return a greeting."""
        return "good day"


async def always_crashes() -> None:
    """Crash after a second."""
    await trio.sleep(1.0)
    raise ValueError


async def test_a_child_of_any_kind_is_found_at_its_path(autojump_clock: MockClock) -> None:
    """An actor as its ref, a function as its handle, a supervisor as itself; at any depth."""
    async with smith.open_supervisor() as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        ref = await desk.start(Greeter, name="alice")
        function = await supervisor.start(trio.sleep_forever, name="idle")
        find = supervisor.system.find
        assert find("desk/alice", Greeter) == ref
        assert find("idle") == function
        assert find("desk") == desk
        await supervisor.stop()


async def test_a_child_that_is_down_or_restarting_is_found_too(autojump_clock: MockClock) -> None:
    """Its place is kept, and so is its ref."""
    async with smith.open_supervisor(backoff=smith.Backoff(initial=10.0, jitter=0.0)) as supervisor:
        ref = await supervisor.start(Greeter, name="down")
        crashing = await supervisor.start(always_crashes, name="restarting")
        await supervisor.stop_child("down")
        await trio.sleep(5.0)
        assert crashing.state is smith.Condition.RESTARTING
        assert supervisor.system.find("down", Greeter) == ref
        assert supervisor.system.find("restarting") == crashing
        await supervisor.stop()


async def test_what_is_not_there_is_said_to_be_missing(autojump_clock: MockClock) -> None:
    """Never there, deleted, below something without children, after the end of the tree."""
    async with smith.open_supervisor() as supervisor:
        find = supervisor.system.find
        await supervisor.start(Greeter, name="alice")
        for path in ("bob", "alice/bob", "desk/alice", "", "/", "alice/"):
            with pytest.raises(smith.ChildNotFound):
                find(path)
        await supervisor.stop_child("alice")
        await supervisor.delete_child("alice")
        with pytest.raises(smith.ChildNotFound):
            find("alice")
        await supervisor.stop()


async def test_an_actor_of_another_class_is_refused(autojump_clock: MockClock) -> None:
    """The class that was asked for is what makes the ref's type true."""
    async with smith.open_supervisor() as supervisor:
        await supervisor.start(Greeter, name="alice")
        await supervisor.start(trio.sleep_forever, name="idle")
        for path in ("alice", "idle"):
            with pytest.raises(smith.NotAnActor):
                supervisor.system.find(path, Other)
        await supervisor.stop()


async def test_after_a_restart_of_its_supervisor_an_actor_is_found_under_its_old_name(
    autojump_clock: MockClock,
) -> None:
    """The old ref has ended with its supervisor's incarnation, and says so."""
    async with smith.open_supervisor() as supervisor:
        await supervisor.start_supervisor(
            name="desk", max_restarts=0, children=[smith.child(Greeter, name="alice")]
        )
        old = supervisor.system.find("desk/alice", Greeter)
        for _ in range(2):
            await old.ask(Hello())
        with pytest.raises(smith.ActorCrashed):
            await old.ask(Hello())
        await trio.sleep(1.0)
        assert supervisor.child("desk").incarnation == 2
        with pytest.raises(smith.ActorStopped):
            await old.ask(Hello())
        new = supervisor.system.find("desk/alice", Greeter)
        assert new != old
        assert await new.ask(Hello()) == "hello"
        await supervisor.stop()


async def test_two_trees_in_one_program_share_nothing(autojump_clock: MockClock) -> None:
    """Names, events, dead letters: each outermost supervisor has its own; a block inside a child joins."""
    events: list[list[object]] = [[], []]

    async def inner(systems: list[smith.System]) -> None:
        async with smith.open_supervisor() as joined:
            systems.append(joined.system)

    systems: list[smith.System] = []
    async with (
        smith.open_supervisor(observe=events[0].append) as one,
        smith.open_supervisor(observe=events[1].append) as other,
    ):
        first, second = await one.start(Greeter, name="alice"), await other.start(Other, name="alice")
        assert one.system is not other.system
        assert one.system.find("alice") == first
        assert other.system.find("alice") == second
        for _ in range(2):
            await first.ask(Hello())
        with pytest.raises(smith.ActorCrashed):
            await first.ask(Hello())
        assert (one.system.dead_letters.total, other.system.dead_letters.total) == (1, 0)
        assert not [event for event in events[1] if isinstance(event, smith.ChildEnded)]
        await one.start(inner, systems)
        await trio.sleep(1.0)
        assert systems == [one.system]
        await other.stop()
        await one.stop()
