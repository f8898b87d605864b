"""Import psycopg, or say what to install; nothing else imports it before."""

from __future__ import annotations

from ._errors import PsycopgMissing

try:
    import psycopg
except ImportError as error:
    raise PsycopgMissing(why=f"psycopg cannot be imported ({error})") from error

VERSION = psycopg.__version__
"""The psycopg that is used."""

if VERSION == "3.3.0":
    raise PsycopgMissing(why="psycopg 3.3.0 is installed, which cannot be used; any other from 3.2 on can")
