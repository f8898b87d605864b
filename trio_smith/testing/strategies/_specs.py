"""Trees of supervisors, drawn by Hypothesis; every one is valid."""

from __future__ import annotations

from collections.abc import Callable

import trio
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...supervision import AutoShutdown, ChildSpec, Restart, Strategy, SupervisorSpec, child

_STRATEGIES = (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)


def _idle(name: str) -> ChildSpec:
    return child(trio.sleep_forever, name=name)


def specs(
    *,
    leaf: Callable[[str], ChildSpec] = _idle,
    most_children: int = 3,
    depth: int = 2,
) -> SearchStrategy[SupervisorSpec]:
    """Return a strategy for trees of `SupervisorSpec`, *depth* levels of supervisors below the outermost one.

    Each supervisor has at most *most_children* children. ``leaf(name)`` makes those that are no supervisors;
    their restart kind, grace and significance are drawn, and replaced in what it returns. By default a leaf
    lives quietly; `FailureScript.cast` gives it something to do. It shrinks to a supervisor without children.
    """
    return _supervisors(leaf, most_children, depth, "")


@st.composite
def _supervisors(
    draw: DrawFn, leaf: Callable[[str], ChildSpec], most_children: int, depth: int, name: str
) -> SupervisorSpec:
    auto_shutdown = draw(st.sampled_from(AutoShutdown))
    children: list[ChildSpec] = []
    for number in range(draw(st.integers(0, most_children))):
        own = f"{name}{number}"
        nested = depth > 0 and draw(st.booleans())
        one = child(draw(_supervisors(leaf, most_children, depth - 1, f"{own}-"))) if nested else leaf(own)
        children.append(draw(_options(one, own, auto_shutdown)))
    return SupervisorSpec(
        strategy=draw(st.sampled_from(_STRATEGIES)),
        max_restarts=draw(st.integers(0, 4)),
        within=draw(st.sampled_from((0.5, 5.0, 60.0))),
        auto_shutdown=auto_shutdown,
        children=tuple(children),
    )


@st.composite
def _options(draw: DrawFn, one: ChildSpec, name: str, auto_shutdown: AutoShutdown) -> ChildSpec:
    restart = draw(st.sampled_from(Restart))
    may_be_significant = auto_shutdown is not AutoShutdown.NEVER and restart is not Restart.PERMANENT
    nested = isinstance(one.start, SupervisorSpec)
    return ChildSpec(
        start=one.start,
        args=one.args,
        name=name,
        restart=restart,
        grace=draw(st.sampled_from((None, 0.0, 0.3, 2.0, 30.0) if nested else (None, 0.0, 0.3, 2.0))),
        start_timeout=one.start_timeout,
        significant=may_be_significant and draw(st.booleans()),
        quarantine=one.quarantine,
    )
