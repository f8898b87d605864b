"""What an actor class understands is settled when the class is made."""

from __future__ import annotations

import sys
import typing
from collections.abc import AsyncGenerator
from typing import Any, Generic, TypeVar, Union
from unittest.mock import call

import pytest

import trio_smith as smith
from tests.unit.actor.protocols import Add, Reset, refused

K = TypeVar("K")


@smith.message
class Box(Generic[K]):
    """A message with a type parameter."""

    held: K


def test_a_message_without_a_handler_is_an_error_when_the_class_is_made() -> None:
    """It would otherwise be found by the first sender, in production."""

    def make() -> None:
        class Broken(smith.Actor[Add | Reset]):
            @smith.on(Reset)
            def reset(self, message: Reset) -> None: ...

    assert refused(make) == "no handler for Add"


def test_a_handler_outside_of_the_protocol_is_an_error() -> None:
    """Nobody could ever send that message."""

    def make() -> None:
        class Broken(smith.Actor[Add]):
            @smith.on(Add)
            def add(self, message: Add) -> int:
                return 0

            @smith.on(Reset)
            def reset(self, message: Reset) -> None: ...

    assert refused(make) == "it handles Reset, which its protocol does not name"


def test_two_handlers_for_one_message_are_an_error_that_names_both() -> None:
    """Which of them would run would be a matter of chance."""

    def make() -> None:
        class Broken(smith.Actor[Reset]):
            @smith.on(Reset)
            def one(self, message: Reset) -> None: ...

            @smith.on(Reset)
            def other(self, message: Reset) -> None: ...

    assert refused(make) == "one and other both handle Reset"


def test_the_error_says_how_to_mend_it() -> None:
    """It is read by somebody who has just written the class."""
    with pytest.raises(smith.BadProtocol, match=r"exactly one method with @smith\.on\(Message\)"):

        class Broken(smith.Actor[Reset]): ...


@pytest.mark.parametrize(
    "protocol",
    [
        Add | Reset,
        Union[Add, Reset],  # noqa: UP007 - the older spelling is meant
        (Add | Reset) | Reset,
    ],
)
def test_a_protocol_is_a_union_in_any_spelling(protocol: Any) -> None:
    """Users alias them, and other libraries build them."""

    class Both(smith.Actor[protocol]):  # type: ignore[valid-type]
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert set(Both.__protocol__ or ()) == {Add, Reset}


def test_a_protocol_may_be_a_named_alias() -> None:
    """``type Protocol = Add | Reset`` is the modern way to share one (from Python 3.12 on)."""
    alias: Any = Add | Reset
    if sys.version_info >= (3, 12):
        alias = typing.TypeAliasType("alias", Add | Reset)

    class Both(smith.Actor[alias]):
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert set(Both.__protocol__ or ()) == {Add, Reset}


def test_a_protocol_of_one_message_needs_no_union() -> None:
    """The smallest actor."""

    class One(smith.Actor[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert One.__protocol__ == (Reset,)


def test_an_actor_may_understand_nothing() -> None:
    """It may live by timers and monitors alone."""

    class Silent(smith.Actor[typing.Never]):
        pass

    class Mute(smith.Actor[typing.NoReturn]):
        pass

    assert Silent.__protocol__ == Mute.__protocol__ == ()


def test_a_generic_message_is_named_by_its_class() -> None:
    """Type arguments do not exist at run time."""

    class Boxes(smith.Actor[Box[int]]):
        @smith.on(Box)
        def box(self, message: Box[int]) -> None: ...

    assert Boxes.__protocol__ == (Box,)


@pytest.mark.parametrize("wrong", [None, "Add", 5, typing.Literal["add"], Add | None])
def test_what_is_no_message_class_is_refused(wrong: Any) -> None:
    """A string or None would never match the class of a message."""

    def make() -> None:
        class Broken(smith.Actor[wrong]): ...

    assert "is no message class (nor a union of them)" in refused(make)


def test_an_open_protocol_is_not_checked() -> None:
    """``Actor[Any]`` and a bare ``Actor`` say nothing about messages."""

    class Anything(smith.Actor[Any]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Bare(smith.Actor):  # type: ignore[type-arg]
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

    assert Anything.__protocol__ is None
    assert Bare.__protocol__ is None


@pytest.mark.parametrize("name", ["mailbox_capacity", "max_deliveries", "max_later"])
@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "3", None])
def test_options_are_whole_numbers_from_one(name: str, wrong: object) -> None:
    """A bound of 0 would be an actor that never hears anything."""

    def make() -> object:
        return type("Broken", (smith.Actor,), {name: wrong})

    assert refused(make) == f"{name} is {wrong!r}, not a whole number from 1"


def test_the_policy_is_a_member_of_overflow() -> None:
    """The text "refuse" would silently mean to refuse always."""

    def make() -> object:
        return type("Broken", (smith.Actor,), {"mailbox_overflow": "refuse"})

    assert refused(make) == "mailbox_overflow is 'refuse', no Overflow"


def test_a_lifespan_that_lacks_its_decorator_is_an_error() -> None:
    """The most likely slip: an async generator without @asynccontextmanager."""

    def make() -> None:
        class Broken(smith.Actor[typing.Never]):
            async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:  # type: ignore[override]
                yield

    assert refused(make) == "its lifespan lacks @asynccontextmanager"


def test_a_body_of_its_own_and_handlers_exclude_one_another() -> None:
    """Nobody could say which of them gets a message."""

    def make() -> None:
        class Broken(smith.Actor[Reset]):
            @smith.on(Reset)
            def reset(self, message: Reset) -> None: ...

            async def run(self, inbox: smith.Inbox[Reset]) -> None: ...

    assert refused(make) == "it has both run() and handlers"


@pytest.mark.parametrize("wrong", [Add | Reset, "Reset", 5])
def test_a_handler_is_marked_with_one_class(wrong: Any) -> None:
    """Two messages in one @on look plausible; two methods are the way."""

    def make() -> None:
        class Broken(smith.Actor[Add | Reset]):
            @smith.on(wrong)
            def both(self, message: object) -> None: ...

    assert "no message class" in refused(make)


def test_an_attribute_that_has_every_attribute_is_no_handler() -> None:
    """A mock, or a proxy for something far away, beside the handlers."""

    class Holds(smith.Actor[Reset]):
        remote = call

        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert Holds.remote is call


def test_a_mark_without_brackets_is_no_handler() -> None:
    """``@smith.on`` alone: the handler is there to the eye, so what it lacks is said."""

    def make() -> None:
        class Broken(smith.Actor[Reset]):
            @smith.on  # type: ignore[call-overload]
            def reset(self, message: Reset) -> None: ...

    assert refused(make) == "@smith.on above reset lacks its message"
