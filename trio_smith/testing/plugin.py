"""The pytest plugin: the fixtures `no_leaks` and `smith_postgres`.

It comes by itself where trio_smith[testing] is installed.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Generator
from typing import Any

import pytest

from ._leaks import no_leaks as no_leaks_within
from .postgres import Postgres, throwaway_postgres


@pytest.fixture
def no_leaks(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail the test if it leaves Trio tasks or open file descriptors behind.

    For tests of both kinds. The files are compared round the whole test with the fixtures that were set
    up after this one; the tasks round the body of an ``async def`` test.
    """
    # An async fixture would serve async tests only, so the body of such a test is wrapped instead.
    node: Any = request.node
    test = node.obj
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def checked(*args: Any, **options: Any) -> Any:
            with no_leaks_within(files=False):
                return await test(*args, **options)

        node.obj = checked
    with no_leaks_within(tasks=False):
        yield


@pytest.fixture(scope="session")
def smith_postgres() -> Generator[Postgres]:
    """A PostgreSQL for all tests of the run, made when the first asks for it; see `throwaway_postgres`."""
    with throwaway_postgres() as postgres:
        yield postgres
