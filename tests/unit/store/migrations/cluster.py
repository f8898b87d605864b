"""A throw-away server of PostgreSQL, for one run of the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the URL of a fresh server's own database; a socket in a folder is the only way to it."""
    if dsn := os.environ.get("SMITH_TEST_POSTGRES_DSN"):
        yield dsn
        return
    folder = Path(tempfile.mkdtemp(prefix="smith-pg-"))
    data = folder / "data"
    run = partial(subprocess.run, check=True, capture_output=True, timeout=60, cwd=folder)
    if os.geteuid() == 0:  # which the server refuses to be
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        run = partial(run, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=())
    try:
        run(["initdb", "--no-sync", "-A", "trust", "-U", "smith", "-E", "UTF8", "--locale=C", "-D", data])
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run(["pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"])
        try:
            yield f"postgresql://smith@/postgres?host={folder}"
        finally:
            run(["pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder)


@contextmanager
def fresh_database(server: str, name: str) -> Iterator[str]:
    """Yield the URL of an empty database on *server*."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield server.replace("/postgres?", f"/{name}?")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
