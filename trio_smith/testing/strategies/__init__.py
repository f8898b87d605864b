"""Hypothesis strategies: trees of supervisors, and what fails in them. Needs `trio_smith[testing]`."""

from ._failure_scripts import failure_scripts as failure_scripts
from ._failure_scripts import lives as lives
from ._specs import specs as specs
