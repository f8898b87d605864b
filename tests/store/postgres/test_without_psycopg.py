"""psycopg is asked for only by who uses PostgreSQL."""

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["psycopg"] = None  # as if it were not installed
import trio_smith.store
try:
    import trio_smith.store.postgres
except ImportError as error:
    print(type(error).__name__, error)
"""


def test_without_psycopg_the_import_says_what_to_install() -> None:
    """And everything else can be imported."""
    said = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True).stdout
    assert said.startswith("PsycopgMissing cannot use PostgreSQL")
    assert "pip install 'trio-smith[postgres]'" in said
