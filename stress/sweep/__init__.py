"""Sweeps that go on: more seeds, random trees, random failures."""

from ._rounds import Failed as Failed
from ._rounds import Round as Round
from ._rounds import run_round as run_round
