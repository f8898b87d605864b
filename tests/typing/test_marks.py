"""The typed uses are what they claim: every mark is one that both checkers have to confirm.

mypy refuses a mark without an error (warn_unused_ignores), pyright does if the file says so. That the marked
lines really fail is proved by ``prove.py``, where the checkers are installed.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
USES = sorted(path for path in HERE.glob("*.py") if path.name not in {"test_marks.py", "prove.py"})
HEADER = "# pyright: strict, reportUnnecessaryTypeIgnoreComment=true"


@pytest.mark.parametrize("path", USES, ids=lambda path: path.stem)
def test_every_file_asks_pyright_to_refuse_marks_without_an_error(path: Path) -> None:
    """Otherwise only mypy would notice a line that stopped failing."""
    assert path.read_text("utf-8").splitlines()[0] == HEADER


@pytest.mark.parametrize("path", USES, ids=lambda path: path.stem)
def test_every_mark_is_for_both_checkers(path: Path) -> None:
    """A mark of pyright's own would say nothing of mypy; one without a code would hide any error."""
    for line in path.read_text("utf-8").splitlines()[1:]:
        assert "pyright:" not in line
        if "type: ignore" in line:
            assert re.search(r"  # type: ignore\[[a-z-]+(, [a-z-]+)*\]", line), line


def test_mypy_refuses_marks_without_an_error() -> None:
    """It is part of strict, and must not be switched off."""
    mypy = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    assert mypy["strict"] is True
    assert mypy.get("warn_unused_ignores", True) is True
    assert "tests/typing" in mypy["files"]


def test_there_is_something_to_refuse_for_every_promise() -> None:
    """Assertions alone would also hold if everything were Any."""
    marks = {path.stem: path.read_text("utf-8").count("# type: ignore[") for path in USES}
    assert {name for name, count in marks.items() if count >= 5} >= {
        "asking",
        "declaring",
        "handling",
        "starting",
    }
