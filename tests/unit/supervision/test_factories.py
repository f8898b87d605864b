"""A factory makes what runs, anew for each incarnation."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, StartFailed, child, open_supervisor

from .stage import Crash, Tape, crashing, returning


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
