"""PostgreSQL: psycopg 3 driven by Trio, and a pool of its connections.

It needs psycopg: ``pip install 'trio-smith[postgres]'``. It can be used without the rest of the library.
"""

from .._errors import OutcomeUnknown as OutcomeUnknown

# First of all: it says what to install.
from . import _psycopg
from ._errors import BadUse as BadUse
from ._errors import PoolClosed as PoolClosed
from ._errors import PoolTimeout as PoolTimeout
from ._errors import PsycopgMissing as PsycopgMissing

try:
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
except (ImportError, AttributeError, TypeError) as _error:
    # A store can still have its connections in threads, so only who asks for these names is told. Type
    # checkers must not see it: to them every name would exist.
    globals()["__getattr__"] = _psycopg.instead_of_names(_error)
