"""Open a runtime: where a program begins, and where its failure comes out."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Final

import attrs
import trio
from trio.lowlevel import enable_ki_protection

from ..config import BadSettings, Origin, Problem, Settings, load_again
from ..exits import leaves
from ..options import Refused
from ..supervision import SupervisorSpec
from ..supervision._block import run_block
from ._application import TreeSource, build_spec, named_tree
from ._current import CURRENT
from ._log_events import LetterLog, log_event
from ._logging import Logging
from ._notify import Notifier
from ._phases import run_phase
from ._runtime import Runtime, StartTooSlow
from ._signals import catch_signals
from ._tree_socket import NoSocket, answer, tree_socket

if TYPE_CHECKING:
    from ..supervision._shell import Shell

_LOG: Final = logging.getLogger("trio_smith.runtime")


@attrs.frozen(kw_only=True)
class Plan:
    """What is to be opened."""

    spec: SupervisorSpec
    settings: Settings
    reload: Callable[[], Settings]
    log: Logging | None
    signals: bool
    run_dir: Path | None
    on_hurry: Callable[[], object]
    random: Random | None


class Opening(AbstractAsyncContextManager[Runtime]):
    """The ``async with`` of a runtime; as with supervisors, Ctrl-C finds no frame to leave it open in."""

    def __init__(self, block: AbstractAsyncContextManager[Runtime]) -> None:
        self._block = block

    @enable_ki_protection
    async def __aenter__(self) -> Runtime:
        return await self._block.__aenter__()

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return await self._block.__aexit__(kind, error, traceback)  # noqa: ASYNC102 - bounded where it waits


def open_runtime(
    settings: Settings | None = None,
    /,
    *,
    tree: TreeSource | None = None,
    handle_signals: bool = True,
    configure_logging: bool = True,
    run_dir: Path | None = None,
    on_hurry: Callable[[], object] | None = None,
    random: Random | None = None,
) -> Opening:
    """Run a tree as a program, round the body of an ``async with``.

    *tree* is a `SupervisorSpec`, or a function that returns one and may take the settings; without it, the
    one that ``app.tree`` of *settings* names. The start has an order: logging, signals, the socket in
    *run_dir* that ``trio-smith tree`` asks (None: there is none), then the tree, for which there is
    ``app.start_timeout``. The body begins when the tree is up. A body that ends waits for the tree, as a
    nursery does; one that raises stops it in order.

    A stop (`Runtime.stop`, SIGTERM, SIGINT) cancels the body and goes through phases, each within its
    limit in ``shutdown``, none of which can keep the next from its turn: the runtime is not ready any more;
    the tree goes on until no message is left (drain); it is stopped in order, and cancelled at once when its
    time is over; telemetry is written out. A second signal cancels the tree at once; *on_hurry* is called
    then, in the signal's handler. SIGHUP reloads the settings, SIGUSR1 logs the live tree.

    Signal handlers and logging are set back at the end. Nothing outlives the block.

    Raises:
        BadSettings: The tree is not there, or cannot be: raised by the call. Or the log file cannot be
            opened: raised on entering. Nothing was started.
        StartTooSlow: The tree took too long to start.
        StartFailed, RestartIntensityExceeded, Escalated: as from `open_supervisor`, bare.

    Cancellation: an orderly stop of the tree, without the drain.
    """
    told = settings or Settings()
    spec = build_spec(tree if tree is not None else named_tree(told), told)
    folder = told.source.path.parent if told.source is not None and told.source.path is not None else Path()
    plan = Plan(
        spec=spec,
        settings=told,
        reload=lambda: load_again(told),
        log=Logging(folder) if configure_logging else None,
        signals=handle_signals,
        run_dir=run_dir,
        on_hurry=on_hurry or (lambda: None),
        random=random,
    )
    return Opening(_run(plan))


@asynccontextmanager
@enable_ki_protection
async def _run(  # noqa: C901, PLR0915 - one block, read from its beginning to its end
    plan: Plan,
) -> AsyncGenerator[Runtime]:
    """Do what `open_runtime` promises."""
    notifier = Notifier.of(os.environ)
    runtime = Runtime(
        plan.settings, reload=plan.reload, log=plan.log, notifier=notifier, on_hurry=plan.on_hurry
    )
    errors: list[BaseException] = []
    begun = False
    with ExitStack() as around:
        if plan.log is not None:
            around.callback(plan.log.restore)
            _begin_log(plan.log, plan.settings)
        if plan.signals:
            around.enter_context(catch_signals(runtime.on_ask, plan.on_hurry))
        listener = _listener(plan, around)
        try:
            async with trio.open_nursery() as services:
                try:
                    services.start_soon(runtime.stop_in_phases)
                    services.start_soon(notifier.keep_alive)
                    if listener is not None:
                        services.start_soon(answer, listener, runtime.tree_text)
                    runtime.starting.deadline = trio.current_time() + plan.settings.app.start_timeout
                    with runtime.starting:
                        async with _tree(plan, runtime):
                            runtime.starting.deadline = math.inf
                            runtime.set_ready()
                            try:
                                with runtime.body:
                                    begun = True
                                    yield runtime
                            except BaseException:
                                runtime.set_over()
                                raise
                except BaseException as error:  # noqa: ASYNC103, BLE001 - it comes out below, bare
                    errors.append(error)
                runtime.set_over()
                await runtime.phases_over()  # noqa: ASYNC102 - bounded: the tree has ended
                services.cancel_scope.cancel("the tree has ended")
        except BaseException as error:  # noqa: ASYNC103, BLE001 - Ctrl-C, or a cancellation from outside
            errors.append(_bare(error))
        if not errors and not begun and not runtime.asked_to_stop.is_set():
            errors.append(StartTooSlow(within=plan.settings.app.start_timeout))
        failures = [error for error in errors if isinstance(error, Exception)]
        if failures:
            _LOG.critical("%s failed", plan.settings.app.name, exc_info=failures[0])
        try:
            with trio.CancelScope(shield=True):  # bounded by its own limit
                runtime.outcomes.append(await run_phase(runtime.flush_phase()))
        except KeyboardInterrupt as error:  # a shield does not stop it
            errors.append(error)
    if errors:
        failure = errors[0] if len(errors) == 1 else BaseExceptionGroup("the runtime", errors)
        try:
            raise failure
        finally:
            del failure, errors  # no circle through the traceback
    if not begun:  # it was stopped while it started: the body is cancelled as soon as it begins
        with trio.CancelScope() as over:  # noqa: ASYNC100 - the body has the checkpoints
            over.cancel("the runtime has stopped")
            yield runtime


def _begin_log(log: Logging, settings: Settings) -> None:
    try:
        log.configure(settings.logging)
    except Refused as error:
        where = settings.origins.get(("logging", "file"), Origin.of_program())
        problem = Problem(origin=where, key="logging.file", why=error.why, fix=error.fix)
        raise BadSettings(problems=[problem]) from None


def _bare(error: BaseException) -> BaseException:
    """Return what a nursery has put into a group, if it is one thing."""
    inside = list(leaves(error))
    return inside[0] if len(inside) == 1 else error


def _tree(plan: Plan, runtime: Runtime) -> AbstractAsyncContextManager[object]:
    """Return the tree, not open yet; what happens in it is logged, and what runs in it finds the runtime."""

    def announce(shell: Shell) -> None:
        shell.context.run(CURRENT.set, runtime)  # the context in which its children begin
        runtime.begin(shell, LetterLog(shell.system.now))

    return run_block(plan.spec, log_event, plan.random, announce)


def _listener(plan: Plan, around: ExitStack) -> trio.SocketListener | None:
    """Return where one may ask for the tree; that nobody can is no reason not to run."""
    if plan.run_dir is None:
        return None
    try:
        return around.enter_context(tree_socket(plan.run_dir))
    except NoSocket as error:
        _LOG.warning("trio-smith tree cannot ask this process: %s", error)
        return None
