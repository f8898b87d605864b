"""Read what a schema consists of, and compare two of them: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from ..sql import Sql
from ._plan import MigrationStep, MigrationWay
from ._program import History, Program, run_script
from ._script import Database

Schema: TypeAlias = Mapping[str, str]
"""What there is, each by kind and name, and how it is defined."""

_SQLITE: Final = """
    SELECT type || ' ' || name, coalesce(sql, '') || ' ON ' || tbl_name FROM sqlite_master
    WHERE tbl_name <> 'smith_migrations' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"""

# Names that the search path finds are written without their schema, so that two schemas can be compared.
_POSTGRES: Final = """
    WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema()),
    relations AS (
        SELECT c.oid, c.relname, c.relkind, c.reloptions FROM pg_class c, here
        WHERE c.relnamespace = here.oid AND c.relname <> 'smith_migrations'
    )
    SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'table ' WHEN 'v' THEN 'view '
             WHEN 'm' THEN 'view ' ELSE 'sequence ' END || relname,
           concat_ws(' ', relkind, reloptions, CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
    SELECT 'column ' || r.relname || '.' || a.attname,
           concat_ws(' ', a.attnum - (SELECT count(*) FROM pg_attribute gone WHERE gone.attrelid = a.attrelid
                AND gone.attisdropped AND gone.attnum < a.attnum), format_type(a.atttypid, a.atttypmod),
                a.attnotnull, a.attidentity, a.attgenerated, k.collname, pg_get_expr(d.adbin, d.adrelid))
    FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation k ON k.oid = a.attcollation
    WHERE r.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL
    SELECT 'constraint ' || r.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
    FROM relations r JOIN pg_constraint k ON k.conrelid = r.oid
  UNION ALL
    SELECT 'index ' || i.relname, pg_get_indexdef(x.indexrelid, 0, true) || ' ON ' || r.relname
    FROM relations r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
  UNION ALL
    SELECT 'trigger ' || r.relname || '.' || t.tgname,
           concat_ws(' ', pg_get_triggerdef(t.oid, true), t.tgenabled)
    FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
  UNION ALL
    SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           concat_ws(' ', pg_get_function_result(p.oid), l.lanname, p.provolatile, p.prosecdef, p.proconfig,
                p.prosrc, pg_get_function_sqlbody(p.oid))
    FROM pg_proc p JOIN here ON p.pronamespace = here.oid JOIN pg_language l ON l.oid = p.prolang
  UNION ALL
    SELECT 'type ' || t.typname, concat_ws(' ', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod),
           (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e
            WHERE e.enumtypid = t.oid))
    FROM pg_type t JOIN here ON t.typnamespace = here.oid WHERE t.typtype IN ('d', 'e', 'r')"""

DUMP: Final = {Database.SQLITE: _SQLITE, Database.POSTGRES: _POSTGRES}


def dump(database: Database) -> Program[Schema]:
    """Return all that a database defines in its schema, without the history of migrations."""
    return dict((yield Sql(DUMP[database])).rows)


def dump_from_empty(before: Iterable[History], history: History, applied: int) -> Program[Schema]:
    """Run the first *applied* migrations of *history* where nothing is; return what they alone have made.

    The scripts of *before* are run first, all of them: a script may build upon what they make.
    """
    for one in before:
        for migration in one.known:
            yield from run_script(MigrationStep(way=MigrationWay.UP, migration=migration))
    without = yield from dump(history.database)
    for migration in history.known[:applied]:
        yield from run_script(MigrationStep(way=MigrationWay.UP, migration=migration))
    whole = yield from dump(history.database)
    return {name: text for name, text in whole.items() if without.get(name) != text}


def differences(live: Schema, wanted: Schema, *, prefix: str | None) -> tuple[str, ...]:
    """Return what *live* lacks of *wanted* or has otherwise.

    With a *prefix*, also what has a name that begins with it and is not wanted: of other names nobody can
    tell whose they are.
    """
    found = [f"{name} is missing" for name in wanted if name not in live]
    found += [f"{name} is another" for name, text in wanted.items() if live.get(name, text) != text]
    if prefix is not None:
        found += [
            f"{name} should not be there"
            for name in live
            if name not in wanted and name.partition(" ")[2].startswith(prefix)
        ]
    return tuple(sorted(found))
