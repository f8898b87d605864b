"""Every scenario of the sweep."""

from tests.sweep.scenarios import (
    asking,
    channels,
    extras,
    guards,
    registering,
    requests,
    restarting,
    running,
    starting,
    stopping,
    telling,
)

SCENARIOS = (
    *channels.SCENARIOS,
    *telling.SCENARIOS,
    *asking.SCENARIOS,
    *starting.SCENARIOS,
    *restarting.SCENARIOS,
    *stopping.SCENARIOS,
    *requests.SCENARIOS,
    *running.SCENARIOS,
    *extras.SCENARIOS,
    *guards.SCENARIOS,
    *registering.SCENARIOS,
)
