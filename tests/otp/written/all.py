"""All scenarios that were written by hand, by the file that their recordings go to."""

from tests.otp.scenario import Scenario
from tests.otp.written import exits, pools, requests, retries, significant, starting, strategies


def written() -> dict[str, tuple[Scenario, ...]]:
    """Return the scenarios by topic."""
    parts = (starting, exits, strategies, retries, significant, requests, pools)
    return {part.__name__.rpartition(".")[2]: tuple(part.scenarios()) for part in parts}
