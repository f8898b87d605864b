"""The bench: our figures as ratios to references that run beside them.

``nox -s bench``, or ``python -m stress.bench``, runs small measuring programs in fresh processes, ours and
the references by turns, and prints for each row our figure, the reference's, their ratio with its spread,
and the ratio to reach. It also writes JSON with every sample. It fails nothing: a missed ratio is a word in
the last column. Absolute figures move by 2x with the machine and its neighbours; only the ratios of one run
are claims.

- `ROWS` and `PEER_ROWS` say what is compared with what (`Row`), and `main` is the command.
- ``ours`` holds the programs that use trio_smith, ``references`` what a careful user of plain Trio writes
  without it, ``peers`` other libraries. Each program runs by itself too:
  ``python -m stress.bench.ours.ask n=20000``.
- A program prints each figure as one line, ``{"figure": ..., "value": ..., "unit": ...}`` (see `measure`).

Rows of growth have our own figure among 10 actors, or 2 levels deep, as their reference: the ratio says how
flat the cost is.
"""

from ._command import main as main
from ._reading import Reading as Reading
from ._reading import Readings as Readings
from ._record import record as record
from ._row import Better as Better
from ._row import Compare as Compare
from ._row import Figure as Figure
from ._row import Program as Program
from ._row import Row as Row
from ._rows import PEER_ROWS as PEER_ROWS
from ._rows import ROWS as ROWS
from ._run import run_all as run_all
from ._table import table as table
from ._verdict import Spread as Spread
from ._verdict import Verdict as Verdict
from ._verdict import judge as judge
