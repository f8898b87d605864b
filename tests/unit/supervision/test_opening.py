"""The door of a tree, tried from the wrong side: each mistake is named by what was typed."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

import trio_smith as smith
from trio_smith.supervision import (
    InvalidSpec,
    NeedsAsyncWith,
    NeedsTrio,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .starts import Idle, work

DOORS: list[tuple[str, Callable[[], Any]]] = [
    ("open_supervisor", open_supervisor),
    ("open_tree", lambda: open_tree(SupervisorSpec())),
    ("open_pool", lambda: open_pool(child(work))),
]


@pytest.mark.parametrize(("name", "door"), DOORS)
def test_with_is_told_to_be_async_with(name: str, door: Callable[[], Any]) -> None:
    """In the words of the program; as Trio's own nursery does."""
    with (
        pytest.raises(NeedsAsyncWith, match=rf"{name}\(...\) cannot be used with 'with'.*'async with"),
        door(),
    ):
        pass
    with pytest.raises(NeedsAsyncWith), ExitStack() as stack:
        stack.enter_context(door())


@pytest.mark.parametrize(("name", "door"), DOORS)
async def test_await_is_told_to_be_async_with(name: str, door: Callable[[], Any]) -> None:
    """A supervisor cannot be had without its block."""
    with pytest.raises(NeedsAsyncWith, match=rf"{name}\(...\) cannot be used with 'await'"):
        await door()


@pytest.mark.parametrize(("name", "door"), DOORS)
def test_outside_of_trio_it_says_how_to_run_the_program(name: str, door: Callable[[], Any]) -> None:
    """Who comes from asyncio meets this first."""

    async def main() -> None:
        async with door():
            raise AssertionError("not reached")

    with pytest.raises(NeedsTrio, match=rf"{name} cannot .*trio\.run\(main\), not with asyncio\.run"):
        asyncio.run(main())
    assert issubclass(NeedsTrio, RuntimeError)


@pytest.mark.parametrize(("name", "door"), DOORS)
def test_its_repr_tells_how_it_is_meant(name: str, door: Callable[[], Any]) -> None:
    """What is printed is the likely forgotten ``async with``."""
    assert repr(door()) == f"<{name}(...), for 'async with'>"


@pytest.mark.parametrize(
    ("observe", "said"),
    [(5, "observe of n is invalid: 5 is not callable."), (work, "work is an async function.")],
)
def test_an_observer_that_cannot_be_called_is_refused_at_the_door(observe: Any, said: str) -> None:
    """Not at the first event, in a log."""
    for door in (
        lambda: open_supervisor(name="n", observe=observe),
        lambda: open_tree(SupervisorSpec(name="n"), observe=observe),
        lambda: open_pool(child(work), name="n", observe=observe),
    ):
        with pytest.raises(InvalidSpec) as caught:
            door()
        assert said in str(caught.value)


def test_a_tree_is_opened_by_its_spec() -> None:
    """An actor class is none."""
    untyped: Any = Idle
    with pytest.raises(InvalidSpec, match=r"Idle is no SupervisorSpec\. Give a smith\.SupervisorSpec"):
        smith.open_tree(untyped)
