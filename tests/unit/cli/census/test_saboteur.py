"""The saboteur: a plan that can be known beforehand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.cli.census._saboteur import Sabotaged, Saboteur, Strike, result_subject

paths = st.text(max_size=8) | st.just("bad\udcff.py")
saboteurs = st.builds(Saboteur, rate=st.floats(0, 1), seed=st.integers(), deliveries=st.integers(1, 5))


@given(saboteurs, paths)
def test_the_last_delivery_is_spared(saboteur: Saboteur, path: str) -> None:
    """Or a message would be given up, and its file lost."""
    for delivery in (saboteur.deliveries, saboteur.deliveries + 1):
        assert saboteur.strike("parse", path, delivery=delivery) is Strike.NONE


@given(saboteurs, paths, st.integers(1, 4))
def test_a_decision_depends_on_nothing_but_its_arguments(
    saboteur: Saboteur, path: str, delivery: int
) -> None:
    """Whatever was decided before, in whatever order: scheduling must not change the plan."""
    first = saboteur.strike("parse", path, delivery=delivery)
    saboteur.strike("add", path + "x", delivery=1)
    assert saboteur.strike("parse", path, delivery=delivery) is first


def test_the_plan_is_the_same_everywhere() -> None:
    """Not Python's own hash, which differs from process to process. These are the decisions of seed 7."""
    saboteur = Saboteur(rate=0.5, seed=7, deliveries=4)
    strikes = [saboteur.strike("parse", f"{number}.py", delivery=1) for number in range(8)]
    assert " ".join(strike.value for strike in strikes) == "none before before none none after after before"


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 1.0])
def test_the_rate_is_kept(rate: float) -> None:
    """Of 10,000 deliveries, to within about four standard deviations; 0 and 1 exactly."""
    saboteur = Saboteur(rate=rate, seed=1, deliveries=2)
    strikes = [saboteur.strike("parse", str(number), delivery=1) for number in range(10_000)]
    crashes = sum(strike is not Strike.NONE for strike in strikes)
    assert abs(crashes - rate * 10_000) <= 4 * (10_000 * rate * (1 - rate)) ** 0.5
    if crashes:
        before = sum(strike is Strike.BEFORE for strike in strikes)
        assert 0.4 < before / crashes < 0.6


def test_seeds_differ() -> None:
    """Another seed is another plan; so are another handler and another delivery."""

    def plan(seed: int, handler: str, delivery: int) -> list[Strike]:
        saboteur = Saboteur(rate=0.5, seed=seed, deliveries=4)
        return [saboteur.strike(handler, str(number), delivery=delivery) for number in range(100)]

    plans = [plan(1, "parse", 1), plan(2, "parse", 1), plan(1, "add", 1), plan(1, "parse", 2)]
    assert all(one != other for number, one in enumerate(plans) for other in plans[:number])


def test_a_strike_comes_before_the_work_or_after_it() -> None:
    """Both ways of crashing matter: work not done, and work done that nobody was told of."""
    saboteur = Saboteur(rate=0.7, seed=3, deliveries=2)
    seen = set()
    for number in range(50):
        strike = saboteur.strike("parse", str(number), delivery=1)
        done = crashed = False
        try:
            with saboteur.over("parse", str(number), delivery=1):
                done = True
        except Sabotaged:
            crashed = True
        assert (done, crashed) == (strike is not Strike.BEFORE, strike is not Strike.NONE)
        seen.add(strike)
    assert seen == set(Strike)


@given(saboteurs, st.lists(paths, max_size=6))
def test_the_crashes_are_those_of_a_census_played_through(saboteur: Saboteur, some: list[str]) -> None:
    """The proof compares with this number, so it must be what at-least-once delivery brings about."""
    played = 0

    def deliver(handler: str, subject: str) -> list[int]:
        """Deliver until the handler is not struck; return the deliveries that came to their effect."""
        nonlocal played
        effects = []
        for delivery in range(1, saboteur.deliveries + 1):
            try:
                with saboteur.over(handler, subject, delivery=delivery):
                    effects.append(delivery)
            except Sabotaged:
                played += 1
            else:
                break
        return effects

    for path in some:
        for attempt in deliver("parse", path):
            assert deliver("add", result_subject(path, attempt))
    assert saboteur.crashes(some) == played


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    """At the door, not in the middle of a census."""
    with pytest.raises(ValueError, match="rate"):
        Saboteur(rate=rate, seed=1, deliveries=4)
