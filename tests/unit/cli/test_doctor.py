"""The doctor: each finding says how to mend it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from trio_smith.cli import _checks, main
from trio_smith.cli._checks import (
    Finding,
    State,
    check_clock,
    check_extra,
    check_files,
    check_folder,
    check_python,
    check_run_dir,
    check_terminal,
    check_trio,
)


class Terminal(io.StringIO):
    """Claims to be one."""

    encoding = "ascii"  # type: ignore[assignment]

    def isatty(self) -> bool:
        """Claim it."""
        return True


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (check_python((3, 11, 7), "CPython", "Linux"), State.OK),
        (check_python((3, 10, 1), "CPython", "Linux"), State.FAIL),
        (check_python((3, 14, 0), "CPython", "Linux"), State.WARN),
        (check_python((3, 12, 0), "PyPy", "Linux"), State.WARN),
        (check_python((3, 12, 0), "CPython", "Windows"), State.WARN),
        (check_trio("0.31.0"), State.OK),
        (check_trio("0.30.9"), State.FAIL),
        (check_trio("1.0"), State.OK),
        (check_trio(None), State.FAIL),
        (check_clock(1e-9, 1.8e9), State.OK),
        (check_clock(0.016, 1.8e9), State.WARN),
        (check_clock(1e-9, 0.0), State.WARN),
        (check_files(65_536, 65_536), State.OK),
        (check_files(-1, -1), State.OK),
        (check_files(256, 4096), State.WARN),
        (check_files(256, 256), State.WARN),
        (check_folder("x", Path("/gone")), State.FAIL),
        (check_run_dir(Path("/gone/away")), State.WARN),
        (check_run_dir(Path("/")), State.WARN),
        (check_terminal(None), State.OK),
        (check_terminal(io.StringIO()), State.OK),
        (check_terminal(Terminal()), State.WARN),
        (check_extra("cli", "no-such-package", "completion"), State.OK),
    ],
    ids=str,
)
def test_a_check_finds_what_is_so(finding: Finding, state: State) -> None:
    """And what is not well says how to mend it, in a sentence."""
    assert finding.state is state
    assert (finding.fix == "") == (state is State.OK)
    assert finding.fix == "" or finding.fix.endswith(".")
    assert str(finding).startswith(state.value)
    assert "\n" not in str(finding)


def test_a_healthy_machine_is_told_to_be_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each check, and the sums; exit code 0."""
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("0 fail")
    assert check_folder("x", tmp_path).state is State.OK
    assert list(tmp_path.iterdir()) == []


def test_bad_settings_are_findings_and_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    file = tmp_path / "app.toml"
    file.write_text("[shutdown]\ndrain = 1\n", "utf-8")
    assert main(["doctor", str(file)]) == 1
    out = capsys.readouterr().out
    assert f"fail  settings: {file}, line 2: shutdown.drain: 1 has no unit. Write" in out
    assert f"fail  settings: {file}: app.tree: it is missing" in out


def test_settings_that_everybody_may_write_are_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They name code that is run."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "examined.py").write_text("import trio_smith\ntree = trio_smith.SupervisorSpec()\n", "utf-8")
    file = tmp_path / "app.toml"
    file.write_text('[app]\ntree = "examined:tree"\n', "utf-8")
    file.chmod(0o666)
    assert main(["doctor", str(file)]) == 0
    assert f"warn  settings: {file} may be written by everybody" in capsys.readouterr().out
    file.chmod(0o600)
    main(["doctor", str(file)])
    assert f"ok    settings: {file} is good" in capsys.readouterr().out
    assert _checks.version_of("trio") is not None
