"""The page about migrations, followed to the letter in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from trio_smith.cli import main

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "migrate-a-database.md"
TEXT: Final = PAGE.read_text("utf-8")
DIALOGUES: Final = re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, with the scripts of the page, each as its first line names it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations").mkdir()
    for block in re.findall(r"^```sql\n(-- .*?)^```", TEXT, re.DOTALL | re.MULTILINE):
        (tmp_path / block.partition("\n")[0].removeprefix("-- ")).write_text(block, "utf-8")
    return tmp_path


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_a_command_says_what_stands_below_it(
    dialogue: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word, one after another."""
    assert len(list((folder / "migrations").iterdir())) == 3
    for part in re.split(r"^\$ ", dialogue, flags=re.MULTILINE)[1:]:
        line, _, said = part.partition("\n")
        program, *arguments = shlex.split(line)
        assert program == "trio-smith"
        assert main(arguments) == 0
        assert capsys.readouterr().out == said


def test_the_dialogues_are_found() -> None:
    """A search that finds nothing would let everything pass."""
    assert len(DIALOGUES) == 2
