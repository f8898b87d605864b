"""Connections that are kept open and lent."""

from ._open import open_pool as open_pool
from ._options import PoolOptions as PoolOptions
from ._pool import TrioPool as TrioPool
from ._statistics import PoolStatistics as PoolStatistics
