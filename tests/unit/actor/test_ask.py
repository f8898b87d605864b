"""To ask: one answer, or one bare error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Declared, Do, Echo, Note, Puppet, begin, fails, letters, sleeps, tree


@smith.message(raises=(Declared, LookupError))
class Fallible(smith.Request[int]):
    """May be answered by an error."""

    error: BaseException


class Failing(smith.Actor[Fallible | Note]):
    """Raises what it is told to."""

    def __init__(self, seen: list[object]) -> None:
        self.seen = seen

    @smith.on(Fallible)
    async def fail(self, message: Fallible) -> int:
        """Raise it."""
        raise message.error

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Show that it lives."""
        self.seen.append(message.text)


async def test_an_ask_returns_the_answer() -> None:
    """The first thing anybody tries."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Echo("there")) == "there"


async def test_an_ask_is_a_full_checkpoint() -> None:
    """Also when the actor answers at once."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with assert_checkpoints():
            await ref.ask(Echo())


@pytest.mark.parametrize("error", [Declared("no"), KeyError("no")])
async def test_a_declared_error_arrives_as_itself_and_the_actor_lives_on(error: Exception) -> None:
    """It is an answer; subclasses of what was declared too."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Failing, seen)
        with pytest.raises(type(error)) as caught:
            await ref.ask(Fallible(error))
        assert caught.value is error
        assert (await supervisor.count_children()).active == 1
        assert letters(supervisor) == []
        await ref.tell(Note("alive"))
        await wait_all_tasks_blocked()
    assert seen == ["alive"]


async def test_an_undeclared_error_is_a_crash_and_its_cause_is_the_real_one() -> None:
    """A group that holds a declared error is not declared either."""
    async with tree() as supervisor:
        ref = await supervisor.start(Failing, [], name="failing")
        for error in (ValueError("deep"), ExceptionGroup("declared inside", [Declared()])):
            with pytest.raises(smith.ActorCrashed) as caught:
                await ref.ask(Fallible(error))
            assert caught.value.__cause__ is caught.value.failure is error
            assert caught.value.actor == "failing"


async def test_to_declare_every_exception_does_not_catch_the_signal_to_shut_down() -> None:
    """``raise smith.Shutdown`` is no answer but an order."""

    @smith.message(raises=(Exception,))
    class Anything(smith.Request[None]):
        pass

    class Ends(smith.Actor[Anything]):
        @smith.on(Anything)
        def end(self, message: Anything) -> None:
            raise smith.Shutdown("enough")

    async with tree() as supervisor:
        ref = await supervisor.start(Ends, restart=smith.Restart.TRANSIENT)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Anything())
        assert await ref.wait_stopped() == smith.ShutDown("enough")


async def test_an_ask_to_an_actor_that_has_stopped_raises() -> None:
    """At once, and nothing is enqueued."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        await supervisor.stop_child("puppet")
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo())


async def test_after_the_end_of_the_tree_refs_still_answer_honestly() -> None:
    """They outlive it as objects."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Echo())
    with pytest.raises(smith.ActorStopped):
        await ref.ask(Echo())
    with pytest.raises(smith.ActorStopped):
        ref.tell_nowait(Note())
    assert await ref.wait_stopped() == smith.Stopped()
    assert ref.statistics().received == 1
    assert ref.lifecycle.value is smith.Lifecycle.STOPPED


async def test_an_asker_that_waits_is_woken_once_whatever_races() -> None:
    """The answer and the cancel in one step: either is fine, both would be an error of Trio's."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        for order in range(2):
            release = trio.Event()
            asked = await begin(nursery, lambda release=release: ref.ask(Do(lambda _: release.wait())))
            actions: list[Callable[[], object]] = [release.set, asked.scope.cancel]
            for action in actions if order else reversed(actions):
                action()
            await wait_all_tasks_blocked()
            assert asked.done
            assert asked.cancelled or asked.error is None


async def test_an_actor_that_raises_shutdown_ends_and_its_asker_hears_that_it_stopped() -> None:
    """The message counts as handled: no dead letter, no second delivery; a permanent actor restarts."""

    class Twice(Puppet):
        max_deliveries = 2

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Twice, seen)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(fails(smith.Shutdown("enough")))
        assert await ref.ask(Echo("again")) == "again"
        assert letters(supervisor) == []


async def test_asks_from_plain_tasks_and_from_other_actors_are_answered_alike() -> None:
    """A chain of ten actors, each of which asks the next."""

    class Relay(smith.Actor[Echo]):
        def __init__(self, following: smith.Ref[Echo] | None) -> None:
            self.following = following

        @smith.on(Echo)
        async def relay(self, message: Echo) -> object:
            return message.text if self.following is None else (self, await self.following.ask(message))[1]

    async with tree() as supervisor:
        ref: Any = None
        for _ in range(10):
            ref = await supervisor.start(Relay, ref)
        assert await ref.ask(Echo("through")) == "through"


async def test_an_ask_does_not_raise_a_group() -> None:
    """One result: the single exception, also when the failure is a group."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        group = ExceptionGroup("two", [ValueError(), KeyError()])
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(fails(group))
        assert caught.value.__cause__ is group


async def test_one_request_may_be_sent_many_times() -> None:
    """Messages are values; each ask is an event of its own."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        message = sleeps(1, "same")
        asked = [await begin(nursery, lambda: ref.ask(message)) for _ in range(3)]
        await trio.sleep(3)
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == ["same"] * 3
