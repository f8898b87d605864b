"""Import psycopg, or say what to install; nothing else imports it before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import PsycopgMissing

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import psycopg
except ImportError as error:
    raise PsycopgMissing(why=f"psycopg cannot be imported ({error})") from error

VERSION = psycopg.__version__
"""The psycopg that is used."""

if VERSION == "3.3.0":
    raise PsycopgMissing(why="psycopg 3.3.0 is installed, which cannot be used; any other from 3.2 on can")


def changed(error: Exception) -> PsycopgMissing:
    """Return what says that Trio cannot drive this psycopg, because of *error*."""
    return PsycopgMissing(
        why=f"psycopg {VERSION} is not made as those that Trio can drive ({error})",
        fix="Install an older psycopg. A store can use this one with PostgresOptions(driver='threads').",
    )


def instead_of_names(error: Exception) -> Callable[[str], object]:
    """Return what a module says instead of its names that could not be imported."""

    def getattr_(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise changed(error) from error

    return getattr_
