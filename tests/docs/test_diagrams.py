"""The diagrams are drawn from the code; these tests notice when the code has moved on."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

DIAGRAMS: Final = Path(__file__).parents[2] / "docs" / "diagrams"


def load(name: str) -> ModuleType:
    """Import a file that is no part of any package."""
    spec = importlib.util.spec_from_file_location(name, DIAGRAMS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the program that draws; nothing of it stays on the path."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return load("draw")


def test_every_diagram_shows_what_the_code_does(draw: ModuleType) -> None:
    """If this fails: python docs/diagrams/draw.py, and read again what the pages say about the picture."""
    stale = [name for name, make in draw.DIAGRAMS.items() if (DIAGRAMS / name).read_text("utf-8") != make()]
    assert stale == []


def test_every_diagram_is_there_and_no_other(draw: ModuleType) -> None:
    """One that nobody draws any more would stay as it was for ever."""
    assert {path.name for path in DIAGRAMS.glob("*.svg")} == set(draw.DIAGRAMS)


def test_a_change_that_the_lifecycle_does_not_show_is_noticed(
    draw: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture claims to hold every change; so it refuses to be drawn without one."""
    changes = dict(draw.CHANGES)
    del changes[draw.RUNNING, draw.STOPPING]
    monkeypatch.setattr(draw, "CHANGES", changes)
    with pytest.raises(SystemExit, match="RUNNING"):
        draw.lifecycle()
