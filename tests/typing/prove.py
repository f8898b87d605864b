"""Prove that both checkers refuse exactly the marked lines: ``python tests/typing/prove.py``.

The marks are taken away, in a copy; then each checker has to report an error on every line that had one, and
on no other line.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = re.compile(r"\s+# type: ignore\[.*")
OTHERS = {"test_marks.py", "prove.py"}

Lines = dict[str, set[int]]


def copy_without_marks(folder: Path) -> Lines:
    """Write the files to *folder* without their marks; return which lines had one."""
    marked: Lines = {}
    for path in sorted(HERE.glob("*.py")):
        if path.name in OTHERS:
            continue
        lines = path.read_text("utf-8").splitlines()
        marked[path.name] = {number for number, line in enumerate(lines, 1) if MARK.search(line)}
        (folder / path.name).write_text("\n".join(MARK.sub("", line) for line in lines) + "\n", "utf-8")
    return marked


def run(*command: str) -> str:
    """Run a checker and return what it says."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


def refused_by_mypy(folder: Path) -> Lines:
    """Return the lines on which mypy reports an error."""
    found: Lines = defaultdict(set)
    said = run("mypy", "--config-file", str(ROOT / "pyproject.toml"), "--no-pretty", str(folder))
    for name, number in re.findall(r"^(.*?):(\d+): error:", said, re.MULTILINE):
        found[Path(name).name].add(int(number))
    return found


def refused_by_pyright(folder: Path) -> Lines:
    """Return the lines on which pyright reports an error."""
    settings = folder / "pyrightconfig.json"
    settings.write_text(json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}), "utf-8")
    said = run("pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(settings))
    found: Lines = defaultdict(set)
    for one in json.loads(said)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).name].add(one["range"]["start"]["line"] + 1)
    return found


def main() -> int:
    """Compare; return how many lines are not as they should be."""
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marked = copy_without_marks(folder)
        for checker, refused in (("mypy", refused_by_mypy(folder)), ("pyright", refused_by_pyright(folder))):
            for file, lines in marked.items():
                for number in sorted(lines ^ refused[file]):
                    wrong += 1
                    what = "accepts" if number in lines else "refuses"
                    sys.stderr.write(f"{checker} {what} tests/typing/{file}:{number}\n")
    total = sum(map(len, marked.values()))
    sys.stderr.write(f"{total} lines that both checkers must refuse; {wrong} not as they should be\n")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
