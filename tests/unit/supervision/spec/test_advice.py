"""What a newcomer gives for a child or an option, and what the error says: what it is, and what to give."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

import trio_smith as smith
from trio_smith.supervision import (
    InvalidSpec,
    StartFailed,
    SupervisorSpec,
    UnknownOption,
    child,
    open_pool,
    open_supervisor,
)

from ..starts import Idle, numbers, work


@smith.message
class Hello(smith.Request[int]):
    """A message."""


@smith.message
class Bye:
    """A message without an answer."""


class Silent:
    """What has no repr of its own."""


class Mute:
    """What cannot be shown."""

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError


def nothing() -> None:
    """Be a plain function."""


def untyped(value: object) -> Any:
    """Return *value* as a program without a type checker gives it."""
    return value


def text_of(make: Callable[[], object]) -> str:
    """Return the text of the error that *make* ends with; no address in memory may stand in it."""
    with pytest.raises(InvalidSpec) as caught:
        make()
    text = str(caught.value)
    assert " at 0x" not in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (Idle(), "it is an actor, not an actor class. Give Idle and its arguments without calling it"),
        (smith.Actor, "Actor itself understands nothing. Give a subclass"),
        (Hello, "Hello is a message, not an actor. Give an async function, an actor class"),
        (Bye(), "Bye is a message, not an actor."),
        (numbers, "it is an async generator, not an async function. Take the yield out"),
        (functools.partial(numbers), "it is an async generator, not an async function."),
        (None, "None is not callable. Give an async function, an actor class or a SupervisorSpec."),
        (Silent(), "an instance of Silent is not callable."),
        (Mute(), "Mute (its __repr__ raised RuntimeError) is not callable."),
        ("x" * 500, "… is not callable."),
    ],
)
def test_what_cannot_be_started_is_called_by_its_name(start: Any, said: str) -> None:
    """And the error says what can."""
    assert said in text_of(lambda: child(start))


def test_a_coroutine_is_answered_with_the_right_call() -> None:
    """The classic slip."""
    coroutine: Any = work(1)
    said = "give the function and its arguments: start(work, ...), not start(work(...))."
    assert said in text_of(lambda: child(coroutine))


async def test_a_ref_is_no_actor_class() -> None:
    """It belongs to one that was started already."""
    async with open_supervisor() as supervisor:
        ref: Any = await supervisor.start(Idle, name="idle")
        assert "it is a ref to an actor that was started already" in text_of(lambda: child(ref))
        await supervisor.stop()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (
            nothing,
            "nothing returned None, which is neither an actor nor an awaitable: write 'async def nothing'",
        ),
        (
            lambda: 5,
            "the lambda returned 5, which is neither an actor nor an awaitable: let it return an actor",
        ),
        (Silent, "Silent returned an instance of Silent, which is neither"),
    ],
)
async def test_a_plain_function_is_told_to_be_async(start: Any, said: str) -> None:
    """By its name, when what it returned is no child."""
    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(start)
    assert said in str(caught.value)
    assert " at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: child(work, restart=untyped("permanent")), "is no Restart. Give smith.Restart.PERMANENT."),
        (
            lambda: child(work, restart=untyped(3)),
            "3 is no Restart. Give smith.Restart.PERMANENT, TRANSIENT or TEMPORARY.",
        ),
        (lambda: SupervisorSpec(strategy=untyped("one_for_all")), "Give smith.Strategy.ONE_FOR_ALL."),
        (lambda: SupervisorSpec(auto_shutdown=untyped("NEVER")), "Give smith.AutoShutdown.NEVER."),
        (lambda: child(work, name=untyped("")), "name of work is invalid: it is empty. Use 1 to 128"),
        (lambda: child(work, name=untyped("a/b")), "which separates the names of a path. Use 1 to 128"),
        (lambda: SupervisorSpec(children=untyped(child(work))), "it is one ChildSpec. Put it into a list."),
        (
            lambda: SupervisorSpec(children=untyped([work])),
            "work is no ChildSpec. Wrap it: smith.child(work).",
        ),
        (
            lambda: open_pool(untyped("work")),
            "template of the supervisor is invalid: 'work' is no async function, no actor class",
        ),
        (
            lambda: SupervisorSpec(failures=untyped(5)),
            "5 is neither a mapping nor a function. Map classes of exceptions to members of smith.Decision.",
        ),
        (lambda: SupervisorSpec(failures=untyped(dict)), "dict is a class. Map classes of exceptions"),
        (
            lambda: SupervisorSpec(failures=untyped({"KeyError": 1})),
            "'KeyError' is no class of exceptions. Map classes",
        ),
        (lambda: SupervisorSpec(failures=untyped({OSError: "stop"})), "Give smith.Decision.STOP."),
        (lambda: SupervisorSpec(failures=untyped(work)), "work is an async function. Give a plain one"),
        (lambda: SupervisorSpec(children=untyped(5)), "5 is neither a sequence nor an async function."),
    ],
)
def test_an_option_says_what_it_takes(make: Callable[[], object], said: str) -> None:
    """In words that can be typed."""
    assert said in text_of(make)


async def test_a_keyword_for_the_child_is_told_the_way_it_goes() -> None:
    """The options of a start are ours, and a typo in one of them is the likely reason."""
    start: Any
    async with open_supervisor() as supervisor:
        start = supervisor.start
        with pytest.raises(UnknownOption, match=r"takes no keyword 'first'.*functools\.partial") as caught:
            await start(work, first=1)
        assert caught.value.option == "first"
        assert {"name", "restart", "grace", "start_timeout"} <= set(caught.value.known)
        with pytest.raises(UnknownOption, match=r"did you mean name\?"):
            await start(work, nam="x")
        assert supervisor.children() == ()
    assert issubclass(UnknownOption, TypeError)
