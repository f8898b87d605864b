"""Where a store finds a throw-away PostgreSQL."""

from trio_smith.testing.postgres import Postgres


def url_of(postgres: Postgres) -> str:
    """Return the URL of its database."""
    return f"postgresql://smith@/postgres?host={postgres.folder}"
