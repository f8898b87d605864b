"""``python -m trio_smith``: the command line, where the script ``trio-smith`` is not on the path."""

import sys

from .cli import main

sys.exit(main())
