"""Scripts of failures, drawn by Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .._script import Beginning, Ending, FailureScript, Farewell, Life

_MOMENTS = st.sampled_from((0.0, 0.1, 0.5, 1.0, 3.0))


def lives() -> SearchStrategy[Life]:
    """Return a strategy for one incarnation; it shrinks to one that lives quietly."""
    return st.builds(
        Life,
        begins=st.sampled_from(Beginning),
        delay=_MOMENTS,
        lasts=_MOMENTS,
        ends=st.sampled_from(Ending),
        farewell=st.sampled_from(Farewell),
    )


def failure_scripts(*, leaves: int = 4, incarnations: int = 3) -> SearchStrategy[FailureScript]:
    """Return a strategy for scripts of at most so many *leaves*, with at most so many *incarnations* each."""
    each = st.lists(lives(), max_size=incarnations).map(tuple)
    return st.lists(each, max_size=leaves).map(tuple).map(FailureScript)
