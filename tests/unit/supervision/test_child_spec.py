"""Specs are checked when they are made, wholly, and the error leads to the wrong value."""

import functools
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

import trio_smith as smith
from trio_smith.supervision import (
    NO_LIMIT,
    UNLIMITED,
    AutoShutdown,
    ChildSpec,
    Decision,
    Intensity,
    InvalidSpec,
    Restart,
    Strategy,
    SupervisorSpec,
    child,
)
from trio_smith.supervision._child_spec import (
    Kind,
    base_name,
    child_name,
    default_restart,
    grace_of,
    kind_of,
    plain_function,
    takes_task_status,
)

from .stage import Ready


async def work(first: int = 0, second: str = "") -> None:
    """Be a child."""


async def ready(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
    """Be a child that reports."""


async def numbers() -> AsyncGenerator[int, None]:
    """Be no child."""
    yield 1


def make_work() -> Awaitable[None]:
    """Be a factory."""
    return work()


class Idle(smith.Actor[Any]):
    """An actor."""


class Callee:
    """A callable object."""

    async def __call__(self, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        """Be a child."""

    async def method(self, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        """Be a child too."""


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


# Values of a child -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a/b"),
        ("name", 5),
        ("name", b"a"),
        ("name", " a"),
        ("name", "a\n"),
        ("restart", "permanent"),
        ("restart", True),
        ("grace", -1.0),
        ("grace", -1),
        ("grace", math.nan),
        ("grace", "5"),
        ("grace", True),
        ("grace", 10**400),
        ("start_timeout", 0),
        ("start_timeout", -0.1),
        ("start_timeout", math.nan),
        ("start_timeout", "5"),
        ("start_timeout", False),
        ("significant", 1),
        ("significant", None),
        ("quarantine", 3),
        ("args", [1]),
        ("args", "ab"),
        ("args", None),
    ],
)
def test_a_wrong_value_of_a_child_is_refused_by_its_field(field: str, value: Any) -> None:
    """Whoever made it, and whatever the type checkers saw of it."""
    with pytest.raises(InvalidSpec) as caught:
        ChildSpec(**{"start": work, field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("start", "name"),
    [(3, 5), (SupervisorSpec(name="n"), None), (functools.partial(work), None), (lambda: 0, None)],
)
def test_the_error_names_the_child_however_it_is_called(start: Any, name: Any) -> None:
    """Even if the very name is wrong too."""
    with pytest.raises(InvalidSpec) as caught:
        ChildSpec(start=start, name=name, grace=-1.0)
    assert all(isinstance(part, str) for part in caught.value.path)
    assert str(caught.value).startswith(f"{caught.value.field} of ")


def test_the_error_survives_an_object_with_a_strange_name() -> None:
    """Its `name` need not be a str."""

    class Strange:
        name = 42

        def __call__(self) -> object:
            return work()

    with pytest.raises(InvalidSpec) as caught:
        child(Strange(), grace=-1.0)
    assert caught.value.field == "grace"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grace", 0),
        ("grace", 0.0),
        ("grace", NO_LIMIT),
        ("start_timeout", 0.001),
        ("start_timeout", math.inf),
    ],
)
def test_values_at_the_edge_are_fine(field: str, value: float) -> None:
    """Zero cancels at once, infinity waits."""
    assert getattr(ChildSpec(**{"start": work, field: value}), field) == value  # type: ignore[arg-type]


def test_a_supervisor_takes_no_arguments() -> None:
    """Nobody could receive them."""
    with pytest.raises(InvalidSpec, match="args of n is invalid"):
        ChildSpec(start=SupervisorSpec(name="n"), args=(1,))


def test_a_spec_is_frozen() -> None:
    """It stands for every incarnation."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        child(work).name = "x"  # type: ignore[misc]


@pytest.mark.parametrize("field", ["max_restarts", "within"])
@pytest.mark.parametrize("value", [-1, "3", True, math.nan, None, 1.5])
def test_an_intensity_has_a_whole_number_and_a_time(field: str, value: Any) -> None:
    """Anything else would break its supervisor when it is first needed."""
    if (field, value) == ("within", 1.5):
        return
    with pytest.raises((ValueError, TypeError)):
        Intensity(**{field: value})


@pytest.mark.parametrize(
    ("kind", "restart"), [(Kind.FUNCTION, Restart.TRANSIENT), (Kind.ACTOR, Restart.PERMANENT)]
)
def test_functions_are_transient_and_all_others_permanent(kind: Kind, restart: Restart) -> None:
    """A function that returns is done."""
    assert default_restart(kind) is restart
    assert default_restart(Kind.SUPERVISOR) is Restart.PERMANENT


@pytest.mark.parametrize(
    ("spec", "grace"),
    [
        (child(work), 5.0),
        (child(Idle), 5.0),
        (child(make_work), 5.0),
        (child(SupervisorSpec()), NO_LIMIT),
        (child(SupervisorSpec(), grace=2.0), 2.0),
        (child(work, grace=0.0), 0.0),
    ],
)
def test_the_grace_is_five_seconds_and_unlimited_for_supervisors(spec: ChildSpec, grace: float) -> None:
    """As in OTP."""
    assert grace_of(spec) == grace


def test_a_supervisor_may_have_its_name_in_either_spec() -> None:
    """The outer one wins."""
    inner = SupervisorSpec(name="inner")
    assert child_name(child(inner)) == "inner"
    assert child_name(child(inner, name="outer")) == "outer"
    assert child_name(child(work)) is None


@pytest.mark.parametrize(
    ("start", "base"),
    [
        (work, "work"),
        (functools.partial(work, 1), "work"),
        (lambda: work(), "lambda"),  # noqa: PLW0108 - a lambda is what is tried
        (Idle, "idle"),
        (SupervisorSpec(), "supervisor"),
        (Callee().method, "method"),
    ],
)
def test_a_generated_name_says_what_runs(start: Any, base: str) -> None:
    """Before its number."""
    assert base_name(child(start)) == base


# Values of a supervisor --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", 3),
        ("name", "a/b"),
        ("strategy", "one_for_one"),
        ("strategy", None),
        ("max_restarts", -1),
        ("max_restarts", 1.0),
        ("max_restarts", math.inf),
        ("max_restarts", True),
        ("max_restarts", "3"),
        ("max_restarts", None),
        ("within", 0),
        ("within", -5.0),
        ("within", math.nan),
        ("within", "5"),
        ("within", None),
        ("auto_shutdown", "never"),
        ("auto_shutdown", True),
        ("children", 5),
        ("children", None),
        ("children", "abc"),
        ("children", [work]),
        ("children", {"a": child(work)}),
        ("template", child(work)),
        ("max_children", 3),
        ("backoff", 1.0),
        ("failures", [ValueError]),
        ("failures", None),
        ("failures", {"ValueError": Decision.STOP}),
        ("failures", {int: Decision.STOP}),
        ("failures", {ValueError: "stop"}),
        ("max_restarts", UNLIMITED),
    ],
)
def test_a_wrong_value_of_a_supervisor_is_refused_by_its_field(field: str, value: Any) -> None:
    """The last one needs a backoff, or a broken child would spin."""
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(**{field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "template"),
        ({"template": 3}, "template"),
        ({"template": work}, "template"),
        ({"template": child(work, name="w")}, "template"),
        ({"template": child(work, quarantine=Intensity())}, "template"),
        ({"template": child(work), "children": [child(work)]}, "children"),
        ({"template": child(work), "children": numbers}, "children"),
        ({"template": child(work), "max_children": 0}, "max_children"),
        ({"template": child(work), "max_children": True}, "max_children"),
        ({"template": child(work), "max_children": 1.0}, "max_children"),
        ({"template": child(work, restart=Restart.TEMPORARY, significant=True)}, "significant"),
    ],
)
def test_a_wrong_pool_is_refused_by_its_field(options: dict[str, Any], field: str) -> None:
    """One nameless template, no children, at least one instance."""
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(strategy=Strategy.DYNAMIC, **options)
    assert caught.value.field == field


def test_a_quarantine_of_a_child_that_is_never_restarted_is_a_contradiction() -> None:
    """It could never take effect."""
    with pytest.raises(InvalidSpec) as caught:
        child(work, restart=Restart.TEMPORARY, quarantine=Intensity())
    assert caught.value.field == "quarantine"


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT, Restart.TEMPORARY, None])
@pytest.mark.parametrize("policy", AutoShutdown)
def test_significance_needs_a_policy_and_a_child_that_can_end(
    restart: Restart | None, policy: AutoShutdown
) -> None:
    """A permanent child never ends by itself for good; without a policy it has no effect."""
    spec = child(work, name="w", restart=restart, significant=True)
    if policy is not AutoShutdown.NEVER and restart is not Restart.PERMANENT:
        assert SupervisorSpec(auto_shutdown=policy, children=[spec]).children == (spec,)
        return
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(auto_shutdown=policy, children=[spec])
    assert (caught.value.path, caught.value.field) == (("w",), "significant")


@pytest.mark.parametrize("start", [Idle, SupervisorSpec(), make_work])
def test_what_is_permanent_by_default_cannot_be_significant_by_default(start: Any) -> None:
    """A factory counts as an actor here, for nobody knows before it is called."""
    spec = child(start, name="w", significant=True)
    with pytest.raises(InvalidSpec):
        SupervisorSpec(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, children=[spec])
    fine = attrs.evolve(spec, restart=Restart.TRANSIENT)
    SupervisorSpec(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, children=[fine])


def test_a_name_may_be_given_once_among_siblings() -> None:
    """Also if a nested supervisor brings it along; generated names get out of the way by themselves."""
    nested = SupervisorSpec(name="a")
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(children=[child(work, name="a"), child(work), child(nested)])
    assert (caught.value.path, caught.value.field) == (("a",), "name")
    SupervisorSpec(children=[child(work, name="a"), child(nested, name="b"), child(work), child(work)])


def test_a_whole_tree_is_checked_at_once() -> None:
    """Deep down, by its path from the outside in; OTP would refuse it only when it is reached."""
    deep = SupervisorSpec(name="deep", children=[child(work, name="leaf")])
    # What was right when it was made is checked again as a part of the whole.
    object.__setattr__(deep, "within", -1.0)
    middle = attrs.evolve(SupervisorSpec(name="middle"))
    object.__setattr__(middle, "children", (child(deep, name="deep"),))
    with pytest.raises(InvalidSpec) as caught:
        SupervisorSpec(name="top", children=[child(work, name="w"), child(middle)])
    assert (caught.value.path, caught.value.field) == (("middle", "deep"), "within")
    assert "middle/deep" in str(caught.value)


def test_children_may_be_any_sequence_or_a_function() -> None:
    """A sequence is frozen; a function is kept, and called at each start."""

    async def later() -> list[ChildSpec]:
        return []

    assert SupervisorSpec(children=[child(work)]).children == (child(work),)
    assert SupervisorSpec(children=later).children is later


def test_a_supervisor_that_is_not_pooled_has_the_defaults_of_otp() -> None:
    """The table of section 2."""
    spec = SupervisorSpec()
    assert (spec.strategy, spec.max_restarts, spec.within) == (Strategy.ONE_FOR_ONE, 3, 5.0)
    assert (spec.auto_shutdown, spec.children) == (AutoShutdown.NEVER, ())


@given(st.floats() | st.integers())
def test_within_is_any_positive_time(value: float) -> None:
    """And nothing else."""
    if value > 0 and not math.isnan(value):
        assert SupervisorSpec(within=value).within == value
    else:
        with pytest.raises(InvalidSpec):
            SupervisorSpec(within=value)


@given(st.integers())
def test_max_restarts_is_any_whole_number_from_zero(value: int) -> None:
    """And nothing else."""
    if value >= 0:
        assert SupervisorSpec(max_restarts=value).max_restarts == value
    else:
        with pytest.raises(InvalidSpec):
            SupervisorSpec(max_restarts=value)
