"""Keep things durably: one set of promises, in memory, in SQLite and in PostgreSQL."""
