"""Time is virtual in every test of actors, and none has to ask for it: none sleeps, none can forget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutinefunction
from typing import Any

import pytest
import trio
from trio.testing import MockClock


def run_in_virtual_time(
    work: Callable[[], Awaitable[Any]],
    *,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """Run *work* with a clock that jumps whenever all tasks wait."""
    return trio.run(work, clock=clock or MockClock(autojump_threshold=0), instruments=instruments)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Choose how the tests in this folder are run."""
    if isinstance(item, pytest.Function) and iscoroutinefunction(item.obj):
        item.add_marker(pytest.mark.trio(run=run_in_virtual_time))
