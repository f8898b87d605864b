"""What can go wrong while PostgreSQL commits, and when it does not answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trio

from tests.unit.store.migrations.stage import ask, schema, write
from trio_smith.store import OutcomeUnknown, StoreFailed, migrate
from trio_smith.store.migrations import _postgres as postgres_module

AT_COMMIT = """
CREATE TABLE planets (name text);
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM {deed}; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON planets DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION late();
INSERT INTO planets VALUES ('Mars');
"""


def with_deed(folder: Path, deed: str) -> Path:
    """Return a folder with a script that does *deed* during its commit."""
    return write(folder / "scripts", {"0001_a.up.sql": AT_COMMIT.format(deed=deed)})


async def test_a_commit_that_is_refused_is_undone(postgres: str, tmp_path: Path) -> None:
    """By a constraint that is looked at in the end."""
    with pytest.raises(StoreFailed, match="division by zero"):
        await migrate(postgres, folder=with_deed(tmp_path, "1 / 0"))
    assert schema(postgres) == {}


async def test_a_connection_lost_during_the_commit_leaves_it_unknown(postgres: str, tmp_path: Path) -> None:
    """Nobody here can tell; the next run sees it."""
    with pytest.raises(OutcomeUnknown, match="terminat"):
        await migrate(postgres, folder=with_deed(tmp_path, "pg_terminate_backend(pg_backend_pid())"))


async def test_a_commit_that_takes_long_is_interrupted(postgres: str, tmp_path: Path) -> None:
    """Then it is undone."""
    with trio.move_on_after(0.3) as scope:
        await migrate(postgres, folder=with_deed(tmp_path, "pg_sleep(60)"))
    assert scope.cancelled_caught
    assert schema(postgres) == {}


async def test_a_server_that_does_not_heed_a_cancellation_is_left(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the grace the connection is cut, so that a cancellation ends; the server undoes what it began."""
    monkeypatch.setattr(postgres_module, "GRACE", 0.0)
    started = time.monotonic()
    with trio.move_on_after(0.3) as scope:
        await migrate(postgres, folder=write(tmp_path / "s", {"0001_a.up.sql": "SELECT pg_sleep(60);"}))
    assert scope.cancelled_caught
    assert time.monotonic() - started < 4
    ask(
        postgres,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'"
        " AND pid <> pg_backend_pid()",
    )
    assert schema(postgres) == {}
