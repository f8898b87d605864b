"""psycopg 3 on Trio."""

from ._connection import TrioConnection as TrioConnection
from ._cursor import TrioClientCursor as TrioClientCursor
from ._cursor import TrioCursor as TrioCursor
from ._cursor import TrioRawCursor as TrioRawCursor
from ._cursor import TrioServerCursor as TrioServerCursor
from ._pipeline import TrioPipeline as TrioPipeline
from ._transaction import TrioTransaction as TrioTransaction
from ._wait import look_readable as look_readable
