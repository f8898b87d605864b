"""An ask that would wait for itself is refused, and no other is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Puppet, Tearable, Torn, begin, tree

Refs = dict[str, smith.Ref[Any]]


def asks(refs: Refs, name: str, message: Do | Echo | Torn) -> Do:
    """Return a message whose handler asks *name* and answers with its answer."""
    return Do(lambda _: refs[name].ask(message))


def asks_later(refs: Refs, name: str, message: Do | Echo) -> Do:
    """The same, by `later`."""
    return Do(lambda _: smith.later(lambda: refs[name].ask(message)))


async def start(supervisor: smith.Supervisor, names: str) -> Refs:
    """Start a puppet for each letter."""
    return {name: await supervisor.start(Puppet, name=name) for name in names}


async def cycle_of(ask: Callable[[], Any]) -> smith.AskCycle:
    """Await ``ask()``, which has to fail by a cycle somewhere, and return that."""
    with pytest.raises(smith.ActorCrashed) as caught:
        await ask()
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, smith.AskCycle):
        error = error.__cause__
    assert error is not None
    return error


async def test_an_actor_that_asks_itself_is_refused() -> None:
    """The shortest circle."""
    async with tree() as supervisor:
        refs = await start(supervisor, "a")
        error = await cycle_of(lambda: refs["a"].ask(asks(refs, "a", Echo())))
        assert error.chain == ("a", "a")
        assert "a -> a" in str(error)
        assert refs["a"].statistics().sent == 1


async def test_a_circle_through_others_is_refused_and_named() -> None:
    """The chain says who waits for whom."""
    async with tree() as supervisor:
        refs = await start(supervisor, "abc")
        message = asks(refs, "b", asks(refs, "c", asks(refs, "a", Echo())))
        error = await cycle_of(lambda: refs["a"].ask(message))
        assert error.chain == ("a", "b", "c", "a")
        assert refs["a"].statistics().sent == 1


async def test_a_circle_that_does_not_go_through_the_first_asker_is_refused_too() -> None:
    """D asks a, a asks b, b asks a."""
    async with tree() as supervisor:
        refs = await start(supervisor, "abd")
        message = asks(refs, "a", asks(refs, "b", asks(refs, "a", Echo())))
        error = await cycle_of(lambda: refs["d"].ask(message))
        assert error.chain == ("a", "b", "a")


async def test_the_refusal_can_be_handled() -> None:
    """Caught in the handler, it is an exception like any other; uncaught it is a crash."""

    async def careful(actor: Puppet) -> str:
        try:
            await actor.context.ref.ask(Echo())
        except smith.AskCycle:
            return "would have waited for myself"
        return "?"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(careful)) == "would have waited for myself"


async def test_asking_in_a_long_line_without_a_circle_is_fine() -> None:
    """Also two askers of one actor, and the same actor twice one after the other."""

    async def twice(_: object) -> list[object]:
        return [await refs["b"].ask(Echo(1)), await refs["b"].ask(Echo(2))]

    async with tree() as supervisor:
        refs = await start(supervisor, "abc")
        assert await refs["a"].ask(asks(refs, "b", asks(refs, "c", Echo("end")))) == "end"
        assert await refs["a"].ask(Do(twice)) == [1, 2]


async def test_telling_in_a_circle_is_fine() -> None:
    """Nobody waits."""

    def tell_back(actor: Puppet) -> None:
        refs["a"].tell_nowait(Do(lambda other: other.seen.append("told")))

    seen: list[object] = []
    async with tree() as supervisor:
        refs: Refs = {"a": await supervisor.start(Puppet, seen), "b": await supervisor.start(Puppet)}
        await refs["a"].ask(asks(refs, "b", Do(tell_back)))
        await wait_all_tasks_blocked()
    assert seen == ["told"]


async def test_an_asker_that_has_left_closes_no_circle() -> None:
    """A gave up on b before b asks a: a is free and answers."""

    async def impatient(_: object) -> str:
        with trio.move_on_after(1):
            await refs["b"].ask(Do(slowly))
        return "left"

    async def slowly(_: object) -> None:
        await trio.sleep(5)
        answers.append(await refs["a"].ask(Echo("free")))

    answers: list[object] = []
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")
        assert await refs["a"].ask(Do(impatient)) == "left"
        await trio.sleep(10)
    assert answers == ["free"]


async def test_an_asker_that_has_left_still_counts_where_it_waits_itself() -> None:
    """X left a, but a waits for b all the same: b's ask of a would never be answered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        refs = await start(supervisor, "ab")
        circle: list[BaseException] = []

        async def ask_back(_: object) -> None:
            await trio.sleep(5)
            try:
                await refs["a"].ask(Echo())
            except smith.AskCycle as error:
                circle.append(error)

        outer = await begin(nursery, lambda: refs["a"].ask(asks(refs, "b", Do(ask_back))))
        outer.scope.cancel()
        await trio.sleep(10)
        assert outer.cancelled
        assert [type(error) for error in circle] == [smith.AskCycle]


async def test_a_later_task_asks_freely_what_it_blocks_not() -> None:
    """Its own actor is free meanwhile: it may be asked, by the `later` itself."""

    async def ask_my_own_actor(actor: Puppet) -> object:
        return await actor.context.ref.ask(Echo("myself"))

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(lambda actor: smith.later(ask_my_own_actor, actor))) == "myself"


async def test_a_later_task_carries_the_chain_of_the_message_it_answers() -> None:
    """B waits for a's `later`, which asks b: that would never end."""
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")
        message = asks(refs, "a", asks_later(refs, "b", Echo()))
        error = await cycle_of(lambda: refs["b"].ask(message))
        assert error.chain[0] == error.chain[-1] == "b"


async def test_two_actors_that_ask_one_another_by_later_do_not_block_one_another() -> None:
    """Both are free all the time."""
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")
        message = asks_later(refs, "b", asks_later(refs, "a", Echo("through")))
        assert await refs["a"].ask(message) == "through"


async def test_other_tasks_of_an_actor_carry_no_chain() -> None:
    """Whether a handler waits for them cannot be known: no false alarm, and a dead-lock needs a deadline."""

    async def by_a_nursery(actor: Puppet) -> list[str]:
        outcome: list[str] = []

        async def ask() -> None:
            with trio.move_on_after(5) as scope:
                await actor.context.ref.ask(Echo())
            outcome.append("timed out" if scope.cancelled_caught else "answered")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
        return outcome

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(by_a_nursery)) == ["timed out"]


async def test_children_of_an_actor_carry_no_chain() -> None:
    """They start in a clean context: a function that is started by a handler may ask its actor."""

    async def child() -> None:
        answers.append(await refs["a"].ask(Echo("from the child")))

    async def start_child(actor: Puppet) -> None:
        await actor.context.supervisor.start(child)

    answers: list[object] = []
    async with tree() as supervisor:
        refs = await start(supervisor, "a")
        await refs["a"].ask(Do(start_child))
        await wait_all_tasks_blocked()
    assert answers == ["from the child"]


async def test_an_ask_of_oneself_while_one_starts_is_a_cycle_too() -> None:
    """on_restart runs in the actor's own task: nobody else could answer."""

    class Eager(Puppet):
        async def on_restart(self, failure: smith.Failure) -> None:
            try:
                await self.context.ref.ask(Echo())
            except smith.AskCycle as error:
                self.seen.append(error.chain)

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Eager, seen, name="eager")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(Do(lambda _: 1 / 0))
        await wait_all_tasks_blocked()
    assert seen == [("eager", "eager")]


async def test_a_timer_of_an_actor_that_asks_back_is_caught() -> None:
    """System calls run in the actor's task, but for no message: their chain begins there."""
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")

        async def beat(_: object = None) -> None:
            try:
                await refs["b"].ask(asks(refs, "a", Echo()))
            except smith.ActorCrashed as error:
                caught.append(error.__cause__)

        caught: list[object] = []
        await refs["a"].ask(Do(lambda actor: actor.context.after(1, beat) and None))
        await trio.sleep(2)
        assert [type(error) for error in caught] == [smith.AskCycle]


async def test_a_batch_that_is_awaited_closes_a_circle_as_one_ask_does() -> None:
    """A asks b many things; one of them asks a."""
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")
        message = Do(lambda _: refs["b"].ask_many([Echo(1), asks(refs, "a", Echo())]))
        with pytest.raises(smith.ActorCrashed) as caught:
            await refs["a"].ask(message)
        group = caught.value.__cause__
        assert isinstance(group, ExceptionGroup)
        (crash,) = group.exceptions
        assert isinstance(crash.__cause__, smith.AskCycle)


async def test_a_batch_whose_asker_has_left_closes_no_circle() -> None:
    """As of a single ask."""

    async def impatient(_: object) -> str:
        with trio.move_on_after(1):
            await refs["b"].ask_many([Do(slowly)])
        return "left"

    async def slowly(_: object) -> None:
        await trio.sleep(5)
        answers.append(await refs["a"].ask_many([Echo("free")]))

    answers: list[object] = []
    async with tree() as supervisor:
        refs = await start(supervisor, "ab")
        assert await refs["a"].ask(Do(impatient)) == "left"
        await trio.sleep(10)
    assert answers == [["free"]]


async def test_an_asker_that_waits_for_an_unwinding_still_waits() -> None:
    """It is cancelled, but goes nowhere before the handler has unwound: asking it then is a circle."""
    caught: list[BaseException] = []

    async def work(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                try:
                    await refs["a"].ask(Echo())
                except smith.AskCycle as error:
                    caught.append(error)

    async def impatient(_: object) -> None:
        with trio.move_on_after(1):
            await refs["b"].ask(Torn(work))

    async with tree() as supervisor:
        refs: Refs = {
            "a": await supervisor.start(Puppet, name="a"),
            "b": await supervisor.start(Tearable, name="b"),
        }
        await refs["a"].ask(Do(impatient))
        assert [type(error) for error in caught] == [smith.AskCycle]
