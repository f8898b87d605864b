"""The command line: ``trio-smith`` and ``python -m trio_smith``."""

from ._main import main as main
