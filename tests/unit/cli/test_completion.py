"""Scripts that let shells complete our commands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from trio_smith.cli import main

ASK = """
source /dev/stdin
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_shtab_trio_smith
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("ru",), {"run"}),
        (("co",), {"config", "completion"}),
        (("config", ""), {"show", "check"}),
        (("run", "--log-"), {"--log-format", "--log-level"}),
        (("completion", "z"), {"zsh"}),
        (("migrate", ""), {"status", "plan", "up", "down", "verify"}),
        (("migrate", "up", "--d"), {"--dry-run"}),
    ],
)
def test_bash_completes(
    words: tuple[str, ...], offered: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands, commands below commands, options, choices: asked of a real bash."""
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", ASK, "bash", "trio-smith", *words],
        input=script,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert offered <= set(done.stdout.split()), done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With our commands in it, and files where files are wanted."""
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "trio-smith" in out
    assert all(command in out for command in ("run", "tree", "config", "migrate", "doctor", "demo"))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_command_is_described_by_its_line_of_the_help(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by the first line of a paragraph, which ends in the midst of a sentence."""
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "run the tree that a settings file names" in out
    assert "say all that is wrong" in out
    assert "until it comes to its end or a signal" not in out


def test_a_missing_extra_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a line, without a traceback."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("Install it: pip install 'trio-smith[cli]'.\n")
