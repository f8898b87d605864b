"""What a folder of scripts is, and is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from trio_smith.store import BadMigration
from trio_smith.store.migrations import _folder as folder_module
from trio_smith.store.migrations._folder import own_migrations, read_folder
from trio_smith.store.migrations._migration import checked_owner, migrations_of
from trio_smith.store.migrations._script import Database

S = b"SELECT 1;"
BOTH = {"0001_a.up.sql": S, "0001_a.down.sql": S, "0002_b_2.up.sql": b"SELECT 2;"}


def test_scripts_become_migrations_in_order() -> None:
    """A down script may be missing; what is no SQL is not looked at."""
    first, second = migrations_of({**BOTH, "README.md": b"\xff"}, database=Database.SQLITE)
    assert (first.number, first.name, str(first)) == (1, "a", "0001_a")
    assert first.checksum == hashlib.sha256(S).hexdigest()
    assert first.down is not None
    assert str(second) == "0002_b_2"
    assert second.down is None
    assert migrations_of({}, database=Database.SQLITE) == ()


def test_a_checkout_with_other_line_ends_is_the_same_migration() -> None:
    """And an editor's mark of the encoding changes nothing either."""
    one, *_ = migrations_of({"0001_a.up.sql": b"SELECT\n1;\n"}, database=Database.SQLITE)
    other, *_ = migrations_of({"0001_a.up.sql": b"\xef\xbb\xbfSELECT\r\n1;\r\n"}, database=Database.SQLITE)
    assert one == other


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"1_a.up.sql": S}, "'1_a.up.sql'"),
        ({"0001_a.sql": S}, "number, name, and up or down"),
        ({"0001_A.up.sql": S}, "'0001_A.up.sql'"),
        ({"0001-a.up.sql": S}, "'0001-a.up.sql'"),
        ({"0000_a.up.sql": S}, "migration 0000: they begin with 0001"),
        ({"0002_a.up.sql": S}, "migration 0001: there is none, but a later one"),
        ({**BOTH, "0004_d.up.sql": S}, "migration 0003: there is none"),
        ({**BOTH, "0002_c.up.sql": S}, "migration 0002: b_2 and c have the same number"),
        ({"0001_a.down.sql": S}, "0001_a.down.sql: it has no up script beside it"),
        ({"0001_a.up.sql": b""}, "0001_a.up.sql: there is no statement in it"),
        ({**BOTH, "0002_b_2.down.sql": b"-- later"}, "0002_b_2.down.sql: there is no statement in it"),
        ({"0001_a.up.sql": b"SELECT '\xff';"}, "0001_a.up.sql: it is no UTF-8"),
        ({"0001_a.up.sql": b"SELECT '\0';"}, "0001_a.up.sql: it holds a NUL"),
        ({"0001_a.up.sql": b"\nCOMMIT;"}, "0001_a.up.sql, line 2: COMMIT would leave"),
    ],
)
def test_what_is_wrong_is_said_by_its_name(files: dict[str, bytes], says: str) -> None:
    """Before the database is asked."""
    with pytest.raises(BadMigration) as caught:
        migrations_of(files, database=Database.SQLITE)
    assert says in str(caught.value)


def test_a_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the scripts in it, of a bounded size; and a folder that cannot be read is an error of ours."""
    for name, content in BOTH.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "0003_folder.up.sql").mkdir()
    assert [str(one) for one in read_folder(tmp_path, database=Database.SQLITE)] == ["0001_a", "0002_b_2"]
    with pytest.raises(BadMigration, match="No such file"):
        read_folder(tmp_path / "nothing", database=Database.SQLITE)
    with pytest.raises(BadMigration, match="null"):
        read_folder("a\0b", database=Database.SQLITE)
    monkeypatch.setattr(folder_module, "LARGEST_SCRIPT", 3)
    with pytest.raises(BadMigration, match="9 bytes are more than 3"):
        read_folder(tmp_path, database=Database.SQLITE)


@pytest.mark.parametrize("database", Database)
def test_the_package_carries_its_own(database: Database) -> None:
    """Each with a way down."""
    own = own_migrations(database)
    assert [str(one) for one in own][:1] == ["0001_store"]
    assert all(one.down for one in own)


@pytest.mark.parametrize("owner", ["", "A", "1a", "a b", "a" * 64, "ä", "a\n"])
def test_an_owner_has_a_plain_name(owner: str) -> None:
    """It stands in lists, in errors and in the history."""
    with pytest.raises(BadMigration, match="as an owner"):
        checked_owner(owner)
    assert checked_owner("a-b_2") == "a-b_2"
