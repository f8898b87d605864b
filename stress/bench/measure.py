"""What every measuring program uses: arguments, a clock, and one JSON line for each figure."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter as now

__all__ = ["BURST", "argument", "choice", "emit", "latencies", "now", "proportional_memory", "quantile"]

BURST = 64
"""Messages between two yields of a producer that never waits: ours, and asyncio's.

Our actor yields after as many; longer bursts would only fill its mailbox.
"""


def argument(name: str, default: int) -> int:
    """Return the whole number given as ``name=value`` on the command line, else *default*."""
    return int(choice(name, str(default)))


def choice(name: str, default: str) -> str:
    """Return the word given as ``name=value`` on the command line, else *default*."""
    for given in sys.argv[1:]:
        key, _, value = given.partition("=")
        if key == name:
            return value
    return default


def emit(figure: str, value: float, unit: str) -> None:
    """Print one figure as a line of JSON, at once (a program may leave by ``os._exit`` right after)."""
    sys.stdout.write(json.dumps({"figure": figure, "value": value, "unit": unit}) + "\n")
    sys.stdout.flush()


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which *share* (0 to 1) of the samples lie."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def latencies(figure: str, samples: Sequence[float]) -> None:
    """Emit p50 and p99 of *samples*, which are seconds, in microseconds."""
    emit(f"{figure} p50", quantile(samples, 0.5) * 1e6, "us")
    emit(f"{figure} p99", quantile(samples, 0.99) * 1e6, "us")


def proportional_memory() -> int:
    """Return the proportional set size of this process in bytes (Linux only: it is read from ``/proc``)."""
    with Path("/proc/self/smaps_rollup").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise OSError("/proc/self/smaps_rollup has no Pss line")
