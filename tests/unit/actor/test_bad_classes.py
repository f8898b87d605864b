"""An actor class that cannot work is refused when it is made; the error says how to mend that very thing."""

import types
from collections.abc import Callable
from typing import Any

import pytest

import trio_smith as smith

from .protocols import Add, Reset

Methods = dict[str, Any]


def text_of(**methods: Any) -> str:
    """Return the text of the error with which a class of these methods and options is refused."""
    with pytest.raises(smith.BadProtocol) as caught:
        types.new_class("Broken", (smith.Actor[Any],), exec_body=lambda names: names.update(methods))
    assert caught.value.actor == "Broken"
    return str(caught.value)


def handler(method: Callable[..., Any]) -> Any:
    """Return *method* as a handler."""
    return smith.on(Add)(method)


def missing(self: Any) -> None:
    """Take no message."""


def too_much(self: Any, message: Add, other: object) -> None:
    """Take more than there is."""


def needing(self: Any, message: Add, *, other: object) -> None:
    """Need a keyword."""


def generator(self: Any, message: Add) -> Any:
    """Yield."""
    yield 1


async def async_generator(self: Any, message: Add) -> Any:
    """Yield."""
    yield 1


@pytest.mark.parametrize("method", [missing, too_much, needing])
def test_a_handler_takes_the_message_alone(method: Callable[..., Any]) -> None:
    """At the first message it would have crashed the actor, at each restart again."""
    text = text_of(add=handler(method))
    assert "add cannot be called with message alone (" in text
    assert text.endswith("Write it as def add(self, message).")


@pytest.mark.parametrize("method", [generator, async_generator])
def test_a_handler_is_no_generator(method: Callable[..., Any]) -> None:
    """Its answer would be the generator."""
    assert "add is a generator. Take the yield out" in text_of(add=handler(method))


@pytest.mark.parametrize(
    ("hook", "takes"), [("run", "inbox"), ("on_restart", "failure"), ("on_down", "down")]
)
def test_a_hook_takes_what_it_is_given(hook: str, takes: str) -> None:
    """It is called much later, when nobody thinks of it any more."""
    assert f"Write it as def {hook}(self, {takes})." in text_of(**{hook: missing})


def test_whatever_takes_one_argument_is_a_handler() -> None:
    """Also with more that need not be given, and behind decorators."""

    class Fine(smith.Actor[Add | Reset]):
        @smith.on(Add)
        def add(self, message: Add, factor: int = 2, *rest: int, **options: int) -> int:
            return message.number * factor

        @smith.on(Reset)
        @staticmethod
        def reset(*anything: object) -> None:
            """Take all."""

    assert set(Fine.__handlers__) == {Add, Reset}


def test_a_builtin_that_does_not_tell_its_arguments_is_let_through() -> None:
    """There is nothing to look at."""
    made: Any = types.new_class(
        "Made", (smith.Actor[Any],), exec_body=lambda names: names.update(on_down=max)
    )
    assert made.on_down is max


@pytest.mark.parametrize(
    ("option", "value", "fix"),
    [
        ("mailbox_capacity", "8", "Give a number, as in mailbox_capacity = 1024."),
        ("max_deliveries", 0, "Give a number, as in max_deliveries = 1."),
        ("max_later", None, "Give a number, as in max_later = 16."),
        ("mailbox_overflow", "wait", "Give smith.Overflow.WAIT, REFUSE, DROP_OLDEST or DROP_NEWEST."),
        ("lifespan", async_generator, "Write @asynccontextmanager (of contextlib) above it."),
    ],
)
def test_an_option_is_mended_by_an_option(option: str, value: object, fix: str) -> None:
    """Not by handlers."""
    assert text_of(**{option: value}).endswith(fix)


def test_on_without_its_message_says_so() -> None:
    """To the eye, the handler is there."""
    on: Any = smith.on
    with pytest.raises(smith.BadProtocol, match=r"@smith\.on above missing lacks its message") as caught:
        on(missing)
    assert str(caught.value).endswith("Write @smith.on(Message) above missing.")

    with pytest.raises(smith.BadProtocol) as inside:

        class Broken(smith.Actor[Add]):
            @on
            def add(self, message: Add) -> int:
                raise AssertionError

    assert inside.value.actor.endswith("Broken")
