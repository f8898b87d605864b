"""What a child may be: recognised without being called, or refused with the way out."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from trio_smith.supervision import ChildSpec, InvalidSpec, Restart, SupervisorSpec, child
from trio_smith.supervision.spec._child_spec import Kind, kind_of
from trio_smith.supervision.spec._plain_function import plain_function, takes_task_status

from ..starts import Callee, Idle, make_work, numbers, ready, work


class Factory:
    """A callable object that is not async."""

    def __call__(self) -> Awaitable[None]:
        """Return what decides."""
        return work()


# What a start is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (work, Kind.FUNCTION),
        (ready, Kind.FUNCTION),
        (functools.partial(work, 1), Kind.FUNCTION),
        (functools.partial(functools.partial(work, 1), "x"), Kind.FUNCTION),
        (Callee(), Kind.FUNCTION),
        (Callee().method, Kind.FUNCTION),
        (functools.partial(Callee().method), Kind.FUNCTION),
        (Idle, Kind.ACTOR),
        (SupervisorSpec(), Kind.SUPERVISOR),
        (make_work, Kind.FACTORY),
        (lambda: work(), Kind.FACTORY),  # noqa: PLW0108 - a lambda is what is tried
        (functools.partial(Idle), Kind.FACTORY),
        (Factory(), Kind.FACTORY),
        (Factory, Kind.FACTORY),
        (print, Kind.FACTORY),
        (functools.partial(print), Kind.FACTORY),
    ],
)
def test_a_start_is_recognised_without_being_called(start: Any, kind: Kind) -> None:
    """Through partials, methods and callable objects; a callable whose result decides is a factory."""
    assert kind_of(start) is kind
    assert ChildSpec(start=start).kind is kind


@pytest.mark.parametrize(
    ("start", "takes"),
    [
        (ready, True),
        (functools.partial(ready), True),
        (Callee(), True),
        (Callee().method, True),
        (work, False),
        (lambda: ready(), False),  # noqa: PLW0108 - a lambda is what is tried
        (print, False),
        (Idle, False),
    ],
)
def test_readiness_is_reported_by_those_that_take_a_task_status(
    start: Callable[..., object], *, takes: bool
) -> None:
    """Positional or keyword-only, wherever the function hides."""
    assert takes_task_status(start) is takes


def test_a_local_variable_of_that_name_is_no_parameter() -> None:
    """Only what can be passed counts."""

    async def misleading() -> None:
        task_status = 1
        assert task_status

    assert not takes_task_status(misleading)


def test_only_functions_report_that_they_are_ready() -> None:
    """The spec remembers it, so that no start has to look again."""
    assert not child(ready).ready_at_once
    assert child(work).ready_at_once
    assert not child(make_work).ready_at_once


def test_the_plain_function_of_a_builtin_is_itself() -> None:
    """There is no code to look into."""
    assert plain_function(print) is print


@pytest.mark.parametrize("start", [None, 3, "work", object()])
def test_what_cannot_be_called_is_no_child(start: Any) -> None:
    """Refused at once, by field."""
    with pytest.raises(InvalidSpec, match="not callable") as caught:
        child(start)
    assert caught.value.field == "start"


def test_a_coroutine_is_refused_with_the_way_out_and_leaves_no_warning() -> None:
    """The classic slip: child(work()) for child(work)."""
    coroutine: Any = work()
    with pytest.raises(InvalidSpec, match="give the function and its arguments"):
        child(coroutine)


def test_an_async_generator_is_refused() -> None:
    """It would never be awaited."""
    with pytest.raises(InvalidSpec, match="async generator"):
        child(numbers)  # type: ignore[arg-type, unused-ignore]


def test_child_keeps_the_arguments_apart_from_the_options() -> None:
    """What is positional is for the child."""
    spec = child(
        work, 1, "x", name="w", restart=Restart.TEMPORARY, grace=2.0, start_timeout=3.0, significant=True
    )
    assert spec == ChildSpec(
        start=work,
        args=(1, "x"),
        name="w",
        restart=Restart.TEMPORARY,
        grace=2.0,
        start_timeout=3.0,
        significant=True,
    )
