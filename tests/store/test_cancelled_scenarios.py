"""A scenario that is cancelled at any checkpoint can be begun again, with the end that it would have had."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.store.in_postgres import in_postgres
from tests.store.opening import QUICK, HandClock, in_memory, under_test
from tests.store.striking import When, struck
from tests.store.torn import (
    SCENARIOS,
    Scenario,
    Stage,
    facts,
    fails_and_replays,
    leases,
    own_tables,
    spans,
    timers,
    works,
)
from trio_smith.store._ready import make_ready
from trio_smith.store.sqlite import open_sqlite
from trio_smith.testing import StoreUnderTest
from trio_smith.testing.postgres import Postgres

Opening = Callable[[], AbstractAsyncContextManager[StoreUnderTest]]
IN_MEMORY = [scenario for scenario in SCENARIOS if scenario is not own_tables]
IN_POSTGRES = [works, fails_and_replays, timers, leases, spans]
"""What is said in the most steps; a database for each costs more than the rest."""


async def cancel_everywhere(scenario: Scenario, opening: Opening, *, every: int = 1) -> int:
    """Cancel *scenario* at each so many of its steps in turn; return at how many."""
    async with opening() as under:
        await scenario(Stage(under.store, under.advance, int))
        wanted = await facts(under.store)
    points = 0
    for when in When:
        for at in count(1, every):
            if not await _cancel(scenario, opening, at=at, when=when, wanted=wanted):
                break
            points += 1
    return points


async def _cancel(
    scenario: Scenario, opening: Opening, *, at: int, when: When, wanted: dict[str, object]
) -> bool:
    async with opening() as under:
        under.store._next_tidy = float("inf")
        stage = Stage(under.store, under.advance, int)
        _, cancelled = await struck(lambda: scenario(stage), at=at, when=when)
        await under.advance(1_000.0)  # what was claimed comes again
        await scenario(stage)
        assert await facts(under.store) == wanted, f"struck {when} at step {at}"
    return cancelled


@pytest.mark.parametrize("scenario", IN_MEMORY)
async def test_a_scenario_in_memory_can_begin_again_wherever_it_was_cancelled(scenario: Scenario) -> None:
    """The order of its writes alone decides."""
    assert await cancel_everywhere(scenario, in_memory) >= 4


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_scenario_in_sqlite_can_begin_again_wherever_it_was_cancelled(
    scenario: Scenario, tmp_path: Path
) -> None:
    """What was handed to the writer may be done although nobody waits for it."""
    empty, numbers = tmp_path / "empty.db", count()
    await make_ready(f"sqlite:{empty}")

    @asynccontextmanager
    async def opening() -> AsyncGenerator[StoreUnderTest]:
        path, clock = tmp_path / f"{next(numbers)}.db", HandClock()
        shutil.copy(empty, path)
        async with (
            open_sqlite(path, options=QUICK, clock=clock) as adapter,
            under_test(adapter, clock) as under,
        ):
            yield under

    assert await cancel_everywhere(scenario, opening) >= 4


@pytest.mark.long
@pytest.mark.parametrize("scenario", IN_POSTGRES)
async def test_a_scenario_in_postgresql_can_begin_again_wherever_it_was_cancelled(
    scenario: Scenario, smith_postgres: Postgres
) -> None:
    """Before, between and behind the statements of its commits."""
    assert await cancel_everywhere(scenario, lambda: in_postgres(smith_postgres), every=5) >= 10
