"""The pytest plugin: the fixture `no_leaks`. It comes by itself where trio_smith[testing] is installed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Generator
from typing import Any

import pytest

from ._leaks import no_leaks as no_leaks_within


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
