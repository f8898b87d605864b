"""What every test stands on.

`async def` tests and fixtures run in Trio (pytest-trio). Ask for `autojump_clock` and time is virtual:
it jumps to the next deadline whenever all tasks wait, so that an hour of sleep costs nothing.
`nursery` is there for tasks that should end with the test.
"""

import pytest
from hypothesis import HealthCheck, settings

# See addopts in pyproject.toml: `no_leaks` comes from here, and not from the installed entry point.
pytest_plugins = ["trio_smith.testing.plugin"]

# The same examples on every run: a red test stays red until somebody mends it.
# `--hypothesis-profile=search` looks further, with fresh chance; what it finds belongs into the test as an
# `@example`.
settings.register_profile(
    "steady",
    database=None,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
steady = settings.get_profile("steady")
settings.register_profile("search", parent=steady, derandomize=False, max_examples=5_000)
settings.load_profile("steady")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage where it would double a time that is long, or more: others reach the same lines."""
    for item in items:
        if item.get_closest_marker("long") or item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
