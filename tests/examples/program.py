"""Run a program as its reader would: in a process of its own, with nothing of this one's."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "examples"

WITHIN: Final = 50.0
"""Seconds that a program may take: more is a program that hangs."""

PYTHON: Final = (sys.executable, "-W", "error")
"""A warning is an error here too; also what an unclosed socket says of itself when it is collected."""

ENVIRONMENT: Final = {**os.environ, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def assert_runs(*program: str | Path, cwd: Path = ROOT) -> str:
    """Return what *program*, the arguments of a Python, prints; it must succeed and complain of nothing."""
    ran = subprocess.run(
        [*PYTHON, *program],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=WITHIN,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout
