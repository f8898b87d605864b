"""``{all-examples}``: every file of the examples with what it says of itself, in the order of the README."""

import ast
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

REPOSITORY = Path(__file__).parents[2]
LISTED = re.compile(r"\(examples/(?P<name>\w+)\.py\)")


class AllExamples(SphinxDirective):
    """See the module."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each example."""
        readme = REPOSITORY / "README.md"
        names = dict.fromkeys(found["name"] for found in LISTED.finditer(readme.read_text("utf-8")))
        text = "\n".join(self.section(name) for name in names)
        self.env.note_dependency(str(readme))
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def section(self, name: str) -> str:
        """Return the Markdown of one example."""
        path = REPOSITORY / "examples" / f"{name}.py"
        self.env.note_dependency(str(path))
        source = path.read_text("utf-8")
        said = ast.get_docstring(ast.parse(source)) or ""
        program = source.split('"""', 2)[2].lstrip("\n")
        said = said.replace("``", "`").replace("Try breaking it:", "**Try breaking it:**")
        return f"({name.replace('_', '-')})=\n## {name}\n\n{said}\n\n````python\n{program}````\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("all-examples", AllExamples)
    return {"parallel_read_safe": True}
