"""Every way to be wrong: exit code 2, words that a person can act on, and nothing is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.unit.cli.bad_settings import CASES, Case
from trio_smith.cli import main

MODULES = {
    "application": """
import trio_smith as smith

async def never():
    raise AssertionError("it was started")

tree = smith.SupervisorSpec(children=(smith.child(never, name="never"),))
pool = smith.SupervisorSpec(strategy=smith.Strategy.DYNAMIC, template=smith.child(never))
number = 5

async def later():
    return tree

def raises():
    raise ValueError("no")

def returns():
    return number
""",
    "broken": "\n1 / 0\n",
    "exits": "import sys\nsys.exit(0)\n",
    "lacks": "import nowhere_to_be_found\n",
    "wrong": "def f(:\n",
    "badspec": "import trio_smith as smith\ntree = smith.SupervisorSpec(max_restarts=-1)\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with modules, which are forgotten afterwards."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in [name for name in os.environ if name.startswith("SMITH__")]:
        monkeypatch.delenv(name)

    def never(*_args: object) -> None:
        pytest.fail("something was started")

    monkeypatch.setattr(trio, "run", never)
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_settings_are_told_and_nothing_is_started(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same by `run` and by `config check`, which would otherwise promise too much."""
    case.make(folder / "app.toml")
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    for command in (["run"], ["config", "check"]):
        if command == ["config", "check"] and "--log-format" in case.arguments:
            continue  # an option of `run` alone
        assert main([*command, "app.toml", *case.arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        place = 0
        for part in case.told:
            assert part in err[place:], err
            place = err.index(part, place) + len(part)
        assert "Traceback" not in err
        assert err.replace("\n", "").isprintable()
        *lines, last = err.splitlines()
        assert last.endswith("nothing was started")
        assert lines
        assert all(line.startswith(f"trio-smith {' '.join(command)}: ") for line in lines)
        assert all(line.endswith((".", "?")) for line in lines), "each ends with how to mend it"
        assert all(len(line) < 500 for line in lines)


def test_there_are_as_many_as_promised() -> None:
    """40, each of another kind."""
    assert len({case.name for case in CASES}) == len(CASES) >= 40
