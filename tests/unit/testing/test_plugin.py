"""The fixture `no_leaks`, in a pytest of its own."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A test suite with one sound and one leaking test of each kind."""
    pytester.makeini("[pytest]\ntrio_mode = true\n")
    pytester.makepyfile(
        """
        import os
        import trio

        kept = []

        def test_sync_sound(no_leaks):
            os.close(os.open("/dev/null", os.O_RDONLY))

        def test_sync_leaks(no_leaks):
            kept.append(os.open("/dev/null", os.O_RDONLY))

        async def test_async_sound(no_leaks, nursery):
            nursery.start_soon(trio.sleep, 0)
            await trio.sleep(0.01)

        async def test_async_leaks_a_file(no_leaks):
            kept.append(os.open("/dev/null", os.O_RDONLY))

        async def test_async_leaks_a_task(nursery, no_leaks):
            nursery.start_soon(trio.sleep_forever, name="forgotten")

        async def test_async_without_the_fixture(nursery):
            nursery.start_soon(trio.sleep_forever)
        """
    )
    return pytester


def test_it_fails_those_that_leave_something(suite: pytest.Pytester) -> None:
    """A task is the test's own failure; a file is found when the test has been torn down."""
    result = suite.runpytest_subprocess(
        "-p", "no:trio_smith", "-p", "trio_smith.testing.plugin", "-p", "no:cacheprovider"
    )
    result.assert_outcomes(passed=5, failed=1, errors=2)
    result.stdout.fnmatch_lines_random(
        ["FAILED *test_async_leaks_a_task*", "ERROR *test_sync_leaks*", "ERROR *test_async_leaks_a_file*"]
    )
    result.stdout.fnmatch_lines(["*Leaked: 1 leaked: Trio task forgotten*"])
