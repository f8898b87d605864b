"""Points of a sweep: enumerated without a gap, and written so that they can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.testing import BadPoint, Mode
from trio_smith.testing._point import Blow, Point, Strike, choose, point_of, points_of

_NAMES = st.text(st.characters(exclude_characters="@+,\n", exclude_categories=("Cs",)), min_size=1).map(str)
_STRIKES = st.one_of(
    st.sampled_from((Blow.TREE, Blow.OUTER, Blow.DEADLINE)).map(Strike),
    st.builds(Strike, st.just(Blow.CHILD), _NAMES),
    st.builds(Strike, st.just(Blow.INTERRUPT), st.just(""), st.integers(1, 99)),
)


@given(step=st.integers(1, 10**6), first=_STRIKES, second=st.none() | _STRIKES, gap=st.integers(1, 99))
def test_the_text_of_a_point_names_it(step: int, first: Strike, second: Strike | None, gap: int) -> None:
    """A failure is repeated by its text alone."""
    point = Point(step=step, first=first, second=second, gap=gap if second else 0)
    assert point_of(str(point)) == point


@pytest.mark.parametrize(
    "text", ["", "tree", "tree@", "tree@x", "nothing@3", "tree@3,tree", "tree@3,nothing+1"]
)
def test_a_text_that_names_no_point_is_refused(text: str) -> None:
    """It is typed by people."""
    with pytest.raises(BadPoint):
        point_of(text)


def test_each_step_is_struck_in_each_mode() -> None:
    """Exhaustive is the promise."""
    points = list(points_of(tuple(Mode), steps=7, victims={"a": [2, 3], "b": [6]}, gaps=(1, 4), lines=(1, 2)))
    for mode in (Mode.TREE, Mode.DEADLINE, Mode.INTERRUPT):
        assert [point.step for point in points if point.mode is mode] == [1, 2, 3, 4, 5, 6, 7]
    assert [str(point) for point in points if point.mode is Mode.CHILD] == [
        "child:a@2",
        "child:a@3",
        "child:b@6",
    ]
    twice = [point for point in points if point.mode is Mode.TWICE]
    assert {point.gap for point in twice} == {1, 4}
    assert {(point.first.blow, point.second.blow) for point in twice if point.second} == {
        (Blow.CHILD, Blow.TREE),
        (Blow.TREE, Blow.OUTER),
        (Blow.TREE, Blow.INTERRUPT),
        (Blow.INTERRUPT, Blow.INTERRUPT),
    }
    assert {point.first.line for point in points if point.first.blow is Blow.INTERRUPT} == {1, 2}
    assert len(set(points)) == len(points)


def test_a_choice_of_points_is_by_seed_and_in_order() -> None:
    """A shortened sweep is the same sweep each time."""
    points = list(points_of((Mode.TREE,), steps=100, victims={}, gaps=(1,), lines=(1,)))
    chosen = choose(points, 10, seed=1)
    assert chosen == choose(points, 10, seed=1)
    assert chosen != choose(points, 10, seed=2)
    assert [point.step for point in chosen] == sorted(point.step for point in chosen)
    assert len(chosen) == 10
    assert choose(points, None, seed=1) == choose(points, 100, seed=1) == points
