"""Put every public name on a page of the reference, and fail the build if one is missing.

```{names}
open_supervisor
Supervisor
```

shows the names in this order. ``{rest} supervision`` shows all names that `trio_smith` takes from its package
``supervision`` and that no ``{names}`` block on any page shows: new names appear by themselves. Both take
``:of: trio_smith.testing`` for the names of another module, and ``{rest}`` a ``:title:`` that
is left out where there are no names.
"""

import ast
import enum
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

DOCS = Path(__file__).parents[1]
ROOT = "trio_smith"
MODULES = (
    ROOT,
    "trio_smith.store",
    "trio_smith.store.postgres",
    "trio_smith.testing",
    "trio_smith.testing.postgres",
    "trio_smith.testing.strategies",
)
"""What a program may import from. Everything else is the inside of the house."""

LOG = logging.getLogger(__name__)


@cache
def names_of(module: str) -> dict[str, str]:
    """Return the public names of *module* in order, each with the package or file that it is taken from."""
    file = Path(str(importlib.import_module(module).__file__))
    return {
        alias.asname: (node.module or "").lstrip("_")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))  # some are imported within a try
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
        if alias.asname is not None
    }


@cache
def shown_by_hand() -> frozenset[str]:
    """Return the full names in all ``{names}`` blocks of all pages."""
    found: set[str] = set()
    for page in DOCS.rglob("*.md"):
        for block in re.finditer(
            r"^```\{names\}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
        ):
            of = re.search(r"^:of: *(\S+)", block[1], re.MULTILINE)
            lines = [line.strip() for line in block[1].splitlines()]
            found.update(f"{of[1] if of else ROOT}.{line}" for line in lines if line and line[0] != ":")
    return frozenset(found)


def entry(module: str, name: str) -> str:
    """Return the reST that documents one name."""
    thing = getattr(importlib.import_module(module), name)
    full = f"{module}.{name}"
    if not isinstance(thing, type):
        return f".. autofunction:: {full}\n" if callable(thing) else constant(full, name)
    if issubclass(thing, BaseException):
        return f".. autoexception:: {full}\n   :show-inheritance:\n   :members:\n"
    options = ["   :members:"]
    if issubclass(thing, enum.Enum):
        options.append("   :undoc-members:")
    if any(base.__name__.endswith("Handle") for base in thing.__mro__[1:]):
        options.append("   :inherited-members:")
    return "\n".join([f".. autoclass:: {full}", *options]) + "\n"


def constant(full: str, name: str) -> str:
    """Return the reST of a value or an alias, whose docstring stands below it in the file that makes it."""
    for module in private_modules():
        analyzer = ModuleAnalyzer.for_module(module)
        analyzer.analyze()
        if ("", name) in analyzer.attr_docs:
            text = "\n".join(f"   {line}" for line in analyzer.attr_docs["", name])
            return f".. py:data:: {name}\n   :module: {full.rpartition('.')[0]}\n\n{text}\n"
    LOG.warning("%s has no docstring below it", full, type="public_names")
    return ""


@cache
def private_modules() -> tuple[str, ...]:
    """Return the names of all modules in the package."""
    package = importlib.import_module(ROOT)
    inside = pkgutil.walk_packages(package.__path__, f"{ROOT}.")
    return tuple(one.name for one in inside if not one.name.endswith("__main__"))


class Names(SphinxDirective):
    """See the module."""

    has_content = True
    option_spec = {"of": directives.unchanged}  # noqa: RUF012 - as docutils wants it

    def run(self) -> list[nodes.Node]:
        """Return the entries."""
        module = self.options.get("of", ROOT)
        return self.entries(module, [line.strip() for line in self.content if line.strip()])

    def entries(self, module: str, names: list[str], title: str | None = None) -> list[nodes.Node]:
        """Return the entries of *names* in *module*, below *title*; nothing where there are none."""
        if not names:
            return []
        known = names_of(module)
        for name in names:
            if name not in known:
                raise self.error(f"{module} has no public name {name!r}")
        # Autodoc speaks reST, also on a page that is Markdown.
        rest = "\n".join([f".. py:currentmodule:: {module}\n", *(entry(module, name) for name in names)])
        text = f"```{{eval-rst}}\n{rest}\n```"
        if title is not None:
            text = f"## {title}\n\n{text}"
        return self.parse_text_to_nodes(text, allow_section_headings=title is not None)


class Rest(Names):
    """See the module."""

    has_content = False
    required_arguments = 1
    optional_arguments = 20
    option_spec = {"of": directives.unchanged, "title": directives.unchanged}  # noqa: RUF012 - the same

    def run(self) -> list[nodes.Node]:
        """Return the entries."""
        module = self.options.get("of", ROOT)
        names = [
            name
            for name, origin in names_of(module).items()
            if ("*" in self.arguments or origin in self.arguments)
            and f"{module}.{name}" not in shown_by_hand()
        ]
        return self.entries(module, sorted(names, key=_kind_and_name(module)), self.options.get("title"))


def _kind_and_name(module: str):  # noqa: ANN202 - a key
    things = importlib.import_module(module)

    def key(name: str) -> tuple[int, str]:
        thing = getattr(things, name)
        kind = 3 if inspect.isclass(thing) and issubclass(thing, BaseException) else 1
        return kind if inspect.isclass(thing) else 0, name.lower()

    return key


def missing(env: BuildEnvironment) -> Iterator[str]:
    """Yield the public names that no page shows."""
    shown = {name for name, *_ in env.get_domain("py").get_objects()}
    for module in MODULES:
        yield from (f"{module}.{name}" for name in names_of(module) if f"{module}.{name}" not in shown)


def check(_app: Sphinx, env: BuildEnvironment) -> None:
    """Complain of what is missing; the build takes a warning for an error."""
    for name in missing(env):
        origin = names_of(name.rpartition(".")[0])[name.rpartition(".")[2]]
        LOG.warning(
            "%s is on no page: add it to a {names} block in docs/reference, or its package to a {rest} (%s)",
            name,
            origin,
            type="public_names",
        )


def read_attributes(_app: Sphinx) -> None:
    """Let autodoc find the docstrings of attributes.

    A public class says that it lives in `trio_smith`; what is written below its attributes stands in the
    private file that it really lives in.
    """
    public = ModuleAnalyzer.for_module(ROOT)
    public.analyze()
    for number, module in enumerate(private_modules()):
        private = ModuleAnalyzer.for_module(module)
        private.analyze()
        public.attr_docs.update({key: doc for key, doc in private.attr_docs.items() if key[0]})
        public.annotations.update({key: text for key, text in private.annotations.items() if key[0]})
        public.tagorder.update({name: number * 10_000 + at for name, at in private.tagorder.items()})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all this."""
    app.add_directive("names", Names)
    app.add_directive("rest", Rest)
    app.connect("builder-inited", read_attributes)
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True}
