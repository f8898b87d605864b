"""A PostgreSQL for the time of a test: found or made, and gone afterwards. It needs no psycopg."""

from ._cluster import Postgres as Postgres
from ._errors import NoPostgres as NoPostgres
from ._errors import NotOurPostgres as NotOurPostgres
from ._errors import PostgresBroken as PostgresBroken
from ._throwaway import throwaway_postgres as throwaway_postgres
