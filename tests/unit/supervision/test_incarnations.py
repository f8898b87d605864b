"""What an incarnation begins with, and that nothing of the one before it reaches it."""

import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    RestartIntensityExceeded,
    StartFailed,
    Strategy,
    child,
    open_supervisor,
)

from .stage import HOUR, Crash, Ready, Tape, crashing, returning, settle, starting, stubborn

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


# Context variables -------------------------------------------------------------------------


async def test_children_see_the_context_in_which_the_supervisor_was_opened(autojump_clock: MockClock) -> None:
    """What the body sets later is the body's."""
    seen: list[str] = []

    async def looks() -> None:
        seen.append(VARIABLE.get())

    VARIABLE.set("before")
    async with open_supervisor() as supervisor:
        VARIABLE.set("in the body")
        await supervisor.start(looks)
        await supervisor.start_supervisor(name="n", children=[child(looks)])
        await settle()
        VARIABLE.set("unset")
        await supervisor.stop()
    assert seen == ["before", "before"]


@pytest.mark.parametrize("busy", [False, True], ids=["at once", "after others were stopped"])
async def test_a_restarted_child_does_not_inherit_the_context_of_the_dead_one(
    autojump_clock: MockClock,
    busy: bool,  # noqa: FBT001
) -> None:
    """Each incarnation begins in the supervisor's own."""
    seen: list[str] = []

    async def leaves_something() -> None:
        seen.append(VARIABLE.get())
        VARIABLE.set(f"left by {len(seen)}")
        if len(seen) < 4:
            await trio.sleep(1.0)
            raise Crash
        await trio.sleep_forever()

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL if busy else Strategy.ONE_FOR_ONE) as supervisor:
        if busy:
            await supervisor.start(stubborn(1.0))
        await supervisor.start(leaves_something)
        await trio.sleep(20.0)
        await supervisor.stop()
    assert seen == ["clean"] * 4


async def test_a_child_does_not_inherit_the_context_of_a_sibling(autojump_clock: MockClock) -> None:
    """Neither of the one that asked for it, nor of the one whose exit set its restart going."""
    seen: list[str] = []
    left = [1]

    async def looks() -> None:
        seen.append(VARIABLE.get())
        await trio.sleep_forever()

    async def asks(supervisors: list[smith.Supervisor]) -> None:
        VARIABLE.set("the asker's")
        if left.pop():
            await supervisors[0].start(looks)
            left.append(0)
            raise Crash

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as supervisor:
        await supervisor.start(asks, [supervisor])
        await trio.sleep(1.0)
        await supervisor.stop()
    assert seen == ["clean", "clean"]


async def test_a_resting_actor_that_is_restarted_with_its_group_begins_in_a_clean_context(
    autojump_clock: MockClock,
) -> None:
    """Its task had only been waiting."""
    seen: list[str] = []

    class Sets(smith.Actor[str]):
        def __init__(self) -> None:
            seen.append(VARIABLE.get())

        @smith.on(str)
        def handle(self, message: str) -> None:
            VARIABLE.set(message)

    VARIABLE.set("clean")
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as supervisor:
        ref = await supervisor.start(Sets)
        await supervisor.start(crashing(1.0))
        await ref.tell("dirty")
        await trio.sleep(5.0)
        await supervisor.stop()
    assert seen == ["clean", "clean"]


# Cancel scopes and nurseries ---------------------------------------------------------------


async def _numbers() -> AsyncGenerator[int, None]:
    with trio.move_on_after(3.0):
        while True:
            yield 1


async def test_a_cancel_scope_left_open_crashes_its_incarnation_alone(autojump_clock: MockClock) -> None:
    """A classic slip: a scope round a yield, in a generator that is abandoned. The next one lives."""
    kept: list[AsyncGenerator[int, None]] = []
    tape = Tape()

    async def leaks() -> None:
        if not kept:
            kept.append(_numbers())
            await anext(kept[0])
            return
        await trio.sleep(HOUR)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
    assert tape.of("end", "again") == ["end a: RuntimeError", "again a: 1", "end a#2: returned"]
    assert trio.current_time() == HOUR


@pytest.mark.parametrize("raises", [Crash, KeyError])
async def test_what_a_child_raised_comes_before_what_it_left_open(
    autojump_clock: MockClock, raises: type[Exception]
) -> None:
    """Its own failure is the more telling one."""
    kept: list[AsyncGenerator[int, None]] = []
    tape = Tape()

    async def leaks() -> None:
        if not kept:
            kept.append(_numbers())
            await anext(kept[0])
            raise raises
        await trio.sleep(HOUR)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(leaks, name="a")
    assert tape.of("end")[0] == f"end a: {raises.__name__}"
    assert trio.current_time() == HOUR


async def test_each_incarnation_has_a_scope_of_its_own(autojump_clock: MockClock) -> None:
    """A group stop that was too slow does not cancel the incarnations after it."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape, max_restarts=9) as supervisor:
        await supervisor.start(stubborn(3.0), name="a", grace=1.0)
        await supervisor.start(crashing(1.0, 5.0), name="b")
        await trio.sleep(HOUR)
        assert tape.of("end") == ["end b: Crash", "end a: killed", "end b#2: Crash", "end a#2: killed"]
        await supervisor.stop()


async def test_ten_thousand_restarts_leave_no_tasks_and_no_stack_behind(autojump_clock: MockClock) -> None:
    """One task, one incarnation after the other."""
    count = 0

    async def crashes() -> None:
        nonlocal count
        count += 1
        if count < 3_000:
            raise Crash
        await trio.sleep_forever()

    before = trio.lowlevel.current_statistics().tasks_living
    async with open_supervisor(max_restarts=3_000) as supervisor:
        await supervisor.start(crashes)
        await settle()
        assert trio.lowlevel.current_statistics().tasks_living == before + 1
        await supervisor.stop()
    assert count == 3_000


# Factories ---------------------------------------------------------------------------------


class Echo(smith.Actor[str]):
    """An actor that is made by a factory."""

    def __init__(self, word: str = "") -> None:
        self.word = word

    @smith.on(str)
    def handle(self, message: str) -> None:
        """Take a message."""
        if message == "crash":
            raise Crash


class Other(smith.Actor[str]):
    """Another one."""

    @smith.on(str)
    def handle(self, message: str) -> None:
        """Take a message."""


async def test_a_factory_of_actors_makes_an_actor_each_time(autojump_clock: MockClock) -> None:
    """With keyword arguments, for example; it is permanent, and answers by a ref."""
    made: list[Echo] = []

    def make() -> Echo:
        made.append(Echo(word="x"))
        return made[-1]

    async with open_supervisor() as supervisor:
        ref = await supervisor.start(make, name="e")
        assert isinstance(ref, smith.Ref)
        await ref.tell("crash")
        await trio.sleep(1.0)
        assert len(made) == 2
        assert supervisor.tree().children[0].kind == "actor"
        assert supervisor.tree().children[0].label == "Echo"
        await supervisor.stop()


async def test_a_factory_of_awaitables_makes_a_function(autojump_clock: MockClock) -> None:
    """Transient, ready at once, answers by a handle."""
    calls: list[int] = []

    async def work(number: int) -> None:
        calls.append(number)
        if len(calls) == 1:
            raise Crash
        await trio.sleep(1.0)

    async with open_supervisor() as supervisor:
        started = await supervisor.start(lambda: work(number=3), name="w")
        assert isinstance(started, smith.Child)
        await started.wait_stopped()
        assert started.state is Condition.DOWN
        assert supervisor.child_spec("w").restart is None
    assert calls == [3, 3]


async def test_a_factory_in_a_pool_gets_the_arguments(autojump_clock: MockClock) -> None:
    """As any start does."""
    async with smith.open_pool(child(Echo)) as pool:
        ref = await pool.start("x")
        assert isinstance(ref, smith.Ref)
        await pool.stop()


@pytest.mark.parametrize("made", [None, 3, "text", Echo])
async def test_a_factory_that_makes_nothing_useful_is_a_start_failure(made: Any) -> None:
    """It says what came out of it."""
    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(lambda: made)  # type: ignore[call-overload]
        assert "neither an actor nor an awaitable" in str(caught.value.__cause__)
        assert supervisor.children() == ()


async def test_a_factory_that_raises_is_a_start_failure() -> None:
    """Or an ignored start."""

    def fails() -> Echo:
        raise KeyError

    def ignores() -> Echo:
        raise smith.Ignore

    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(fails)
        assert isinstance(caught.value.__cause__, KeyError)
        ignored: Any = await supervisor.start(ignores)
        assert ignored.ignored
        await supervisor.stop()


@pytest.mark.parametrize("second", ["another actor", "a function", "nonsense"])
async def test_a_factory_that_makes_another_kind_later_is_a_start_failure(
    autojump_clock: MockClock, second: str
) -> None:
    """The ref, the mailbox and the restart kind belong to the first; no coroutine is left unawaited."""
    kinds: list[Callable[[], Any]] = [
        Echo,
        {"another actor": Other, "a function": returning(1.0), "nonsense": lambda: 3}[second],
        Echo,
    ]
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        ref: Any = await supervisor.start(lambda: kinds.pop(0)(), name="e")  # noqa: PLW0108 - a factory
        await ref.tell("crash")
        await trio.sleep(1.0)
        assert tape.of("failed") == ["failed e#2: TypeError"]
        assert supervisor.child("e").incarnation == 3
        await supervisor.stop()


async def test_a_factory_of_functions_that_makes_an_actor_later_is_a_start_failure(
    autojump_clock: MockClock,
) -> None:
    """The other way round."""
    kinds: list[Callable[[], Any]] = [crashing(1.0), Echo, returning(1.0)]
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(lambda: kinds.pop(0)(), name="e")  # noqa: PLW0108 - a factory
    assert tape.of("failed", "end") == ["end e: Crash", "failed e#2: TypeError", "end e#3: returned"]


async def test_a_factory_is_permanent_or_transient_by_what_it_made_first(autojump_clock: MockClock) -> None:
    """An awaitable that returns is done."""
    async with open_supervisor() as supervisor:
        done = await supervisor.start(lambda: returning(1.0)(), name="f")  # noqa: PLW0108 - a factory
        await trio.sleep(2.0)
        assert done.state is Condition.DOWN
        await supervisor.stop()


# Stopped before it began -------------------------------------------------------------------


async def test_a_child_that_is_stopped_before_its_first_step_may_run_up_to_a_checkpoint(
    autojump_clock: MockClock,
) -> None:
    """It was ready when its task existed; Trio lets it begin, cancelled."""
    tape = Tape()

    async def begins() -> None:
        tape.say("begins")
        await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(begins, name="a")
        await supervisor.stop_child("a")
        assert tape.of("end") == ["end a: stopped"]


async def test_a_start_that_is_cancelled_before_its_first_step_never_begins(
    autojump_clock: MockClock,
) -> None:
    """A supervisor that stops does not begin new work. Trio shuffles who comes first, so try often."""
    for _ in range(30):
        tape = Tape()

        async def begins(tape: Tape, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
            tape.say("begins")
            await trio.sleep(1.0)

        async def asks(supervisor: smith.Supervisor, tape: Tape) -> None:
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(begins, tape, name="a")

        async def stops(supervisor: smith.Supervisor, tape: Tape) -> None:
            tape.say("stop")
            await supervisor.stop()

        async with trio.open_nursery() as nursery, open_supervisor(observe=tape) as supervisor:
            nursery.start_soon(asks, supervisor, tape)
            nursery.start_soon(stops, supervisor, tape)
            await trio.sleep_forever()
        assert tape.of("stop", "begins") in (["stop"], ["begins", "stop"])


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
        await supervisor.start(Echo, name="e")
        runner = supervisor.child("e")._runner
        await supervisor.stop_child("e")
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


# A block inside a function child -----------------------------------------------------------


async def test_a_block_inside_a_child_joins_the_system(autojump_clock: MockClock) -> None:
    """Names, events and dead letters are those of the outermost one."""
    systems: list[smith.System] = []
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor(name="inner") as inner:
            systems.append(inner.system)
            await inner.start(trio.sleep_forever, name="deep")

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h")
        await settle()
        assert systems == [supervisor.system]
        found = supervisor.system.find("h/deep")
        assert isinstance(found, smith.Child)
        assert found.path == "h/deep"
        assert [one.name for one in supervisor.tree().children[0].children] == ["deep"]
        await supervisor.stop()
        pytest.fail("the body is cancelled")
    assert "up h/deep" in tape.lines


async def test_two_blocks_inside_one_child_are_both_found(autojump_clock: MockClock) -> None:
    """One inside the other, or side by side."""

    async def holds() -> None:
        async with open_supervisor() as one:
            await one.start(trio.sleep_forever, name="a")
            async with open_supervisor() as two:
                await two.start(trio.sleep_forever, name="b")

    async with open_supervisor() as supervisor:
        await supervisor.start(holds, name="h")
        await settle()
        for path in ("h/a", "h/b"):
            assert isinstance(supervisor.system.find(path), smith.Child)
        assert [one.name for one in supervisor.tree().children[0].children] == ["a", "b"]
        await supervisor.stop()


async def test_two_systems_live_side_by_side(autojump_clock: MockClock) -> None:
    """Nothing is global."""
    one_tape, two_tape = Tape(), Tape()
    async with open_supervisor(observe=one_tape) as one, open_supervisor(observe=two_tape) as two:
        await one.start(trio.sleep_forever, name="a")
        await two.start(trio.sleep_forever, name="b")
        assert one.system is not two.system
        with pytest.raises(smith.ChildNotFound):
            one.system.find("b")
        with pytest.raises(smith.ChildNotFound):
            await one.stop_child(two.child("b"))
        await two.stop_child("b")
        await one.stop_child("a")
    assert one_tape.lines == ["begin .", "up a", "end a: stopped", "over .: stopped"]
    assert two_tape.lines == ["begin .", "up b", "end b: stopped", "over .: stopped"]
