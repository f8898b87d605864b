"""``{all-help}``: the help of ``trio-smith`` and of each of its commands, taken when the pages are built."""

import os
import re
import subprocess
import sys

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

COMMANDS = re.compile(r"^commands:\n(?P<listed>(?:.+\n)+)", re.MULTILINE)
COMMAND = re.compile(r"^    (?P<word>[a-z][a-z-]*)(?=  |$)", re.MULTILINE)


class AllHelp(SphinxDirective):
    """See the module."""

    def run(self) -> list[nodes.Node]:
        """Return the help of the whole, and a section for each command that it lists."""
        whole = self.help_of()
        listed = COMMANDS.search(whole)
        words = [found["word"] for found in COMMAND.finditer(listed["listed"])] if listed is not None else []
        if not words:
            raise self.error("trio-smith --help lists no commands")
        parts = [fenced(whole), *(f"## trio-smith {word}\n\n{fenced(self.help_of(word))}" for word in words)]
        return self.parse_text_to_nodes("\n".join(parts), allow_section_headings=True)

    def help_of(self, *words: str) -> str:
        """Return what ``trio-smith WORDS --help`` prints."""
        ran = subprocess.run(
            [sys.executable, "-m", "trio_smith", *words, "--help"],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        )
        if ran.returncode != 0:
            raise self.error(f"trio-smith {' '.join(words)} --help failed: {ran.stderr}")
        return ran.stdout


def fenced(text: str) -> str:
    """Return *text* as a block of Markdown."""
    return f"````text\n{text}````\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("all-help", AllHelp)
    return {"parallel_read_safe": True}
