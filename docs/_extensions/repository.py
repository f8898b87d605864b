"""Let one Markdown file be read in the repository and on the site: links to files become links to pages."""

import posixpath
import re

from sphinx.application import Sphinx

LINK = re.compile(r"(?<=\]\()(?P<path>(?:\.\./)+[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")

PAGES = {"CHANGELOG.md": "/changelog.md", "CONTRIBUTING.md": "/contributing.md", "README.md": "/index.md"}

DECISIONS = """

```{toctree}
:hidden:
:glob:

0*
```
"""


def on_the_site(docname: str, text: str) -> str:
    """Return *text*, the source of the page *docname*, with links that lead to pages."""
    folder = posixpath.dirname(f"docs/{docname}")

    def page(link: re.Match[str]) -> str:
        file = posixpath.normpath(posixpath.join(folder, link["path"]))
        if file == "README.md" and link["anchor"] == "#examples":
            return "/examples.md"
        if file in PAGES:
            return PAGES[file] + (link["anchor"] or "")
        if file == "examples":
            return "/examples.md"
        if file.startswith("examples/"):
            return f"/examples.md#{posixpath.basename(file).removesuffix('.py').replace('_', '-')}"
        return link[0]

    return LINK.sub(page, text)


def read(_app: Sphinx, docname: str, source: list[str]) -> None:
    """Change what Sphinx reads, before it reads it."""
    source[0] = on_the_site(docname, source[0])
    if docname == "decisions/README":
        source[0] += DECISIONS


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
