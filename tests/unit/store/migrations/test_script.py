"""Where the statements of a script end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store import BadMigration
from trio_smith.store.migrations._script import Database, statements_of

SQLITE, POSTGRES = Database.SQLITE, Database.POSTGRES

TRIGGER = """CREATE TRIGGER t AFTER INSERT ON a
BEGIN
    UPDATE a SET b = CASE WHEN b THEN ';' END; -- END;
    DELETE FROM c;
END;"""
FUNCTION = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN; RETURN 1; END $x$;"
ATOMIC = """create or replace function f(a int) returns int
begin atomic
    select case when a > 1 then 1 end;
    select 2;
end;"""

BOTH = [
    "SELECT 1;",
    "SELECT ';', 'it''s; so', \";\" FROM \"a;b\";",
    "SELECT /* ; ' */ 1; ",
    "SELECT 1 -- it's; over\n;",
    "-- a comment; with 'an apostrophe\nSELECT 1;",
    "/* two;\nlines */ SELECT 1;",
]


@pytest.mark.parametrize(
    ("database", "statement"),
    [(database, text.strip()) for text in BOTH for database in Database]
    + [(SQLITE, TRIGGER), (SQLITE, TRIGGER.replace("TRIGGER", "TEMP TRIGGER"))]
    + [(SQLITE, "CREATE TABLE [a;b] (`c;d` text);")]
    + [(POSTGRES, FUNCTION), (POSTGRES, ATOMIC), (POSTGRES, "SELECT $$;$$, $a$ $b$; $$ $a$;")]
    + [(POSTGRES, r"SELECT E'it\'s; so', 'a\';"), (POSTGRES, "SELECT /* a /* ; */ ; */ 1;")]
    + [(POSTGRES, "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2);")]
    + [(POSTGRES, "SELECT a$b$c FROM d; "), (POSTGRES, 'CREATE TABLE "begin" (begin int, "end" int);')],
)
def test_a_statement_is_kept_together(database: Database, statement: str) -> None:
    """Whatever semicolons are in it; and what follows is another one."""
    found = statements_of(f"{statement}\n\n-- next\nSELECT 2; ;", database=database, name="s")
    assert len(found) == 2
    assert statement.strip().endswith(found[0].text)
    assert found[1].text == "SELECT 2;"
    assert found[1].line == statement.count("\n") + 4


@pytest.mark.parametrize("database", Database)
@pytest.mark.parametrize("script", ["", "\n  \n", "-- nothing; at all", "/* ; */", ";;\n;"])
def test_a_script_with_nothing_to_do_is_refused(database: Database, script: str) -> None:
    """It is a mistake: the work was forgotten, or a file saved too early."""
    with pytest.raises(BadMigration, match="there is no statement in it"):
        statements_of(script, database=database, name="0001_a.up.sql")


@pytest.mark.parametrize(
    ("database", "script", "line"),
    [(database, "SELECT 1;\nSELECT 2", 2) for database in Database]
    + [(database, "SELECT 1;\n\nSELECT 'it; \n\n;", 3) for database in Database]
    + [(database, "SELECT 1; /* never; closed", 1) for database in Database]
    + [(SQLITE, "\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", 2)]
    + [(POSTGRES, "SELECT $$ ; ", 1), (POSTGRES, 'SELECT "; ', 1), (POSTGRES, "/* /* */ SELECT 1;", 1)],
)
def test_what_has_no_end_is_refused(database: Database, script: str, line: int) -> None:
    """Half a script must not be run; the line is that where it begins."""
    with pytest.raises(BadMigration, match=rf"0001_a\.up\.sql, line {line}: the statement has no end"):
        statements_of(script, database=database, name="0001_a.up.sql")


@pytest.mark.parametrize(
    "statement",
    [
        *(
            "begin",
            "START TRANSACTION",
            "COMMIT",
            "END",
            "ROLLBACK TO x",
            "ABORT",
            "SAVEPOINT x",
            "RELEASE x",
        ),
        *("VACUUM", "ATTACH 'x' AS y", "DETACH y", "PREPARE TRANSACTION 'x'", "/* ; */ Commit", "--\ncommit"),
        "PRAGMA foreign_keys = OFF",
    ],
)
@pytest.mark.parametrize("database", Database)
def test_what_leaves_the_transaction_is_refused(database: Database, statement: str) -> None:
    """What came before it would stay although the rest fails."""
    with pytest.raises(BadMigration, match="transaction"):
        statements_of(f"SELECT 1;\n{statement};", database=database, name="s")


def test_pragmas_that_work_in_a_transaction_are_allowed() -> None:
    """They are undone with it."""
    script = "PRAGMA user_version = 3; PRAGMA defer_foreign_keys = ON;"
    assert len(statements_of(script, database=SQLITE, name="s")) == 2


WORDS = ["SELECT", "'a;b'", '"c;d"', "/* ; */", "-- ;\n", "(1)", "CASE", "END", "begin", "x", "\n", "ü"]


@given(
    st.sampled_from(Database),
    st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(lambda words: ["SELECT", *words]), min_size=1),
)
def test_nothing_is_lost_and_nothing_is_cut(database: Database, statements: list[list[str]]) -> None:
    """Whatever stands in statements that each end by a semicolon of their own."""
    texts = [" ".join(words) + " ;" for words in statements]
    script = "\n/* between; */ ".join(texts)
    found = statements_of(script, database=database, name="s")
    assert [one.text for one in found] == texts
    lines = script.splitlines(keepends=True)
    assert all("".join(lines[one.line - 1 :]).find(one.text) >= 0 for one in found)
