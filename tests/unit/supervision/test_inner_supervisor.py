"""The supervisor of an actor: its children live as long as the incarnation."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, RestartIntensityExceeded, StartFailed, open_supervisor

from .stage import HOUR, Crash, Tape, settle, starting, stubborn

# The children of an actor ------------------------------------------------------------------


class Parent(smith.Actor[Any]):
    """An actor with children of its own."""

    def __init__(self, tape: Tape, *starts: Callable[[], Awaitable[None]]) -> None:
        self.tape, self.starts = tape, starts

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Start the children, and say when it is over."""
        for number, start in enumerate(self.starts):
            await context.supervisor.start(start, name=f"c{number}")
        yield
        self.tape.say(f"lifespan closes at {trio.current_time():g}")

    @smith.on(str)
    async def handle(self, message: str) -> None:
        """Do as told."""
        if message == "crash":
            raise Crash
        if message == "supervisor":
            assert self.context.supervisor is not None


async def test_the_children_of_an_actor_end_with_its_incarnation(autojump_clock: MockClock) -> None:
    """Before its lifespan closes; its next incarnation has its own."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        ref = await supervisor.start(Parent, tape, trio.sleep_forever, stubborn(1.0), name="p")
        await settle()
        assert isinstance(supervisor.system.find("p/c1"), smith.Child)
        assert [one.name for one in supervisor.tree().children[0].children] == ["c0", "c1"]
        tape.take()
        await ref.tell("crash")
        await trio.sleep(5.0)
        assert tape.take() == [
            "end p/c0: killed",
            "end p/c1: killed",
            "over p: stopped",
            "end p: Crash",
            "again p: 1",
            "begin p#2",
            "up p/c0",
            "up p/c1",
            "up p#2",
        ]
        await supervisor.stop_child("p")
    assert any(line.startswith("lifespan closes") for line in tape.lines)


async def test_the_children_of_an_actor_are_stopped_in_order_with_it(autojump_clock: MockClock) -> None:
    """Inside its grace; then the lifespan closes."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(Parent, tape, stubborn(1.0), stubborn(2.0), name="p")
        await settle()
        tape.take()
        await supervisor.stop_child("p")
        assert tape.take() == [
            "end p/c1: stopped",
            "end p/c0: stopped",
            "over p: stopped",
            "lifespan closes at 3",
            "end p: stopped",
        ]


async def test_the_grace_of_an_actor_bounds_its_children(autojump_clock: MockClock) -> None:
    """All at once when it has passed."""
    tape = Tape()

    async def obeys_late() -> None:
        await smith.stopping().wait()
        await trio.sleep(HOUR)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(Parent, tape, obeys_late, obeys_late, name="p", grace=2.0)
        await settle()
        await supervisor.stop_child("p")
        assert trio.current_time() == 2.0
    assert set(tape.of("end")) == {"end p/c1: killed", "end p/c0: killed", "end p: killed"}


async def test_the_give_up_of_an_actors_supervisor_crashes_the_actor(autojump_clock: MockClock) -> None:
    """With that as its failure."""
    tape = Tape()

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
            await supervisor.start(Parent, tape, always, name="p")
    assert caught.value.child == "p"
    assert caught.value.failures is not None
    (failure,) = caught.value.failures.exceptions
    assert isinstance(failure, RestartIntensityExceeded)
    assert "end p: RestartIntensityExceeded" in tape.lines


async def test_a_context_that_was_kept_opens_nothing_after_its_incarnation(autojump_clock: MockClock) -> None:
    """Or its children would belong to nobody."""
    kept: list[smith.Context] = []

    class Keeps(smith.Actor[str]):
        @smith.on(str)
        def handle(self, message: str) -> None:
            kept.append(self.context)
            if message == "crash":
                raise Crash

    async with open_supervisor() as supervisor:
        ref = await supervisor.start(Keeps, name="k")
        await ref.tell("crash")
        await trio.sleep(1.0)
        await ref.tell("keep")
        await trio.sleep(1.0)
        await supervisor.stop_child("k")
        for context in kept:
            with pytest.raises((smith.NoActorContext, smith.ActorStopped, smith.SupervisorStopped)):
                await context.supervisor.start(trio.sleep_forever)


async def test_the_supervisor_of_an_actor_serves_as_any_other(autojump_clock: MockClock) -> None:
    """And is stopped by its actor if that likes."""
    tape = Tape()

    class Owner(smith.Actor[str]):
        @smith.on(str)
        async def handle(self, message: str) -> None:
            supervisor = self.context.supervisor
            await supervisor.start(starting(1.0), name="a")
            await supervisor.start_supervisor(name="n")
            await supervisor.stop_child("a")
            await supervisor.stop()
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(trio.sleep_forever)
            tape.say("done")

    async with open_supervisor() as supervisor:
        ref = await supervisor.start(Owner)
        await ref.tell("go")
        await trio.sleep(5.0)
        await supervisor.stop()
    assert tape.lines == ["done"]


async def test_a_child_of_an_actor_cannot_wait_for_the_end_of_its_actor(autojump_clock: MockClock) -> None:
    """SelfRequest, through the actor that stands between them."""
    refused: list[smith.SelfRequest] = []

    async def stops(supervisors: list[smith.Supervisor]) -> None:
        await trio.sleep(1.0)
        try:
            await supervisors[0].stop_child("p")
        except smith.SelfRequest as error:
            refused.append(error)

    async with open_supervisor() as supervisor:
        await supervisor.start(Parent, Tape(), lambda: stops([supervisor]), name="p")
        await trio.sleep(2.0)
        assert len(refused) == 1
        await supervisor.stop()


async def test_children_that_fail_to_start_in_a_lifespan_fail_the_actors_start(
    autojump_clock: MockClock,
) -> None:
    """Those that were started are ended; the start failure is the actor's."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(Parent, tape, trio.sleep_forever, starting(KeyError), name="p")
        assert caught.value.path == ("p",)
        assert isinstance(caught.value.__cause__, StartFailed)
    assert "end p/c0: killed" in tape.lines or "end p/c0: stopped" in tape.lines


async def test_the_port_of_an_actor_that_is_down_opens_nothing() -> None:
    """Its own record says so, whoever asks it."""
    async with open_supervisor() as supervisor:
        await supervisor.start(Leaver, name="l")
        runner = supervisor.child("l")._runner
        await supervisor.stop_child("l")
        with pytest.raises((smith.SupervisorStopped, smith.NoActorContext)):
            runner.inner_supervisor()


# What an actor asks of its supervisor for itself -------------------------------------------


class Leaver(smith.Actor[Any]):
    """An actor that stops itself."""

    handled: int = 0

    @smith.on(float)
    async def leave(self, drain: float) -> None:
        """Go."""
        self.context.stop(drain=drain)

    @smith.on(str)
    async def work(self, message: str) -> object:
        """Take a second."""
        await trio.sleep(1.0)
        return smith.later(trio.sleep, 1.0)


@pytest.mark.parametrize("drain", [0.0, 10.0])
async def test_an_actor_stops_itself_for_good(autojump_clock: MockClock, drain: float) -> None:
    """It is a request that nobody waits for; with a drain what waits is handled first."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        ref = await supervisor.start(Leaver, name="l")
        await ref.tell(drain)
        await ref.tell("a")
        await ref.tell("b")
        await ref.wait_stopped()
        assert supervisor.children() == ("l",)
        assert supervisor.child("l").state is Condition.DOWN
        assert trio.current_time() == (3.0 if drain else 0.0)
    assert tape.of("end", "again") == ["end l: stopped"]


async def test_work_that_an_actor_does_later_ends_with_it(autojump_clock: MockClock) -> None:
    """Its Trio task lives beside the actor's."""
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_supervisor() as supervisor:
        ref = await supervisor.start(Leaver, name="l")
        await ref.tell("a")
        await trio.sleep(1.5)
        assert trio.lowlevel.current_statistics().tasks_living > before + 1
        await supervisor.stop_child("l")
        assert trio.current_time() == 2.0
        await supervisor.stop()
    assert trio.lowlevel.current_statistics().tasks_living == before
