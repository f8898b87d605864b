"""The application that a settings file names: its settings and its tree."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

import attrs

from ..config import (
    BadSettings,
    Layers,
    Origin,
    Problem,
    Settings,
    Source,
    find_named,
    read_layers,
    settings_of,
    where_raised,
)
from ..errors import SmithError, say
from ..options import BadOptions, Refused, options_of, shown
from ..supervision import InvalidSpec, Strategy, SupervisorSpec
from ..supervision.spec import check_supervisor

TreeSource: TypeAlias = SupervisorSpec | Callable[[], SupervisorSpec] | Callable[[Any], SupervisorSpec]
"""A spec, or a function that returns one; it may take the `Settings`."""

_KEY = "app.tree"


@attrs.frozen(kw_only=True)
class Application:
    """What is to be run, and what it was told."""

    settings: Settings
    tree: TreeSource


def load_application(source: Source, /) -> Application:
    """Read the settings of *source* and import what they name.

    Raises:
        BadSettings: with every problem that there is; nothing was started, but modules may be imported.
    """
    layers = read_layers(source)
    problems: list[Problem] = []
    own = _own_options(layers, _folder(source), problems)
    found = layers.structure(own)
    # What stands in [options] cannot be judged if its class could not be had.
    beside = "options" if problems else None
    problems += [one for one in found.problems if one.key.partition(".")[0] != beside]
    tree = _named_tree(layers, _folder(source), problems)
    if problems or tree is None:
        raise BadSettings(problems=problems)
    return Application(settings=settings_of(found, source), tree=tree)


def named_tree(settings: Settings) -> TreeSource:
    """Return the tree that *settings* name.

    Raises:
        BadSettings: They name none, or it is not there.
    """
    source = settings.source or Source()
    problems: list[Problem] = []
    base = Origin.of_program() if source.path is None else read_layers(source).base
    where = base if settings.app.tree is None else settings.origins.get(("app", "tree"), base)
    tree = _tree(settings.app.tree, where, _folder(source), problems)
    if tree is None:
        raise BadSettings(problems=problems)
    return tree


def build_spec(tree: TreeSource, settings: Settings) -> SupervisorSpec:
    """Return the spec of *tree*, with what *settings* say of its outermost supervisor.

    Raises:
        BadSettings: The function raised or returned something else, or the spec cannot be.
    """
    where = settings.origins.get(("app", "tree"), Origin.of_program())

    def refuse(why: str, fix: str) -> BadSettings:
        return BadSettings(problems=[Problem(origin=where, key=_KEY, why=why, fix=fix)])

    name = getattr(tree, "__name__", "the tree")
    spec: object = tree
    if not isinstance(tree, SupervisorSpec):
        try:
            spec = cast("Any", tree)(settings) if _takes_settings(tree) else cast("Any", tree)()
        except BadSettings:
            raise
        except Exception as error:
            why = f"{name}() raised {say(error)}{where_raised(error)}"
            raise refuse(why, "Mend the function, or what it was told.") from error
    if not isinstance(spec, SupervisorSpec):
        if inspect.iscoroutine(spec):
            spec.close()
            raise refuse(f"{name} is an async function", "Let a plain function return the SupervisorSpec.")
        raise refuse(f"{name}() returned {shown(spec)}", "Let it return a SupervisorSpec.")
    if spec.strategy is Strategy.DYNAMIC:
        raise refuse("its outermost supervisor is a pool", "Make the pool a child of a SupervisorSpec.")
    told = settings.supervision
    changed = {
        "name": spec.name or settings.app.name,
        "max_restarts": spec.max_restarts if told.max_restarts is None else told.max_restarts,
        "within": spec.within if told.within is None else told.within,
    }
    try:
        spec = attrs.evolve(spec, **cast("Any", changed))
        check_supervisor(spec, ())
    except InvalidSpec as error:
        raise refuse(f"{error.what}: {error.why}", error.fix) from error
    return spec


def _folder(source: Source) -> Path:
    return Path() if source.path is None else source.path.parent


def _own_options(layers: Layers, folder: Path, problems: list[Problem]) -> type | None:
    """Return the class that app.options names; what is wrong with the key itself is told elsewhere."""
    given = [
        one
        for one in layers.given
        if one.key == ("app", "options") and one.origin.is_file and isinstance(one.value, str)
    ]
    if not given:
        return None
    winner = max(given, key=lambda one: one.origin.layer)
    reference = cast("str", winner.value)
    try:
        found = find_named(reference, folder)
        options_of(cast("type", found))
    except Refused as refused:
        problems.append(Problem(origin=winner.origin, key="app.options", why=refused.why, fix=refused.fix))
    except BadOptions as error:
        problems.append(
            Problem(origin=winner.origin, key="app.options", why=f"{error.what}: {error.why}", fix=error.fix)
        )
    else:
        return cast("type", found)
    return None


def _named_tree(layers: Layers, folder: Path, problems: list[Problem]) -> TreeSource | None:
    given = [one for one in layers.given if one.key == ("app", "tree")]
    if not given:
        return _tree(None, layers.base, folder, problems) if layers.base_was_read else None
    winner = max(given, key=lambda one: one.origin.layer)
    if not winner.origin.is_file or not isinstance(winner.value, str):
        return None  # told already
    return _tree(winner.value, winner.origin, folder, problems)


def _tree(reference: str | None, where: Origin, folder: Path, problems: list[Problem]) -> TreeSource | None:
    def refuse(why: str, fix: str) -> None:
        problems.append(Problem(origin=where, key=_KEY, why=why, fix=fix))

    if reference is None:
        refuse("it is missing, so there is nothing to run", 'Write tree = "module:name" below [app].')
        return None
    try:
        found = find_named(reference, folder)
    except Refused as refused:
        refuse(refused.why, refused.fix)
        return None
    except SmithError as error:  # raised by the module itself, as InvalidSpec is by a wrong spec
        refuse(f"importing it failed: {error.what}: {error.why}", error.fix)
        return None
    if inspect.iscoroutinefunction(found):
        refuse(f"{reference} is an async function", "Let a plain function return the SupervisorSpec.")
        return None
    if not isinstance(found, SupervisorSpec) and (not callable(found) or isinstance(found, type)):
        refuse(f"{reference} is {shown(found)}", "Name a SupervisorSpec, or a function that returns one.")
        return None
    return cast("TreeSource", found)


def _takes_settings(function: object) -> bool:
    try:
        parameters = inspect.signature(cast("Callable[..., object]", function)).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters)
