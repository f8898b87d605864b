"""Read our docstrings: sections as Google writes them, and no constructor of what programs never make."""

import enum
import inspect
import re

import attrs
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

from .public_names import ROOT

CONFIG = Config()
INSIDE = frozenset(
    ("Bus", "Cell", "Mark", "Place", "Point", "Runner", "Shell", "Started", "Strike", "Subscription", "_Box")
)
"""Classes of ours that no program ever holds or makes: what takes one is not for programs."""
FENCE = re.compile(r"^(?P<indent>\s*)```(?P<language>\w*)\s*$")
DEFAULT = re.compile(r"attr_dict\['(\w+)'\]\.default")
LABEL = re.compile(r"^(\s*)(Cancellation|Source):(?= )")


def read(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Change *lines*, a docstring, into what Sphinx reads.

    Not with napoleon's own hook: in the docstring of an attribute it takes all before a colon for a type.
    """
    lines[:] = fences([LABEL.sub(r"\1**\2:**", line) for line in lines])
    if what not in {"attribute", "data", "property"}:
        lines[:] = GoogleDocstring(lines, CONFIG, app, what, name, thing, options).lines()


def fences(lines: list[str]) -> list[str]:
    """Return *lines* with fenced blocks, as we write them in docstrings too, in reST's way."""
    changed: list[str] = []
    inside = False
    for line in lines:
        fence = FENCE.match(line)
        if fence is not None and not inside:
            inside = True
            changed += ["", f"{fence['indent']}.. code-block:: {fence['language'] or 'text'}", ""]
        elif fence is not None:
            inside = False
            changed.append("")
        else:
            changed.append(f"    {line}" if inside and line.strip() else line)
    return changed


def hide(
    _app: Sphinx,
    what: str,
    _name: str,
    thing: object,
    _options: object,
    signature: str | None,
    result: str | None,
) -> tuple[str | None, str | None] | None:
    """Hide the signature of a class that programs never make (the inside, a Protocol); show defaults."""
    if what == "class" and isinstance(thing, type):
        made_by_us = takes_from_inside(thing.__init__) or getattr(thing, "_is_protocol", False)
        return ("", None) if made_by_us else (with_defaults(thing, signature), result)
    return signature, result


def with_defaults(kind: type, signature: str | None) -> str | None:
    """Return *signature* with the values of the defaults that attrs takes out of a table."""
    if signature is None or not attrs.has(kind):
        return signature
    fields = attrs.fields_dict(kind)
    shown = DEFAULT.sub(lambda found: said(fields[found[1]].default), signature)
    return shown.replace("= NOTHING", "= ...")  # made afresh for each


def said(value: object) -> str:
    """Return *value* as one would write it; three dots for what cannot be written."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return "..." if repr(value).startswith("<") else repr(value)


def skip(_app: Sphinx, _what: str, _name: str, thing: object, _skip: object, _options: object) -> bool | None:
    """Leave out a method that takes something from the inside; None: as autodoc would."""
    return True if takes_from_inside(thing) else None


def takes_from_inside(function: object) -> bool:
    """Tell whether a program could not call *function* of ours: it has nothing to give."""
    if not inspect.isfunction(function) or not function.__module__.startswith(ROOT):
        return False
    given = [str(one) for name, one in function.__annotations__.items() if name != "return"]
    return bool(INSIDE & set(re.findall(r"\w+", " ".join(given))))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all three."""
    app.connect("autodoc-process-docstring", read)
    app.connect("autodoc-process-signature", hide)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
