"""How a child or a supervisor is to be run, as frozen data, checked when it is made."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from types import FunctionType
from typing import Any, NoReturn, TypeAlias, TypeVarTuple, cast

import attrs

from ...ids import InvalidName, check_name
from ...resilience import Backoff
from .._errors import InvalidSpec
from ._advice import about_children, about_failures, about_member, about_start, shown
from ._arguments import check_arguments
from ._options import (
    DEFAULT_GRACE,
    NO_LIMIT,
    PERMANENT,
    TRANSIENT,
    UNLIMITED,
    AutoShutdown,
    Decision,
    Failures,
    Intensity,
    Restart,
    RestartLimit,
    Strategy,
)
from ._plain_function import plain_function, takes_task_status

Ts = TypeVarTuple("Ts")

ChildrenSource: TypeAlias = "tuple[ChildSpec, ...] | Callable[[], Awaitable[Sequence[ChildSpec]]]"


class Kind(Enum):
    """What is run for a child."""

    ACTOR = "actor"
    FUNCTION = "function"
    SUPERVISOR = "supervisor"
    FACTORY = "factory"
    """A callable whose result decides: an actor instance, or an awaitable."""


ACTOR, FUNCTION, SUPERVISOR, FACTORY = Kind  # an attribute of an Enum class costs three times as much


@attrs.frozen(kw_only=True)
class ChildSpec:
    """One child: what to start, and what to do when it ends.

    ``start`` is an async function, an actor class, a callable that returns either an actor or an
    awaitable, or a `SupervisorSpec`; it is called with ``args`` at every start.
    ``restart`` is by default permanent for actors and supervisors and transient for functions.
    ``grace`` are the seconds from the request to stop until the child is cancelled: 5 by default,
    no limit for supervisors; 0 cancels at once.
    ``drain`` are the seconds that an actor has, before its grace begins, to handle the messages that
    wait when it is stopped for good (not in a group restart); 0 by default: they are given up.
    ``start_timeout`` makes a start that takes more seconds a failed one.
    ``significant`` children take part in the automatic shutdown of their supervisor.
    ``quarantine`` is an intensity of the child's own: beyond it the child is set aside, which counts
    as its own end for the automatic shutdown.

    Raises:
        InvalidSpec: A value cannot be.
    """

    start: Callable[..., Any] | SupervisorSpec
    args: tuple[Any, ...] = ()
    name: str | None = None
    restart: Restart | None = None
    grace: float | None = None
    drain: float = 0.0
    start_timeout: float | None = None
    significant: bool = False
    quarantine: Intensity | None = None
    kind: Kind = attrs.field(init=False)
    ready_at_once: bool = attrs.field(init=False)
    """Whether it is ready when its task exists: an async function that takes no ``task_status``."""

    def __attrs_post_init__(self) -> None:  # noqa: C901 - one look at each field
        if self.name is not None:
            _check_name(self.name, (str(self.name) or _label(self.start, None),))
        kind = kind_of(self.start, self.name)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "ready_at_once", kind is FUNCTION and not takes_task_status(self.start))
        if not _is(self.args, tuple):
            self._refuse("args", f"{self.args!r} is no tuple")
        if self.restart is not None and not _is(self.restart, Restart):
            self._refuse("restart", *about_member(self.restart, Restart))
        if self.grace is not None and not (_is_number(self.grace) and self.grace >= 0):
            self._refuse("grace", f"{self.grace!r} is no number of seconds from 0")
        if self.drain != 0:
            if not (_is_number(self.drain) and self.drain >= 0):
                self._refuse("drain", f"{self.drain!r} is no number of seconds from 0")
            if self.kind is Kind.FUNCTION or self.kind is Kind.SUPERVISOR:
                self._refuse("drain", "only an actor has messages that wait")
        if self.start_timeout is not None and not (_is_number(self.start_timeout) and self.start_timeout > 0):
            self._refuse("start_timeout", f"{self.start_timeout!r} is no number of seconds greater than 0")
        if not _is(self.significant, bool):
            self._refuse("significant", f"{self.significant!r} is no bool")
        if self.quarantine is not None and not _is(self.quarantine, Intensity):
            self._refuse("quarantine", f"{self.quarantine!r} is no Intensity")
        if self.quarantine is not None and self.restart is Restart.TEMPORARY:
            self._refuse("quarantine", "a temporary child is never restarted")
        if self.args and kind is SUPERVISOR:
            self._refuse("args", "a supervisor takes none")

    def _refuse(self, field: str, why: str, fix: str | None = None) -> NoReturn:
        raise InvalidSpec(path=(_label(self.start, self.name),), field=field, why=why, fix=fix)


def _label(start: object, name: object) -> str:
    for one in (name, getattr(start, "name", None), getattr(start, "__name__", None)):
        if isinstance(one, str) and one:
            return one
    return "child"


def _as_children(given: object) -> object:
    if callable(given):
        return given
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return tuple(cast("Sequence[object]", given))
    why, fix = about_children(given)
    raise InvalidSpec(path=(), field="children", why=why, fix=fix)


def _as_template(given: ChildSpec | SupervisorSpec | Callable[..., object] | None) -> ChildSpec | None:
    if isinstance(given, SupervisorSpec) or callable(given):
        return ChildSpec(start=given)
    return given


@attrs.frozen(kw_only=True)
class SupervisorSpec:
    """One supervisor: its strategy, its intensity, and the children that it starts with.

    At most ``max_restarts`` restarts (of any children) within any ``within`` seconds; the next one
    makes it give up. With a ``backoff``, ``max_restarts`` counts a child's restarts since its last
    healthy spell, and may be `UNLIMITED`.
    ``failures`` decides about crashes, and about restarts whose start has failed: a mapping of exception
    classes to `Decision`, by ``isinstance``, or a function (a `Taxonomy`, for one) that is called with the
    exception and returns one. Of a group each exception counts, and the most severe decision wins. The
    function is called while the supervisor decides: it should look at the exception, and return at once. If
    it raises, or returns something else, the supervisor gives up with an `Undecided`.
    ``children`` is a sequence of specs, or an async function that returns one and is called at each
    (re)start of the supervisor, before any child; it may raise `Ignore`.
    A pool (``Strategy.DYNAMIC``) has a ``template`` instead, and at most ``max_children`` instances. What
    needs no options of its own may be given without `ChildSpec`.

    Raises:
        InvalidSpec: A value cannot be, values contradict one another, or two children have one name.
    """

    name: str | None = None
    strategy: Strategy = Strategy.ONE_FOR_ONE
    max_restarts: RestartLimit = 3
    within: float = 5.0
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    children: Any = attrs.field(default=(), converter=_as_children)
    template: ChildSpec | None = attrs.field(default=None, converter=_as_template)
    max_children: int | None = None
    backoff: Backoff | None = None
    failures: Failures = attrs.field(factory=dict[type[BaseException], Decision])

    def __attrs_post_init__(self) -> None:
        check_supervisor(self, ())


def child(
    start: Callable[[*Ts], object] | SupervisorSpec,
    /,
    *args: *Ts,
    name: str | None = None,
    restart: Restart | None = None,
    grace: float | None = None,
    drain: float = 0.0,
    start_timeout: float | None = None,
    significant: bool = False,
    quarantine: Intensity | None = None,
) -> ChildSpec:
    """Return the `ChildSpec` of ``start(*args)``; type checkers compare the arguments."""
    return ChildSpec(
        start=start,
        args=args,
        name=name,
        restart=restart,
        grace=grace,
        drain=drain,
        start_timeout=start_timeout,
        significant=significant,
        quarantine=quarantine,
    )


def default_restart(kind: Kind) -> Restart:
    """Return the restart kind of a child whose spec leaves it open."""
    return TRANSIENT if kind is FUNCTION else PERMANENT


def grace_of(spec: ChildSpec) -> float:
    """Return the seconds that a stop of the child may take."""
    if spec.grace is not None:
        return spec.grace
    return NO_LIMIT if spec.kind is SUPERVISOR else DEFAULT_GRACE


def kind_of(start: object, name: object = None) -> Kind:
    """Tell what *start* is, without calling it; *name* is for the error.

    Raises:
        InvalidSpec: It cannot be started.
    """
    if type(start) is FunctionType and start.__code__.co_flags & inspect.CO_COROUTINE:
        return FUNCTION  # the plain case first: what inspect says of any callable costs 2 µs
    if isinstance(start, SupervisorSpec):
        return SUPERVISOR
    if isinstance(start, type) and getattr(start, "__smith_actor__", False):
        return ACTOR
    plain = plain_function(start)
    if inspect.iscoroutinefunction(plain):
        return FUNCTION
    advice = about_start(start, plain)
    if advice is None:
        return FACTORY
    raise InvalidSpec(path=(_label(start, name),), field="start", why=advice[0], fix=advice[1])


# Checks ------------------------------------------------------------------------------------


def check_supervisor(  # noqa: C901 - one look at each field
    spec: SupervisorSpec, path: tuple[str, ...]
) -> None:
    """Check one supervisor and all below it; *path* leads to it.

    Raises:
        InvalidSpec: naming the path and the field.
    """

    def refuse(field: str, why: str, fix: str | None = None) -> NoReturn:
        raise InvalidSpec(path=path or ((spec.name,) if spec.name else ()), field=field, why=why, fix=fix)

    if spec.name is not None:
        _check_name(spec.name, path or (str(spec.name),))
    if not _is(spec.strategy, Strategy):
        refuse("strategy", *about_member(spec.strategy, Strategy))
    if not _is(spec.auto_shutdown, AutoShutdown):
        refuse("auto_shutdown", *about_member(spec.auto_shutdown, AutoShutdown))
    if not (_is_number(spec.within) and spec.within > 0):
        refuse("within", f"{spec.within!r} is no number of seconds greater than 0")
    if spec.max_restarts is UNLIMITED:
        if spec.backoff is None:
            refuse("max_restarts", "UNLIMITED needs a backoff, or a broken child would spin")
    elif type(spec.max_restarts) is not int or spec.max_restarts < 0:
        refuse("max_restarts", f"{spec.max_restarts!r} is no whole number from 0")
    if spec.backoff is not None and not _is(spec.backoff, Backoff):
        refuse("backoff", f"{spec.backoff!r} is no Backoff")
    advice = about_failures(spec.failures)
    if advice is not None:
        refuse("failures", *advice)
    if spec.strategy is Strategy.DYNAMIC:
        _check_pool(spec, refuse)
    elif spec.template is not None or spec.max_children is not None:
        refuse(
            "max_children" if spec.template is None else "template", "only a pool (Strategy.DYNAMIC) has one"
        )
    if not callable(spec.children):
        check_children(spec, spec.children, path)


def check_children(spec: SupervisorSpec, children: Sequence[ChildSpec], path: tuple[str, ...]) -> None:
    """Check the children that a supervisor is to start with."""
    seen: set[str] = set()
    for one in children:
        if not _is(one, ChildSpec):
            what = shown(one)
            raise InvalidSpec(
                path=path,
                field="children",
                why=f"{what} is no ChildSpec",
                fix=f"Wrap it: smith.child({what}).",
            )
        check_child(spec, one, path)
        if one.kind is FUNCTION:
            check_arguments(one, path)
        name = child_name(one)
        if name is not None:
            if name in seen:
                raise InvalidSpec(path=(*path, name), field="name", why="another child has it too")
            seen.add(name)


def check_child(spec: SupervisorSpec, one: ChildSpec, path: tuple[str, ...]) -> None:
    """Check one child in the light of its supervisor."""
    here = (*path, child_name(one) or "child")
    if one.significant:
        if spec.auto_shutdown is AutoShutdown.NEVER:
            raise InvalidSpec(path=here, field="significant", why="auto_shutdown of its supervisor is never")
        if (one.restart or default_restart(one.kind)) is Restart.PERMANENT:
            raise InvalidSpec(
                path=here, field="significant", why="a permanent child never ends by itself for good"
            )
    if isinstance(one.start, SupervisorSpec):
        check_supervisor(one.start, here)


def child_name(spec: ChildSpec) -> str | None:
    """Return the name that a spec gives its child, if it gives one."""
    return spec.name or (spec.start.name if isinstance(spec.start, SupervisorSpec) else None)


def base_name(spec: ChildSpec) -> str:
    """Return what the generated name of a child begins with."""
    if isinstance(spec.start, SupervisorSpec):
        return "supervisor"
    name = getattr(plain_function(spec.start), "__name__", None)
    return name.strip("<>").lower()[:100] if isinstance(name, str) else "child"


def _check_pool(spec: SupervisorSpec, refuse: Callable[[str, str], NoReturn]) -> None:
    if not isinstance(spec.template, ChildSpec):
        refuse("template", f"{shown(spec.template)} is no async function, no actor class and no ChildSpec")
    if spec.template.quarantine is not None:
        refuse("template", "an instance in quarantine could not be released: it has no name")
    if spec.template.name is not None:
        refuse("template", "the instances of a pool have no names")
    if spec.children != ():
        refuse("children", "a pool has a template instead")
    if spec.max_children is not None and (type(spec.max_children) is not int or spec.max_children < 1):
        refuse("max_children", f"{spec.max_children!r} is no whole number from 1")
    check_child(spec, spec.template, (spec.name,) if spec.name else ())


def _check_name(name: object, path: tuple[str, ...]) -> None:
    if not isinstance(name, str):
        raise InvalidSpec(path=path, field="name", why=f"{name!r} is no str")
    try:
        check_name(name)
    except InvalidName as error:
        raise InvalidSpec(path=path, field="name", why=error.why, fix=error.fix) from None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return not math.isnan(value)
    except OverflowError:
        return False  # an int that no float can hold


def _is(value: object, kind: type) -> bool:
    # Values come from programs that no type checker has seen, too.
    return isinstance(value, kind)
