"""PostgreSQL: psycopg 3 driven by Trio, and a pool of its connections.

It needs psycopg: ``pip install 'trio-smith[postgres]'``. It can be used without the rest of the library.
"""

from .._errors import OutcomeUnknown as OutcomeUnknown

# First of all: it says what to install.
from . import _psycopg  # noqa: F401 # pyright: ignore[reportUnusedImport] - for what it raises
from ._errors import BadUse as BadUse
from ._errors import PoolClosed as PoolClosed
from ._errors import PoolTimeout as PoolTimeout
from ._errors import PsycopgMissing as PsycopgMissing
from .driver import TrioClientCursor as TrioClientCursor
from .driver import TrioConnection as TrioConnection
from .driver import TrioCursor as TrioCursor
from .driver import TrioPipeline as TrioPipeline
from .driver import TrioRawCursor as TrioRawCursor
from .driver import TrioServerCursor as TrioServerCursor
from .driver import TrioTransaction as TrioTransaction
from .pool import PoolOptions as PoolOptions
from .pool import PoolStatistics as PoolStatistics
from .pool import TrioPool as TrioPool
from .pool import open_pool as open_pool
