"""The bench measures what its rows say, says what is missing, and never fails for a figure."""

import json
from importlib.util import find_spec
from typing import Any

import attrs
import pytest

from stress.bench import (
    PEER_ROWS,
    ROWS,
    Better,
    Compare,
    Figure,
    Program,
    Reading,
    Readings,
    Row,
    judge,
    main,
    record,
    run_all,
    table,
)

OURS = Program(module="ours.nothing")
REFERENCE = Program(module="references.start", full=("n=100",), quick=("n=50",))
ROW = Row(
    name="start",
    title="a row for tests",
    ours=Figure(program=OURS, name="start"),
    reference=Figure(program=REFERENCE, name="start"),
    better=Better.HIGHER,
    reach=2.0,
)


def readings(*values: float) -> Readings:
    """Return what a program gave that printed *values* as its start, one in each repetition."""
    return Readings(taken=tuple({"start": Reading(value=value, unit="/s")} for value in values))


def test_row_names_are_unique() -> None:
    """A name selects one row, and is the key of the JSON's reader."""
    names = [row.name for row in (*ROWS, *PEER_ROWS)]
    assert len(names) == len(set(names))


def test_every_program_of_a_row_exists() -> None:
    """A row with a mistyped program would be n/a for ever, and nobody would ask why."""
    modules = {program.module for row in (*ROWS, *PEER_ROWS) for program in row.programs}
    assert [module for module in modules if find_spec(f"stress.bench.{module}") is None] == []


def test_only_rows_of_peers_need_a_library() -> None:
    """A default run works with nothing but Trio and ourselves."""
    assert [row.name for row in ROWS if row.needs] == []
    assert all(row.needs or "asyncio" in row.name for row in PEER_ROWS)


def test_a_program_is_run_as_often_as_asked_and_its_figures_are_collected() -> None:
    """One real process for each repetition, also where two rows ask for the same program."""
    said: list[str] = []
    results = run_all([REFERENCE, REFERENCE], reps=2, quick=True, say=said.append)
    assert [sorted(taken) for taken in results[REFERENCE].taken] == [["start"], ["start"]]
    assert said == ["repetition 1 of 2: 1 programs", "repetition 2 of 2: 1 programs"]


def test_a_program_that_fails_is_told_once_and_costs_only_its_own_row() -> None:
    """Programs of ours must not take the others with them while the API moves."""
    said: list[str] = []
    results = run_all([OURS], reps=2, quick=False, say=said.append)
    verdict = judge(ROW, {**results, REFERENCE: readings(10, 20)})
    assert len([line for line in said if line.startswith("ours.nothing")]) == 1
    assert [verdict.ours, verdict.ratio, verdict.met] == [None, None, None]
    assert verdict.reference is not None
    assert verdict.unit == "/s"
    assert "n/a start: ours.nothing: " in table([verdict])


def test_the_ratio_is_the_median_over_repetitions_of_neighbouring_processes() -> None:
    """A slow minute halves both figures of a repetition, and must not move the ratio."""
    verdict = judge(ROW, {OURS: readings(30, 15, 36), REFERENCE: readings(10, 5, 10)})
    assert verdict.ratio is not None
    assert list(verdict.ratio.samples) == [3, 3, 3.6]
    assert [verdict.ratio.median, verdict.ratio.low, verdict.ratio.high] == [3, 3, 3.6]
    assert verdict.met is True


@pytest.mark.parametrize(
    ("changes", "ours", "met"),
    [
        ({}, 20, True),
        ({}, 19, False),
        ({"better": Better.LOWER}, 20, True),
        ({"better": Better.LOWER}, 21, False),
        ({"better": Better.LOWER, "limit": 15}, 16, False),
        ({"better": Better.LOWER, "compare": Compare.EXCESS}, 12, True),
        ({"better": Better.LOWER, "compare": Compare.EXCESS}, 12.1, False),
        ({"reach": None}, 1, None),
    ],
)
def test_what_is_reached_depends_on_the_direction(changes: dict[str, Any], ours: float, met: object) -> None:
    """Rates are reached from below, times and sizes from above; the limit binds besides."""
    verdict = judge(attrs.evolve(ROW, **changes), {OURS: readings(ours), REFERENCE: readings(10)})
    assert verdict.met is met


def test_the_record_holds_every_sample() -> None:
    """Another run is compared by samples, not by medians of unknown spread."""
    verdict = judge(ROW, {OURS: readings(30, 20), REFERENCE: readings(10, 10)})
    read = json.loads(record([verdict], reps=2, quick=False))
    assert read["rows"][0]["ours"]["samples"] == [30, 20]
    assert read["rows"][0]["ratio"]["median"] == 2.5
    assert read["versions"]["trio"] is not None


def test_listing_runs_nothing_and_shows_what_is_to_be_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """A person sees the claims before spending minutes on them."""
    assert main(["--list", "--rows", "tell-nowait"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("tell-nowait ")
    assert ">= 10x" in printed


@pytest.mark.parametrize(
    "bad", [["--rows", "tel-nowait"], ["--reps", "0"], ["--reps", "many"], ["--unknown"]]
)
def test_arguments_that_make_no_sense_end_with_2(bad: list[str]) -> None:
    """Only these fail a run; a missed ratio does not."""
    with pytest.raises(SystemExit) as ended:
        main(bad)
    assert ended.value.code == 2
