"""Which handler gets a message, and which messages never get in."""

from __future__ import annotations

import dataclasses
from typing import Any

import attrs
import pytest
import trio

import trio_smith as smith
from tests.unit.actor.stage import Echo, Note, Puppet, tree


class Odd(Exception):
    """An error that a message declares."""


class Rare(Exception):
    """An error that only a subclass of a message declares."""


@smith.message(raises=(Odd,))
class Base(smith.Request[str]):
    """Handled."""


@smith.message
class Derived(Base):
    """A Base of another class."""


@smith.message(raises=(Rare,))
class Further(Derived):
    """A Derived of another class, with one more error that is an answer."""


@smith.message
class Foreign(smith.Request[str]):
    """Outside of every protocol here."""


class Speaker(smith.Actor[Base]):
    """Says which handler it was."""

    @smith.on(Base)
    async def base(self, message: Base) -> str:
        """Handle Base and all below it that have no handler."""
        return f"base got {type(message).__name__}"


class Finer(smith.Actor[Base | Derived]):
    """Has a handler for a subclass as well."""

    @smith.on(Base)
    def base(self, message: Base) -> str:
        """Handle Base."""
        return f"base got {type(message).__name__}"

    @smith.on(Derived)
    def derived(self, message: Derived) -> str:
        """Handle Derived and all below it."""
        return f"derived got {type(message).__name__}"


async def test_a_message_goes_to_the_handler_of_its_class_or_of_its_nearest_base() -> None:
    """As Python resolves a method."""
    async with tree() as supervisor:
        speaker, finer = await supervisor.start(Speaker), await supervisor.start(Finer)
        assert [await speaker.ask(m) for m in (Base(), Derived(), Further())] == [
            "base got Base",
            "base got Derived",
            "base got Further",
        ]
        assert [await finer.ask(m) for m in (Base(), Derived(), Further())] == [
            "base got Base",
            "derived got Derived",
            "derived got Further",
        ]


async def test_what_a_subclass_of_a_message_declares_counts_too() -> None:
    """Its author wrote raises=; the actor's author need not know."""

    class Raises(smith.Actor[Base]):
        def __init__(self, error: Exception) -> None:
            self.error = error

        @smith.on(Base)
        def base(self, message: Base) -> str:
            raise self.error

    async with tree() as supervisor:
        odd, rare = await supervisor.start(Raises, Odd()), await supervisor.start(Raises, Rare())
        for message in (Base(), Derived(), Further()):
            with pytest.raises(Odd):
                await odd.ask(message)
        with pytest.raises(Rare):
            await rare.ask(Further())
        with pytest.raises(smith.ActorCrashed):
            await rare.ask(Derived())


async def test_a_foreign_message_is_refused_at_the_sender_and_nothing_is_enqueued() -> None:
    """The mistake is the sender's, so the error is there too."""
    async with tree() as supervisor:
        ref: smith.Ref[Any] = await supervisor.start(Speaker, name="speaker")
        with pytest.raises(smith.NotUnderstood) as caught:
            ref.tell_nowait(Foreign())
        assert (caught.value.actor, caught.value.message) == ("speaker", Foreign())
        with pytest.raises(smith.NotUnderstood):
            await ref.tell(Foreign())
        with pytest.raises(smith.NotUnderstood):
            await ref.ask(Foreign())
        with pytest.raises(smith.NotUnderstood):
            await ref.ask_many([Base(), Foreign(), Base()])
        assert ref.statistics().sent == 0


@pytest.mark.parametrize("nonsense", [None, "text", 5, Base, object()])
async def test_what_is_no_message_at_all_is_not_understood(nonsense: object) -> None:
    """Also the class where an instance was meant."""
    async with tree() as supervisor:
        ref: smith.Ref[Any] = await supervisor.start(Speaker)
        with pytest.raises(smith.NotUnderstood):
            ref.tell_nowait(nonsense)


async def test_a_foreign_message_is_refused_by_an_actor_that_has_stopped() -> None:
    """The nearer mistake is named first."""
    async with tree() as supervisor:
        ref: smith.Ref[Any] = await supervisor.start(Speaker, name="speaker")
        await supervisor.stop_child("speaker")
        with pytest.raises(smith.NotUnderstood):
            await ref.ask(Foreign())
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Base())


async def test_any_class_can_be_a_message() -> None:
    """``@smith.message`` only marks; within one process it is not needed."""

    class Counter(smith.Actor[int | str]):
        total = 0

        @smith.on(int)
        def add(self, message: int) -> None:
            self.total += message

        @smith.on(str)
        def show(self, message: str) -> None:
            seen.append(f"{message}: {self.total}")

    seen: list[str] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Counter)
        ref.tell_nowait(3)
        ref.tell_nowait(True)  # noqa: FBT003 - bool is an int, so it is understood
        ref.tell_nowait("total")
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["total: 4"]


async def test_a_handler_may_be_sync_or_async_and_the_answer_anything() -> None:
    """Also None, an exception that is not raised, or a class."""

    class Mixed(smith.Actor[Base | Foreign]):
        @smith.on(Base)
        def base(self, message: Base) -> Any:
            return answer

        @smith.on(Foreign)
        async def foreign(self, message: Foreign) -> Any:
            return answer

    async with tree() as supervisor:
        ref = await supervisor.start(Mixed)
        for answer in (None, False, ValueError("not raised"), ValueError, [], smith.later):
            assert await ref.ask(Base()) is answer
            assert await ref.ask(Foreign()) is answer


async def test_actors_may_be_attrs_classes_or_dataclasses() -> None:
    """Both are common ways to write a constructor; attrs even makes the class twice."""

    @attrs.define
    class ByAttrs(smith.Actor[Base]):
        text: str = "attrs"

        @smith.on(Base)
        def base(self, message: Base) -> str:
            return self.text

    @dataclasses.dataclass
    class ByDataclass(smith.Actor[Base]):
        text: str = "dataclass"

        @smith.on(Base)
        def base(self, message: Base) -> str:
            return self.text

    class BySlots(smith.Actor[Base]):
        __slots__ = ()

        @smith.on(Base)
        def base(self, message: Base) -> str:
            return "slots"

    async with tree() as supervisor:
        refs = [await supervisor.start(kind) for kind in (ByAttrs, ByDataclass, BySlots)]
        assert [await ref.ask(Base()) for ref in refs] == ["attrs", "dataclass", "slots"]


async def test_messages_that_cannot_be_hashed_or_compared_are_delivered() -> None:
    """Nothing but the class of a message is ever looked at."""

    class Awkward:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError("nobody should compare messages")

        def __bool__(self) -> bool:
            raise AssertionError("nor ask for their truth")

        def __len__(self) -> int:
            raise AssertionError("nor for their length")

    class Taker(smith.Actor[Awkward]):
        max_deliveries = 2

        @smith.on(Awkward)
        def take(self, message: Awkward) -> None:
            seen.append(self.context.delivery)
            if self.context.delivery == 1:
                raise ValueError

    seen: list[int] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Taker)
        await ref.tell(Awkward())
        ref.tell_nowait(Awkward())
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [1, 2, 1, 2]


async def test_messages_of_one_sender_arrive_in_order_across_tell_and_ask() -> None:
    """One lane, one order."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        ref.tell_nowait(Note(0))
        await ref.tell(Note(1))
        await ref.ask(Echo(2))
        await ref.ask_many([Echo(3), Echo(4)])
        await ref.tell(Note(5))
        await ref.ask(Echo(6))
    assert seen == [0, 1, 2, 3, 4, 5, 6]


async def test_a_handler_may_be_any_callable() -> None:
    """Not only a function: it is called with the actor and the message."""

    class Handles:
        def __call__(self, actor: Any, message: Base) -> str:
            return type(actor).__name__

    class ByObject(smith.Actor[Base]):
        handle = smith.on(Base)(Handles())

    async with tree() as supervisor:
        ref = await supervisor.start(ByObject)
        assert await ref.ask(Base()) == "ByObject"
