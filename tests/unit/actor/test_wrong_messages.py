"""What is sent or handed over wrongly is called by its name, and the error says what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith


@smith.message
class Add(smith.Request[int]):
    """Answered by its number."""

    number: int = 1


class More(Add):
    """A request, by its base."""


@smith.message
class Note:
    """No answer."""


class Longer(Note):
    """No answer, by its base."""


class Foreign:
    """Of no protocol."""


class Adder(smith.Actor[Add | Note]):
    """Adds, notes, and does what it is told in between."""

    @smith.on(Add)
    async def add(self, message: Add) -> Any:
        """Answer with the number, or do what it stands for."""
        match message.number:
            case 0:
                raise ZeroDivisionError
            case -1:
                return smith.later(untyped(sleep(1.0)))
            case -2:
                self.context.after(1.0, untyped(sleep(1.0)))
            case -3:
                self.context.every(1.0, untyped(None))
        return message.number

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Forget it."""


class Body(smith.Actor[Any]):
    """Answers everything in a body of its own."""

    async def run(self, inbox: smith.Inbox[Any], /) -> None:
        """Say it back."""
        async for message in inbox:
            inbox.answer(message)


async def sleep(seconds: float) -> None:
    """Take a while."""
    await trio.sleep(seconds)


def untyped(value: object) -> Any:
    """Return *value* as a program without a type checker gives it."""
    return value


async def test_a_class_that_is_sent_for_its_instance_is_told_so() -> None:
    """The brackets were forgotten."""
    async with smith.open_supervisor() as supervisor:
        ref = untyped(await supervisor.start(Adder, name="a"))
        for send in (ref.tell, ref.ask):
            with pytest.raises(smith.NotUnderstood) as caught:
                await send(Note)
            text = "a does not understand the class Note: it is a class, not a message. "
            assert str(caught.value) == text + "Send an instance of it, Note(...)."
        await supervisor.stop()


async def test_a_foreign_message_is_answered_with_the_protocol() -> None:
    """So that the next try is the right one."""
    async with smith.open_supervisor() as supervisor:
        ref = untyped(await supervisor.start(Adder, name="a"))
        await ref.tell(More())  # a subclass is no class of the protocol of its own
        with pytest.raises(smith.NotUnderstood, match=r"Foreign: its protocol is Add \| Note\.") as caught:
            ref.tell_nowait(Foreign())
        assert caught.value.understood == ("Add", "Note")
        with pytest.raises(smith.NotUnderstood, match="does not understand None"):
            ref.tell_nowait(None)
        await supervisor.stop()


def test_of_a_large_protocol_only_the_first_classes_are_named() -> None:
    """An error is a line, not a page."""
    error = smith.NotUnderstood(message=3, actor="a", understood=tuple("abcdefghijk"))
    assert "a | b | c | d | e | f | g | h | ..." in str(error)
    assert "it has no handlers" in str(smith.NotUnderstood(message=3, actor="a"))


@pytest.mark.parametrize("message", [Note(), Longer()])
async def test_a_message_without_an_answer_cannot_be_asked(message: object) -> None:
    """Both type checkers refuse it; without them one waited for an answer that means nothing."""
    async with smith.open_supervisor() as supervisor:
        ref = untyped(await supervisor.start(Adder, name="a"))
        name = type(message).__name__
        with pytest.raises(smith.NotARequest, match=f"class {name}\\(smith.Request") as caught:
            await ref.ask(message)
        assert caught.value.message is message
        with pytest.raises(smith.NotARequest):
            await ref.ask_many([Add(), message])
        assert ref.statistics().received == 0
        await ref.tell(message)
        assert await ref.ask(More(number=5)) == 5
        assert await ref.ask_many([More(number=6), Add()]) == [6, 1]
        await supervisor.stop()


async def test_a_body_that_takes_anything_may_answer_anything() -> None:
    """Nothing is known of its messages."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Body)
        assert await ref.ask(untyped("word")) == "word"
        await supervisor.stop()


async def test_a_crash_names_the_message() -> None:
    """By its class."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Adder, name="a")
        with pytest.raises(
            smith.ActorCrashed, match="a crashed while it handled Add: ZeroDivisionError"
        ) as caught:
            await ref.ask(Add(number=0))
        assert caught.value.handling == "Add"
        await supervisor.stop()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (-1, "later cannot call what it was given: it is a coroutine. Give sleep without calling it"),
        (-2, "after cannot call what it was given: it is a coroutine. Give sleep without calling it"),
        (-3, "every cannot call what it was given: it is of type NoneType. Give the function"),
    ],
)
async def test_what_was_called_too_early_is_refused_where_it_is_given(
    number: int, said: str, autojump_clock: MockClock
) -> None:
    """In the handler, whose line the traceback then shows; and no coroutine is left unawaited."""
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Adder, name="a")
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(Add(number=number))
        assert isinstance(caught.value.__cause__, smith.NotAFunction)
        assert said in str(caught.value.__cause__)
        await supervisor.stop()
