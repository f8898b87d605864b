"""Resolve the names in docstrings that Sphinx does not know: ours by another path, and those of others.

The pages of Trio and Python cannot be asked without a network, so a name of theirs is no link; but it must
exist: it is imported, and one that is misspelt fails the build like one of ours.
"""

import builtins
import importlib
import typing
from functools import cache

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .public_names import MODULES, ROOT, names_of, private_modules

INSIDE = {
    "Opening": "what open_supervisor returns is an async context manager, and no more is said of it",
    "SupervisorHandle": "its members are shown with Supervisor and Pool",
    "SupervisorPort": "what an actor sees of a Supervisor",
    "Accepts": "for type checkers: whatever takes a message, a Ref does",
    "Uniform": "a random.Random is one",
    "DeadLetterSink": "the port behind DeadLetters",
    "OnRequest": "the decorator that on returns",
    "OnTell": "the decorator that on returns",
    "Unlimited": "the type of UNLIMITED",
    "Point": "where a sweep strikes; it prints as its ``only=`` wants it",
    "Strike": "one blow of it",
    "Fate": "what became of a message for one subscription; Delivery counts them",
    "Rule": "the base of Exclusive, Needs and NotAbove",
    "Ask": "what a signal asks a Runtime for",
    "Notifier": "a part of a Runtime",
    "AppOptions": "a section of Settings; the page of settings lists its keys",
    "SupervisionOptions": "a section of Settings; the page of settings lists its keys",
    "ShutdownOptions": "a section of Settings; the page of settings lists its keys",
    "LoggingOptions": "a section of Settings; the page of settings lists its keys",
    "Duration": "how Seconds are written",
    "Level": "an option of logging; the page of settings has its values",
    "Format": "an option of logging; the page of settings has its values",
    "Stream": "an option of logging; the page of settings has its values",
    "Layer": "where an Origin lies",
    "Logging": "a part of a Runtime",
    "Committing": "what a port needs of its Store",
    "Driven": "what stands below TrioConnection",
}
"""Names of ours that may stand in a signature or a docstring without a page of their own, and why."""


@cache
def seen_from_inside() -> dict[str, object]:
    """Return every global name of every file of ours."""
    found: dict[str, object] = {}
    for name in private_modules():
        found.update(vars(importlib.import_module(name)))
    return found


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element
) -> nodes.Node | None:
    """Return what stands for a reference that Sphinx could not resolve; None if it leads nowhere."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    ours = public_name(target)
    if ours is not None:
        at, domain = node["refdoc"], env.get_domain("py")
        found = domain.resolve_xref(env, at, app.builder, "obj", ours, node, content)
        if found is None and has_field(ours):
            above = ours.rpartition(".")[0]
            found = domain.resolve_xref(env, at, app.builder, "obj", above, node, content)
        return found
    return content if is_elsewhere(target) else None


def public_name(target: str) -> str | None:
    """Return the public name of what may be called by a private path, or from another module."""
    parts = target.split(".")
    for start, part in enumerate(parts):
        for module in MODULES:
            if part in names_of(module):
                full = ".".join([module, *parts[start:]])
                return full if full != target else None
    return None


def has_field(target: str) -> bool:
    """Tell whether a public class has an attribute of that name; its own docstring speaks of it."""
    module, _, rest = target.partition(f"{ROOT}.")[2].rpartition(".")
    kind = seen_from_inside().get(module.rpartition(".")[2])
    return isinstance(kind, type) and (hasattr(kind, rest) or rest in kind.__annotations__)


def is_elsewhere(target: str) -> bool:
    """Tell whether *target* exists in Python, in Trio, or inside the house."""
    first, _, _ = target.partition(".")
    last = target.rpartition(".")[2]
    if last in INSIDE:
        return True
    known = seen_from_inside().get(last)
    if isinstance(known, typing.TypeVar | typing.TypeVarTuple) or hasattr(builtins, target):
        return True
    if target == last and known is not None and not getattr(known, "__module__", ROOT).startswith(ROOT):
        return True
    return first != ROOT and is_importable(target)


def is_importable(target: str) -> bool:
    """Tell whether a dotted name leads from a module to something."""
    parts = target.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for name in parts[length:]:
            if not hasattr(thing, name):
                return False
            thing = getattr(thing, name)
        return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
