"""Open a supervision tree: the functions that a program begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

from trio.lowlevel import enable_ki_protection, in_trio_task

from ..resilience import Backoff
from ._block import run_block
from ._errors import InvalidSpec, NeedsAsyncWith, NeedsTrio
from ._shell import Shell
from ._supervisor import Pool, Supervisor
from ._system import Observer
from .spec import (
    AutoShutdown,
    ChildSpec,
    Failures,
    RestartLimit,
    Strategy,
    SupervisorSpec,
    about_observer,
    shown,
)

H = TypeVar("H")


class Opening(AbstractAsyncContextManager[H], Generic[H]):
    """The ``async with`` of a supervisor.

    Not a generator's alone: Ctrl-C in the frames of contextlib would leave the nursery open for ever.
    """

    def __init__(
        self, block: AbstractAsyncContextManager[Shell], handle: Callable[[Shell], H], *, name: str
    ) -> None:
        self._block, self._handle, self._name = block, handle, name

    def __repr__(self) -> str:
        return f"<{self._name}(...), for 'async with'>"

    @enable_ki_protection
    async def __aenter__(self) -> H:
        if not in_trio_task():
            raise NeedsTrio(opening=self._name)
        return self._handle(await self._block.__aenter__())

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return await self._block.__aexit__(kind, error, traceback)  # noqa: ASYNC102 - bounded where it waits

    if not TYPE_CHECKING:  # checkers refuse these by themselves

        def __enter__(self) -> NoReturn:
            raise NeedsAsyncWith(opening=self._name, used="with")

        def __exit__(self, *_: object) -> None:
            """Never called, but ``with`` looks for it first."""

        def __await__(self) -> NoReturn:
            raise NeedsAsyncWith(opening=self._name, used="await")


def open_supervisor(
    *,
    name: str | None = None,
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    max_restarts: RestartLimit = 3,
    within: float = 5.0,
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    children: Sequence[ChildSpec] | Callable[[], Awaitable[Sequence[ChildSpec]]] = (),
    backoff: Backoff | None = None,
    failures: Failures | None = None,
    observe: Observer | None = None,
    random: Random | None = None,
) -> Opening[Supervisor]:
    """Open a supervised nursery round the body of an ``async with``.

    A body that ends normally waits for the children, as a nursery does: the block ends when no child
    is running or restarting. A body that raises stops them in reverse order, each within its grace,
    then lets its exception out. So does a cancellation from outside; a ``move_on_after(t)`` round the
    block may therefore last t plus the graces. `Supervisor.stop`, giving up and automatic shutdown
    cancel the body. Nothing outlives the block. Children see no outer deadline
    (``trio.current_effective_deadline()`` is infinite in them).

    The options but the last two are those of `SupervisorSpec`. *observe* is called synchronously with
    each supervision event, in exact order; *random* is the chance in backoffs.
    The outermost block holds the system (names, events, dead letters); one inside a child joins it.

    Raises:
        RestartIntensityExceeded, Escalated: The supervisor gave up.
        StartFailed: A child of *children* did not start.
        InvalidSpec: A value cannot be; nothing was started.
        BaseExceptionGroup: Only if several failures come out; one comes out bare.
    """
    spec = SupervisorSpec(
        name=name,
        strategy=strategy,
        max_restarts=max_restarts,
        within=within,
        auto_shutdown=auto_shutdown,
        children=children,
        backoff=backoff,
        failures=failures or {},
    )
    return _opening("open_supervisor", spec, Supervisor, observe, random)


def open_tree(
    spec: SupervisorSpec, /, *, observe: Observer | None = None, random: Random | None = None
) -> Opening[Supervisor]:
    """Run a declared tree round a body; everything else is as in `open_supervisor`.

    The body begins when all children that the tree starts with are ready. For a pool see `open_pool`.
    """
    if not _is_spec(spec):
        why = f"{shown(spec)} is no SupervisorSpec"
        raise InvalidSpec(path=(), field="spec", why=why, fix="Give a smith.SupervisorSpec(...).")
    if spec.strategy is Strategy.DYNAMIC:
        raise InvalidSpec(
            path=(spec.name,) if spec.name else (), field="strategy", why="use open_pool for a pool"
        )
    return _opening("open_tree", spec, Supervisor, observe, random)


def _is_spec(value: object) -> bool:
    return isinstance(value, SupervisorSpec)


def open_pool(
    template: ChildSpec | SupervisorSpec | Callable[..., object],
    /,
    *,
    name: str | None = None,
    max_children: int | None = None,
    max_restarts: RestartLimit = 3,
    within: float = 5.0,
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    backoff: Backoff | None = None,
    failures: Failures | None = None,
    observe: Observer | None = None,
    random: Random | None = None,
) -> Opening[Pool]:
    """Open a pool of instances of *template*; everything else is as in `open_supervisor`.

    The template is an async function, an actor class or whatever else the ``start`` of a `ChildSpec` may
    be; or, where it has options or first arguments of its own, a `ChildSpec`.
    """
    spec = SupervisorSpec(
        name=name,
        strategy=Strategy.DYNAMIC,
        template=template,
        max_children=max_children,
        max_restarts=max_restarts,
        within=within,
        auto_shutdown=auto_shutdown,
        backoff=backoff,
        failures=failures or {},
    )
    return _opening("open_pool", spec, Pool, observe, random)


def _opening(
    name: str,
    spec: SupervisorSpec,
    handle: Callable[[Shell], H],
    observe: Observer | None,
    random: Random | None,
) -> Opening[H]:
    advice = about_observer(observe)
    if advice is not None:
        path = (spec.name,) if spec.name else ()
        raise InvalidSpec(path=path, field="observe", why=advice[0], fix=advice[1])
    return Opening(run_block(spec, observe, random), handle, name=name)
