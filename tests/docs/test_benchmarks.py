"""The page of benchmarks says what its run said."""

import json
from pathlib import Path
from typing import Final

from stress.bench import main

DOCS: Final = Path(__file__).parents[2] / "docs"


def test_the_page_is_made_from_the_run_beside_it(tmp_path: Path) -> None:
    """A figure that somebody has typed in is a figure that nobody has measured."""
    made = tmp_path / "page.md"
    assert main(["--read", "--json", str(DOCS / "benchmarks.json"), "--page", str(made)]) == 0
    assert made.read_text("utf-8") == (DOCS / "benchmarks.md").read_text("utf-8")


def test_the_page_names_the_machine_and_holds_every_row() -> None:
    """Figures without their machine are no figures."""
    run = json.loads((DOCS / "benchmarks.json").read_text("utf-8"))
    page = (DOCS / "benchmarks.md").read_text("utf-8")
    assert run["versions"]["processor"] in page
    assert run["versions"]["platform"] in page
    assert run["date"] in page
    assert [row["name"] for row in run["rows"] if row["title"] not in page] == []
    assert ("A quick run" in page) is run["quick"]
