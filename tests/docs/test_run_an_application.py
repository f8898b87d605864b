"""The page about running an application, followed to the letter in an empty folder."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from trio_smith.config import SECTIONS, ShutdownOptions
from trio_smith.options import options_of

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "run-an-application.md"
TEXT: Final = PAGE.read_text("utf-8")
PATIENCE: Final = 20.0


def first(language: str) -> str:
    """Return the first block of that language."""
    found = re.search(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def dialogues() -> list[tuple[str, str]]:
    """Return each command that is shown, and what is shown below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, said = part.partition("\n")
            found.append((line, said))
    return found


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start one of our commands there."""
    return subprocess.Popen(
        [sys.executable, "-m", "trio_smith", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the two files of the page."""
    (tmp_path / "feed.py").write_text(first("python"), "utf-8")
    (tmp_path / "app.toml").write_text(first("toml"), "utf-8")
    return tmp_path


@pytest.mark.parametrize(("line", "said"), [one for one in dialogues() if " run " not in one[0]])
def test_a_command_says_what_stands_below_it(line: str, said: str, folder: Path) -> None:
    """Word for word."""
    program, *arguments = shlex.split(line)
    assert program == "trio-smith"
    with start(folder, *arguments) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert out + err == said
    assert process.returncode == (2 if err else 0)


def test_the_application_runs_and_shows_its_tree(folder: Path) -> None:
    """As the page shows it, but for the time and the number of the process."""
    ready, *polls = dict(dialogues())["trio-smith run app.toml"].splitlines(keepends=True)
    shown = re.search(r"^```text\n(feed, process .*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert shown is not None
    with start(folder, "run", "app.toml", "--set", "app.run_dir=run") as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert [process.stdout.readline() for _ in polls] == polls
            said = process.stderr.readline()
            with start(folder, "tree", "--run-dir", "run") as asking:
                tree, _ = asking.communicate(timeout=PATIENCE)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert tree == shown[1].replace("4711", str(process.pid))
    assert said.split()[1:] == ready.replace("4711", str(process.pid)).split()[1:]


def test_the_defaults_add_up_to_what_the_page_says() -> None:
    """And every key that it names is one."""
    defaults = ShutdownOptions()
    assert f"add up to {defaults.drain + defaults.tree + defaults.flush:.0f} s" in TEXT
    known = {
        f"{section}.{option.name}" for section, owner in SECTIONS.items() for option in options_of(owner)
    }
    named = set(re.findall(r"`((?:app|supervision|shutdown|logging)\.\w+)`", TEXT)) - {"app.toml"}
    assert named
    assert named - known == set()
