"""``{help-of} demo``: what ``trio-smith demo --help`` prints, taken when the pages are built."""

import os
import subprocess
import sys

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class HelpOf(SphinxDirective):
    """See the module; without an argument the help of ``trio-smith`` itself."""

    optional_arguments = 3

    def run(self) -> list[nodes.Node]:
        """Return the command and its output as one block."""
        words = [*self.arguments, "--help"]
        ran = subprocess.run(
            [sys.executable, "-m", "trio_smith", *words],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        )
        if ran.returncode != 0:
            raise self.error(f"trio-smith {' '.join(words)} failed: {ran.stderr}")
        text = f"$ trio-smith {' '.join(words)}\n{ran.stdout}"
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("help-of", HelpOf)
    return {"parallel_read_safe": True}
