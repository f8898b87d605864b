"""The spec of a supervisor is checked when it is made, with all that it holds."""

import functools
import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.supervision import (
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

from ..starts import Idle, make_work, numbers, work


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
        ("failures", ValueError),
        ("failures", work),
        ("failures", functools.partial(work)),
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
