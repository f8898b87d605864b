"""The spec of a child is checked when it is made, and the error leads to the wrong value."""

import functools
import math
from typing import Any

import attrs
import pytest

from trio_smith.supervision import NO_LIMIT, ChildSpec, Intensity, InvalidSpec, Restart, SupervisorSpec, child
from trio_smith.supervision.spec._child_spec import Kind, base_name, child_name, default_restart, grace_of

from ..starts import Callee, Idle, make_work, work


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
