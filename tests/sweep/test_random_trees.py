"""Random trees, random failures, random talk, struck at random points; `python -m stress` goes on with it."""

import pytest

from tests.sweep.random_tree import RandomTree


@pytest.mark.parametrize("seed", range(10))
def test_a_random_tree_holds_wherever_it_is_struck(seed: int) -> None:
    """What nobody thought of in the written scenarios."""
    assert RandomTree(seed).scenario().sweep(seed=seed, max_points=50).points > 0
