"""Strike at every step of every scenario; reliability.md, T3."""

import pytest

from tests.sweep.all_scenarios import SCENARIOS
from tests.sweep.scenario import Scenario


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_holds_wherever_it_is_struck(scenario: Scenario) -> None:
    """Cancelled wholly, in part, twice, by its deadline, by Ctrl-C, at any step: nothing is lost or left."""
    report = scenario.sweep()
    assert report.points >= scenario.least, report


def test_the_sweep_is_as_wide_as_promised() -> None:
    """30 scenarios and 3,000 points, which each scenario's own test proves for its part."""
    assert len({scenario.name for scenario in SCENARIOS}) >= 30
    assert sum(scenario.least for scenario in SCENARIOS) >= 3_000
