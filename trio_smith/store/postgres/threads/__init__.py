"""psycopg's synchronous connections, each in a thread, on its public names alone."""

from ._in_threads import InThreads as InThreads
from ._in_threads import open_in_threads as open_in_threads
