"""The application that settings name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import trio_smith as smith
from trio_smith.runtime import build_spec

MODULE = """
import trio_smith as smith
made = []

def tree(settings):
    made.append(settings)
    return smith.SupervisorSpec(name="own")

class NotATree:
    pass
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a settings file with a module beside it."""
    (tmp_path / "named.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "named", raising=False)
    path = tmp_path / "app.toml"
    path.write_text('[app]\ntree = "named:tree"\n', "utf-8")
    return path


async def test_a_runtime_runs_the_tree_that_its_settings_name(file: Path) -> None:
    """A name of its own stays."""
    settings = smith.load_settings(file, environment={})
    assert "named" not in sys.modules, "to read settings imports nothing"
    async with smith.open_runtime(settings, configure_logging=False) as runtime:
        assert runtime.supervisor.name == "own"
        runtime.stop()
    assert sys.modules["named"].made == [settings]


@pytest.mark.parametrize(
    ("name", "why"),
    [(None, "it is missing, so there is nothing to run"), ("named:NotATree", "named:NotATree is <class")],
)
def test_a_tree_that_is_not_there_is_refused_by_the_call(file: Path, name: str | None, why: str) -> None:
    """Before anything is entered; with where it was written."""
    file.write_text("" if name is None else f'[app]\ntree = "{name}"\n', "utf-8")
    with pytest.raises(smith.BadSettings, match=why) as caught:
        smith.open_runtime(smith.load_settings(file, environment={}))
    assert str(file) in str(caught.value)


def test_settings_from_nowhere_name_no_tree() -> None:
    """A program gives its own."""
    with pytest.raises(smith.BadSettings, match="nothing to run"):
        smith.open_runtime()


async def coroutine() -> smith.SupervisorSpec:
    """Return a tree, too late."""
    return smith.SupervisorSpec()


def test_what_a_program_gives_is_looked_at_too() -> None:
    """As what a file names."""
    settings = smith.load_settings(environment={}, overrides=["supervision.max_restarts=1"])
    for tree, why in (
        (coroutine, "coroutine is an async function"),
        (lambda: 5, "returned 5"),
        (int, "returned 0"),
    ):
        with pytest.raises(smith.BadSettings, match=why):
            build_spec(tree, settings)  # type: ignore[arg-type]

    def wrong() -> smith.SupervisorSpec:
        raise smith.BadSettings(problems=())

    with pytest.raises(smith.BadSettings, match="0 problems"):
        build_spec(wrong, settings)
