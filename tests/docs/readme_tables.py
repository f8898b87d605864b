"""Put into the README what files say: a part of the comparison, and figures of the recorded run.

``python -m tests.docs.readme_tables`` writes both anew; a test holds that they are up to date.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from stress.bench._page import figure, ratio, reach

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
COMPARISON: Final = ROOT / "docs" / "comparison.md"
RUN: Final = ROOT / "docs" / "benchmarks.json"

PEERS: Final = ("trio_smith", "Erlang/OTP, Elixir", "tractor", "Akka, Pekko", "Ray", "Pykka")
FACTS: Final = (
    "An actor is",
    "Lifetime bound to a lexical block",
    "Restart strategies (one-for-one, -all, rest)",
    "Cancels a handler while it runs",
    "Bounded mailbox whose senders wait",
    "Virtual clock for tests",
    "Distribution over machines",
    "State that survives the process",
)
ROWS: Final = (
    "tell-nowait",
    "ask",
    "ask-64",
    "memory",
    "stop-actor",
    "start-actor",
    "restart-actor-1",
)
"""What programs do most, and what costs most; met or missed."""


def readme(text: str) -> str:
    """Return *text* with both tables as the files have them now."""
    for name, table in (("comparison", comparison()), ("figures", figures())):
        pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
        text, number = re.subn(pattern, lambda found, t=table: found[1] + t + found[2], text, flags=re.DOTALL)
        assert number == 1, f"the README has no place for the {name}"
    return text


def comparison() -> str:
    """Return some rows of the table of the comparison, without its links."""
    rows = {cells[0]: cells[1:] for cells in _cells(COMPARISON.read_text("utf-8"))}
    lines = [_line(["", *PEERS]), "|---" * (len(PEERS) + 1) + "|"]
    assert tuple(map(_plain, rows[""])) == PEERS
    lines += [_line([fact, *map(_plain, rows[fact])]) for fact in FACTS]
    return "".join(f"{line}\n" for line in lines)


def figures() -> str:
    """Return some rows of the recorded run."""
    run: dict[str, Any] = json.loads(RUN.read_text("utf-8"))
    rows = {row["name"]: row for row in run["rows"]}
    lines = [_line(["what / beside what", "ours", "beside", "ratio", "to reach"]), "|---|---|---|---|---|"]
    for name in ROWS:
        row = rows[name]
        sides = (figure(row[side], row["unit"]) for side in ("ours", "reference"))
        lines.append(_line([row["title"], *sides, ratio(row), reach(row)]))
    versions = run["versions"]
    where = f"{run['date']}, {versions['processor']}, Python {versions['python']}, Trio {versions['trio']}"
    return "".join(f"{line}\n" for line in [*lines, "", f"Recorded on {where}."])


def _cells(text: str) -> list[list[str]]:
    lines = (line for line in text.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _plain(cell: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
