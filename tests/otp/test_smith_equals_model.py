"""trio_smith does what OTP does, event for event: as recorded, and as the model says in generated scenarios.

See test_model_equals_otp.py for why the model may speak for OTP. Left out is only what supervision.md decides
otherwise, and what OTP itself leaves to the scheduler (`Peculiar`).
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.otp.adapter import Farewell, comparable, play
from tests.otp.model import predict
from tests.otp.scenario import TRACES, Recording, Scenario, Strategy, load
from tests.otp.strategies import NOT_ON_TRIO_SMITH, scenarios

FAREWELLS = st.sampled_from(Farewell)
FILES = sorted(TRACES.glob("*.json"))


def recordings(path: Path) -> list[Recording]:
    """Return those that can be compared."""
    return [each for each in load(path) if not predict(each.scenario).peculiar & NOT_ON_TRIO_SMITH]


WRITTEN = [each for path in FILES if not path.stem.startswith("generated") for each in recordings(path)]


@pytest.mark.parametrize("farewell", Farewell)
@pytest.mark.parametrize("recording", WRITTEN, ids=lambda recording: recording.scenario.name)
def test_smith_does_what_otp_did_in_the_scenario_of_a_rule(recording: Recording, farewell: Farewell) -> None:
    """Each is named after the section of supervision.md, and the rule in it, that it shows."""
    trace = comparable(recording.trace, recording.scenario)
    played = play(recording.scenario, farewell=farewell)
    assert played.mixed == trace
    assert played.observed == trace


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem.startswith("generated")], ids=lambda path: path.stem
)
def test_smith_does_what_otp_did_in_generated_scenarios(path: Path) -> None:
    """What nobody thought of, but OTP was asked."""
    compared = recordings(path)
    assert len(compared) >= 60
    for recording in compared:
        trace = comparable(recording.trace, recording.scenario)
        played = play(recording.scenario)
        assert played.mixed == trace, recording.scenario.name
        assert played.observed == trace, recording.scenario.name


# One test each for the strategies of the root, so that they run side by side.


@pytest.mark.long
@settings(max_examples=600)
@given(scenarios(without=NOT_ON_TRIO_SMITH, strategy=Strategy.ONE_FOR_ONE), FAREWELLS)
def test_smith_does_what_otp_would_do_one_for_one(scenario: Scenario, farewell: Farewell) -> None:
    """The model tells what OTP would do."""
    compare(scenario, farewell)


@pytest.mark.long
@settings(max_examples=600)
@given(scenarios(without=NOT_ON_TRIO_SMITH, strategy=Strategy.ONE_FOR_ALL), FAREWELLS)
def test_smith_does_what_otp_would_do_one_for_all(scenario: Scenario, farewell: Farewell) -> None:
    """The model tells what OTP would do."""
    compare(scenario, farewell)


@pytest.mark.long
@settings(max_examples=600)
@given(scenarios(without=NOT_ON_TRIO_SMITH, strategy=Strategy.REST_FOR_ONE), FAREWELLS)
def test_smith_does_what_otp_would_do_rest_for_one(scenario: Scenario, farewell: Farewell) -> None:
    """The model tells what OTP would do."""
    compare(scenario, farewell)


@pytest.mark.long
@settings(max_examples=600)
@given(scenarios(without=NOT_ON_TRIO_SMITH), FAREWELLS)
def test_smith_does_what_otp_would_do_with_any_root(scenario: Scenario, farewell: Farewell) -> None:
    """The model tells what OTP would do; a pool may be the root, too."""
    compare(scenario, farewell)


def compare(scenario: Scenario, farewell: Farewell) -> None:
    """Hold trio_smith's two traces against the model's."""
    trace = comparable(predict(scenario).trace, scenario)
    played = play(scenario, farewell=farewell)
    assert played.mixed == trace
    assert played.observed == trace
