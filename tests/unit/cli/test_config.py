"""`trio-smith config`: what holds, and what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trio_smith.cli import main

APPLICATION = """
import attrs
import trio_smith as smith

@attrs.frozen(kw_only=True)
class Options:
    token: smith.Secret
    every: smith.Seconds = 5.0

def tree(settings):
    assert settings.options.token.reveal() == "hunter2"
    return smith.SupervisorSpec()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an application that has options of its own."""
    (tmp_path / "configured.py").write_text(APPLICATION, "utf-8")
    (tmp_path / "app.toml").write_text(
        '[app]\ntree = "configured:tree"\noptions = "configured:Options"\n[options]\nevery = "1s"\n', "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "configured", raising=False)
    return tmp_path


def test_every_value_is_shown_with_its_origin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The application's own too; a secret is masked."""
    monkeypatch.setenv("SMITH__OPTIONS__TOKEN", "hunter2")
    (folder / "app.local.toml").write_text('[shutdown]\ndrain = "1s"\n', "utf-8")
    assert main(["config", "show", "app.toml", "--origin", "--set", "logging.level=debug"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for line in (
        'tree = "configured:tree"  # app.toml, line 2',
        'drain = "1s"  # app.local.toml, line 2',
        'flush = "2s"  # default',
        'level = "debug"  # --set',
        'token = "***"  # environment, SMITH__OPTIONS__TOKEN',
        'every = "1s"  # app.toml, line 5',
        "# file is not set",
    ):
        assert line in out.splitlines()
    assert "hunter2" not in out


def test_without_a_file_the_defaults_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """With what the environment and the command line say."""
    assert main(["config", "show", "--set", "app.name=x"]) == 0
    out = capsys.readouterr().out
    assert 'name = "x"\n' in out
    assert "#" not in out.replace("# ", "", 8) or "default" not in out
    assert main(["config", "show", "--set", "app.nam=x"]) == 2
    assert "--set: app.nam: there is no such key. Did you mean name?" in capsys.readouterr().err


def test_good_settings_are_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tree is made, and not started."""
    monkeypatch.setenv("SMITH__OPTIONS__TOKEN", "hunter2")
    assert main(["config", "check", "app.toml"]) == 0
    assert capsys.readouterr().out == "the settings are good\n"
    monkeypatch.delenv("SMITH__OPTIONS__TOKEN")
    assert main(["config", "check", "app.toml"]) == 2
    assert "app.toml: options.token: it is missing" in capsys.readouterr().err
