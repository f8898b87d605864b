"""``{error-tree}``: the errors of the library as a tree, each with the first line of its docstring."""

import importlib
import inspect

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .public_names import MODULES, names_of


def public_errors() -> set[type[BaseException]]:
    """Return all public exception classes."""
    found = [
        getattr(importlib.import_module(module), name) for module in MODULES for name in names_of(module)
    ]
    return {one for one in found if inspect.isclass(one) and issubclass(one, BaseException)}


def branch(error: type[BaseException], among: set[type[BaseException]], depth: int = 0) -> list[str]:
    """Return the lines of a Markdown list: *error* and all below it."""
    module = next(module for module in MODULES if error.__name__ in names_of(module))
    what = (inspect.getdoc(error) or "").split("\n\n", 1)[0].replace("\n", " ").replace("``", "`")
    lines = [f"{'  ' * depth}- {{py:exc}}`{module}.{error.__name__} <{module}.{error.__name__}>`: {what}"]
    lines[0] = lines[0].replace(f"`{module}.{error.__name__} <", f"`{error.__name__} <")
    for below in sorted(among, key=lambda one: one.__name__):
        if error in below.__bases__:
            lines += branch(below, among, depth + 1)
    return lines


class ErrorTree(SphinxDirective):
    """See the module."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        errors = public_errors()
        roots = [one for one in errors if not errors.intersection(one.__bases__)]
        # The root of nearly all first; what stands beside it (Ignore, Shutdown) behind.
        roots.sort(key=lambda one: (one.__name__ != "SmithError", one.__name__))
        return self.parse_text_to_nodes("\n".join(line for root in roots for line in branch(root, errors)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("error-tree", ErrorTree)
    return {"parallel_read_safe": True}
