"""What a user holds of a supervisor: its requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, TypeVarTuple, overload

import attrs

from ..actor import Actor, Ref
from ..actor._seconds import check_drain
from ..registry import close_names
from ..resilience import Backoff
from ._child import Child
from ._errors import ChildNotFound, PoolHasNoIds, UnknownOption
from ._handle import SupervisorHandle, runner_of
from ._self_request import refuse_self
from .engine import DeleteChild, ReleaseChild, RestartChild, StartChild, StopChild
from .life import Runner, Started
from .spec import (
    FUNCTION,
    SUPERVISOR,
    AutoShutdown,
    ChildSpec,
    Failures,
    Intensity,
    Restart,
    RestartLimit,
    Strategy,
    SupervisorSpec,
    check_arguments,
    check_child,
    child,
    child_name,
)

M = TypeVar("M")
Ts = TypeVarTuple("Ts")


class Supervisor(SupervisorHandle):
    """A supervisor with named children in an order."""

    __slots__ = ()

    # Starting ----------------------------------------------------------------------------

    @overload
    async def start(
        self,
        start: Callable[[*Ts], Actor[M]],
        /,
        *args: *Ts,
        name: str | None = None,
        restart: Restart | None = None,
        grace: float | None = None,
        drain: float = 0.0,
        start_timeout: float | None = None,
        significant: bool = False,
        quarantine: Intensity | None = None,
    ) -> Ref[M]: ...
    @overload
    async def start(
        self,
        start: Callable[[*Ts], Awaitable[object]],
        /,
        *args: *Ts,
        name: str | None = None,
        restart: Restart | None = None,
        grace: float | None = None,
        drain: float = 0.0,
        start_timeout: float | None = None,
        significant: bool = False,
        quarantine: Intensity | None = None,
    ) -> Child: ...
    @overload
    async def start(self, start: ChildSpec, /) -> Ref[Any] | Child | SupervisorHandle: ...
    async def start(self, start: Any, /, *args: Any, **options: Any) -> Any:  # type: ignore[misc]  # see below
        """Start a child behind all others; return when it is ready.

        An actor class (or a callable that returns an actor) gives its `Ref`, an async function a
        `Child`, a `ChildSpec` whatever it starts. The options are those of `ChildSpec`; keyword
        arguments of the child itself go by ``functools.partial`` or a lambda.

        Raises:
            StartFailed: It did not become ready; its spec is not kept, nothing is counted.
            AlreadyStarted, AlreadyPresent: There is a child of that name.
            InvalidSpec, UnknownOption: The spec cannot be; nothing was started.

        Cancellation: before its turn, the request is withdrawn; a begun start goes on, and the child
        is found by its name.
        """
        shell = self._shell()
        if not isinstance(start, ChildSpec):
            try:
                spec = child(start, *args, **options)
            except TypeError:
                refuse_unknown(options)
                raise
        elif args or options:
            raise TypeError("a ChildSpec says all there is to say: give no further arguments or options")
        else:
            spec = start
        if spec.significant or spec.kind is SUPERVISOR:
            check_child(shell.spec, spec, shell.path)
        if spec.kind is FUNCTION:
            check_arguments(spec, shell.path)
        refuse_self(shell, "start", None)
        return handle_of(await shell.request(StartChild(spec, child_name(spec))))

    async def start_supervisor(
        self,
        *,
        name: str | None = None,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        max_restarts: RestartLimit = 3,
        within: float = 5.0,
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
        children: Sequence[ChildSpec] | Callable[[], Awaitable[Sequence[ChildSpec]]] = (),
        backoff: Backoff | None = None,
        failures: Failures | None = None,
        restart: Restart | None = None,
        grace: float | None = None,
        significant: bool = False,
    ) -> Supervisor:
        """Start a nested supervisor behind all other children; return when its children are ready.

        The first options are those of `SupervisorSpec`, the last three those of its `ChildSpec`.
        Raises and cancellation: as `start`.
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
        started = await self.start(child(spec, restart=restart, grace=grace, significant=significant))
        assert isinstance(started, Supervisor)
        return started

    async def start_pool(
        self,
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
        restart: Restart | None = None,
        grace: float | None = None,
        significant: bool = False,
    ) -> Pool:
        """Start a pool of instances of *template*, as `open_pool` takes it, behind all other children.

        At most *max_children* instances at once (None: no limit). The other options, errors and
        cancellation are as in `start_supervisor`.
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
        started = await self.start(child(spec, restart=restart, grace=grace, significant=significant))
        assert isinstance(started, Pool)
        return started

    # The other requests ------------------------------------------------------------------

    async def stop_child(
        self, which: str | Child | Ref[Any] | SupervisorHandle, /, *, drain: float | None = None
    ) -> None:
        """Stop a child, named or by its handle, and wait until it has ended; it stays down.

        It has its grace; a child that is down already is fine, a restart that is due is cancelled. Spec
        and place are kept, unless the child is temporary. An actor first handles the messages that
        wait, for at most *drain* seconds (None: those of its spec); then its grace begins.

        Raises:
            ChildNotFound: There is no such child.

        Cancellation: before its turn, the request is withdrawn; a begun stop goes on.
        """
        shell = self._shell()
        check_drain(drain)
        if isinstance(which, str):
            known = shell.engine.slots.get(which)
            runner = known if isinstance(known, Runner) else None
            await self._ask("stop_child", StopChild(which, drain), runner)
            return
        runner = runner_of(which)
        if runner is None or runner.shell is not shell:
            raise ChildNotFound(child=str(which))
        await self._ask("stop_child", StopChild(runner, drain), runner)

    async def restart_child(
        self, which: str | Child | Ref[Any] | SupervisorHandle, /
    ) -> Ref[Any] | Child | SupervisorHandle:
        """Start a child that is down, named or by its handle, with its old spec; return what `start` did.

        Raises:
            ChildNotFound, ChildRunning, ChildRestarting: It is not there, or not down.
            StartFailed: It did not become ready; it stays down, nothing is counted.
        """
        return handle_of(await self._ask("restart_child", RestartChild(self._name_of(which))))

    async def release_child(
        self, which: str | Child | Ref[Any] | SupervisorHandle, /
    ) -> Ref[Any] | Child | SupervisorHandle:
        """Start a child that is in quarantine; its own intensity begins anew.

        Raises:
            NotQuarantined, ChildNotFound: It is not in quarantine, or not there.
            StartFailed: It did not become ready; it stays in quarantine.
        """
        return handle_of(await self._ask("release_child", ReleaseChild(self._name_of(which))))

    async def delete_child(self, which: str | Child | Ref[Any] | SupervisorHandle, /) -> None:
        """Forget a child that is down.

        Raises:
            ChildNotFound, ChildRunning, ChildRestarting: It is not there, or not down.
        """
        await self._ask("delete_child", DeleteChild(self._name_of(which)))

    def _name_of(self, which: object) -> str:
        if isinstance(which, str):
            return which
        runner = runner_of(which)
        if runner is None or self._shell().engine.slots.get(runner.id) is not runner:
            raise ChildNotFound(child=str(which))
        return runner.id

    def children(self) -> tuple[str, ...]:
        """Return the names of the children in start order, at this instant."""
        return tuple(self._shell().engine.slots)

    def child(self, name: str, /) -> Child:
        """Return the handle of a child of any kind, at this instant.

        Raises:
            ChildNotFound: There is no such child.
        """
        return Child(self._shell().runner(name))

    def child_spec(self, name: str, /) -> ChildSpec:
        """Return the spec of a child, at this instant.

        Raises:
            ChildNotFound: There is no such child.
        """
        return self._shell().runner(name).spec


class Pool(SupervisorHandle):
    """A supervisor of instances of one template, started on demand, each restarted alone.

    Instances have handles, not names. One that has finished leaves nothing behind; stopping the pool
    stops all of them at once, with one common deadline.
    """

    __slots__ = ()

    async def start(self, *args: Any) -> Any:
        """Start an instance of the template, with *args* behind its own; return its `Ref` or `Child`.

        A restart uses the same arguments.

        Raises:
            PoolFull: ``max_children`` are there; restarting ones count.
            StartFailed: It did not become ready; it leaves nothing behind.
            InvalidSpec: An async function does not take these arguments; nothing was started.

        Cancellation: before its turn, the request is withdrawn; a begun start goes on.
        """
        shell = self._shell()
        template = shell.spec.template
        assert template is not None
        spec = attrs.evolve(template, args=(*template.args, *args)) if args else template
        if spec.kind is FUNCTION:
            check_arguments(spec, shell.path)
        return handle_of(await self._ask("start", StartChild(spec, None)))

    async def stop_child(
        self, which: Child | Ref[Any] | SupervisorHandle | str, /, *, drain: float | None = None
    ) -> None:
        """Stop an instance by its handle and wait until it has ended; one that has ended already is fine.

        Raises:
            PoolHasNoIds: A name was given.
            ChildNotFound: It is a living child of somebody else.
        """
        if isinstance(which, str):
            raise PoolHasNoIds(child=which)
        check_drain(drain)
        shell, runner = self._shell(), runner_of(which)
        if runner is None or (runner.shell is not shell and not runner.closed):
            raise ChildNotFound(child=str(which))
        if runner.shell is shell:
            await self._ask("stop_child", StopChild(runner, drain), runner)

    def children(self) -> tuple[Ref[Any] | Child | SupervisorHandle, ...]:
        """Return the handles of the instances in start order, at this instant."""
        slots = self._shell().engine.slots.values()
        return tuple(handle_of(slot) for slot in slots if isinstance(slot, Runner))


def refuse_unknown(options: Mapping[str, object]) -> None:
    """Refuse a keyword that is no option of a child.

    Raises:
        UnknownOption: There is one.
    """
    known = tuple(child.__kwdefaults__ or ())
    for option in options:
        if option not in known:
            raise UnknownOption(option=option, known=known, near=close_names(option, known))


def handle_of(found: Runner | Started) -> Ref[Any] | Child | Supervisor | Pool:
    """Return what a user is given for a child: a ref, a supervisor, a pool, or a `Child`."""
    runner = found if isinstance(found, Runner) else found.runner
    if runner.cell is not None:
        return Ref(runner.cell)
    start = runner.spec.start
    if isinstance(start, SupervisorSpec):
        return Pool(runner) if start.strategy is Strategy.DYNAMIC else Supervisor(runner)
    return Child(found)
