"""How each write and each query is said in SQL, once for SQLite and PostgreSQL."""

from ._commit import commit as commit
from ._commit import query as query
from ._queue import claim_if_sound as claim_if_sound
from ._queue import enqueue_all as enqueue_all
from ._statement import Many as Many
from ._statement import Parameters as Parameters
from ._statement import Program as Program
from ._statement import Result as Result
from ._statement import Row as Row
from ._statement import Sql as Sql
from ._statement import for_postgres as for_postgres
