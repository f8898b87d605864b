"""One PostgreSQL in a directory of its own, reached by a socket in that directory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

from ._errors import NotOurPostgres, PostgresBroken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PORT: Final = 5432
USER: Final = "smith"
LONGEST: Final = 60.0
"""Seconds for making, starting or stopping it; a loaded machine needs some."""

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}
UNSAFE: Final[Mapping[str, str]] = {"fsync": "off", "full_page_writes": "off"}
"""What a crash of the machine would not survive; one of the server does, so commits stay synchronous."""

# What is left is cleared away however we end, killed included: then the pipe to this shell closes without
# a word.
GUARD: Final = """
read -r word
[ -z "$word" ] || exit 0
lock="$0/data/postmaster.pid"
[ ! -e "$lock" ] || kill -QUIT "$(head -n 1 "$lock")"
tries=0
while [ -e "$lock" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
rm -rf "$0"
"""


class Postgres:
    """A running PostgreSQL; ``dsn`` is what libpq takes."""

    def __init__(self, *, dsn: str) -> None:
        self.dsn: Final = dsn

    @property
    def folder(self) -> Path:
        """Where it lives, with the socket in it."""
        raise NotOurPostgres

    def stop_immediately(self) -> None:
        """End it as a crash would: nothing is finished, everybody is cut off."""
        raise NotOurPostgres

    def start(self) -> None:
        """Start it again, and return when it accepts connections."""
        raise NotOurPostgres

    def restart_immediately(self) -> None:
        """Crash it and start it again; it recovers what was committed."""
        self.stop_immediately()
        self.start()


class Cluster(Postgres):
    """One of our own."""

    def __init__(
        self, folder: Path, *, binaries: Path, settings: Mapping[str, str], whom: tuple[int, int] | None
    ) -> None:
        super().__init__(dsn=f"host={folder} port={PORT} user={USER} dbname=postgres")
        self._folder, self._binaries, self._whom = folder, binaries, whom
        self._settings = {**settings, "unix_socket_directories": str(folder), "port": str(PORT)}
        self._server: subprocess.Popen[bytes] | None = None
        self._guard = self._run(["/bin/sh", "-c", GUARD, str(folder)], stdin=subprocess.PIPE)

    @property
    def folder(self) -> Path:
        """See `Postgres`."""
        return self._folder

    def make(self) -> None:
        """Make the files of it."""
        command = [self._binaries / "initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8"]
        if self._run([*map(str, command), "--no-sync", "--no-locale"]).wait(LONGEST):
            raise PostgresBroken(what="initdb failed", said=self._said())

    def start(self) -> None:
        """See `Postgres`."""
        # A crash leaves it behind, and it would tell of the one before.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._server = self._run([str(self._binaries / "postgres"), "-D", str(self._data), *options])
        end = time.monotonic() + LONGEST
        while not self._is_ready():
            if self._server.poll() is not None or time.monotonic() > end:
                self.stop_immediately()
                raise PostgresBroken(what="PostgreSQL did not start", said=self._said())
            time.sleep(0.005)

    def stop_immediately(self) -> None:
        """See `Postgres`."""
        server, self._server = self._server, None
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(LONGEST)

    def remove(self) -> None:
        """End it and remove all of it."""
        self.stop_immediately()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._guard.communicate(b"removed\n", timeout=LONGEST)

    def _run(self, command: list[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        # Nothing of PGDATA, PGPORT and the like may come in.
        user, group = self._whom or (None, None)
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - programs that we found ourselves
                command,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**kept, "LC_ALL": "C"},
                start_new_session=True,  # a Ctrl-C is for the tests
                user=user,
                group=group,
                extra_groups=None if user is None else (),
            )

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 - by pidfile.h

    def _said(self) -> str:
        return (self._folder / "log").read_text("utf-8", "replace")[-2_000:]

    @property
    def _data(self) -> Path:
        return self._folder / "data"
