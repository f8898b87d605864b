"""An async function whose arguments do not fit is refused when it is asked for, as a nursery does."""

import functools
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_smith.supervision import InvalidSpec, SupervisorSpec, child, open_pool, open_supervisor

from ..stage import Ready

Free = Callable[..., Any]

ran: list[str] = []
"""Which of these functions have begun."""


async def two(first: int, second: int) -> None:
    """Take two."""
    ran.append("two")


async def one_or_two(first: int, second: int = 0) -> None:
    """Take one or two."""
    ran.append("one_or_two")


async def any_number(*numbers: int) -> None:
    """Take what comes."""
    ran.append("any_number")


async def keyword(*, needed: int) -> None:
    """Take nothing by position, and need a keyword."""
    ran.append("keyword")


async def reporter(first: int, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
    """Take one, and report."""
    ran.append("reporter")
    task_status.started()


async def reporter_by_position(first: int, task_status: Ready) -> None:
    """Take one, and report."""
    ran.append("reporter_by_position")
    task_status.started()


class Owner:
    """What has a method, and can be called."""

    async def method(self, first: int) -> None:
        """Take one."""
        ran.append("method")

    async def __call__(self, first: int) -> None:
        """Take one."""
        ran.append("__call__")


def passing(function: Free) -> Free:
    """Return *function* behind one that takes anything, but looks like it."""

    @functools.wraps(function)
    async def through(*args: Any) -> None:
        await function(*args, 2)

    return through


FITTING: list[tuple[Free, tuple[int, ...]]] = [
    (two, (1, 2)),
    (one_or_two, (1,)),
    (one_or_two, (1, 2)),
    (any_number, ()),
    (any_number, (1, 2, 3)),
    (functools.partial(keyword, needed=1), ()),
    (functools.partial(two, 1), (2,)),
    (functools.partial(two, second=1), (2,)),
    (reporter, (1,)),
    (functools.partial(reporter, 1), ()),
    (reporter_by_position, (1,)),
    (Owner().method, (1,)),
    (Owner(), (1,)),
    (passing(two), (1,)),
]
OTHERS: list[tuple[Free, tuple[int, ...], str]] = [
    (two, (), "missing 2 required positional arguments: 'first' and 'second'"),
    (two, (1,), "missing 1 required positional argument: 'second'"),
    (two, (1, 2, 3), "takes 2 positional arguments but 3 were given"),
    (one_or_two, (1, 2, 3), "takes from 1 to 2 positional arguments but 3 were given"),
    (keyword, (), "missing 1 required keyword-only argument: 'needed'"),
    (functools.partial(two, 1), (), "missing 1 required positional argument: 'second'"),
    (reporter, (), "missing 1 required positional argument: 'first'"),
    (reporter_by_position, (1, 2), "multiple values for argument 'task_status'"),
    (Owner().method, (), "missing 1 required positional argument: 'first'"),
    (Owner(), (), "missing 1 required positional argument: 'first'"),
]


@pytest.mark.parametrize(("start", "args"), FITTING)
async def test_arguments_that_fit_start_the_child(start: Free, args: tuple[int, ...]) -> None:
    """Whatever wraps the function."""
    ran.clear()
    async with open_supervisor(children=[child(start, *args)]) as supervisor:
        await supervisor.start(start, *args)
        await wait_all_tasks_blocked()
        assert len(ran) >= 2


@pytest.mark.parametrize(("start", "args", "why"), OTHERS)
async def test_others_are_refused_by_a_request_before_anything_starts(
    start: Free, args: tuple[int, ...], why: str
) -> None:
    """The words are Python's; a child that crashed at each restart instead would fell the tree."""
    async with open_supervisor() as supervisor:
        with pytest.raises(InvalidSpec, match="by position") as caught:
            await supervisor.start(start, *args)
        assert caught.value.field == "args"
        assert why in caught.value.why
        assert supervisor.children() == ()


@pytest.mark.parametrize(("start", "args", "why"), OTHERS)
def test_others_are_refused_among_the_children_to_start_with(
    start: Free, args: tuple[int, ...], why: str
) -> None:
    """As the whole tree is checked, at any depth."""
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(name="desk", children=[child(start, *args, name="alice")])
    assert caught.value.path[-1] == "alice"
    assert why in caught.value.why


async def test_the_arguments_of_an_instance_are_those_of_the_template_and_of_its_start() -> None:
    """So the template alone cannot be refused."""
    async with open_pool(child(two, 1)) as pool:
        with pytest.raises(InvalidSpec, match="missing 1 required positional argument: 'second'"):
            await pool.start()
        with pytest.raises(InvalidSpec, match="takes 2 positional arguments but 3 were given"):
            await pool.start(2, 3)
        assert pool.children() == ()
        await pool.start(2)


async def test_it_is_told_where_the_child_would_have_been(autojump_clock: MockClock) -> None:
    """The path leads through the supervisor that was asked; without a name, it is the function's."""
    async with open_supervisor() as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        with pytest.raises(InvalidSpec, match="args of desk/two is invalid"):
            await desk.start(functools.partial(two))
        await supervisor.stop()


async def test_what_would_run_when_it_is_called_is_not_called() -> None:
    """A mock counts its calls; nobody may call it but the start."""
    mock = AsyncMock()
    async with open_supervisor() as supervisor:
        await supervisor.start(mock, 1, 2)
    mock.assert_awaited_once_with(1, 2)
