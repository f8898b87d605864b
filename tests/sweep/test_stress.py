"""The long run ends in time, and says how to repeat what it finds."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio

from stress.sweep import Failed, Round, _rounds, run_round
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage, SweepFailed

ROOT = Path(__file__).parents[2]


async def _swallows(stage: Stage) -> None:
    with contextlib.suppress(trio.Cancelled):
        await trio.sleep(1)


def test_a_round_without_time_tries_nothing() -> None:
    """Its end is looked at before each part."""
    assert run_round(3, end=time.monotonic() - 1) == Round(strikes=0, compared=0, complete=False)


def test_one_part_can_be_tried_alone() -> None:
    """As a failure names it, wholly or at one point."""
    end = time.monotonic() + 60
    whole = run_round(3, end=end, only="ask_one")
    assert whole.complete
    assert whole.strikes > 50
    assert run_round(3, end=end, only="ask_one", point="tree@2").strikes == 1
    assert run_round(3, end=end, only="tree-0").complete


def test_a_failure_says_how_to_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its seed, its part and its point."""
    monkeypatch.setattr(_rounds, "SCENARIOS", (Scenario(play=_swallows),))
    end = time.monotonic() + 60
    with pytest.raises(Failed) as failed:
        run_round(3, end=end, only="_swallows")
    assert failed.value.repeat == "--seed 3 --only _swallows --point 'tree@1'"
    assert isinstance(failed.value.__cause__, SweepFailed)
    with pytest.raises(Failed):
        run_round(3, end=end, only="_swallows", point="tree@1")


def test_it_is_a_program() -> None:
    """It prints its seed, and what it tried."""
    command = [sys.executable, "-m", "stress", "--seed", "5", "--only", "ask_one", "--point", "tree@3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "seed 5" in done.stdout
    assert "1 strikes" in done.stdout
