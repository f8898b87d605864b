"""What the handles of supervisors and of pools have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from trio.lowlevel import checkpoint_if_cancelled, enable_ki_protection

from ..actor import Ref
from ..actor._handle import Handle
from ..exits import STOPPED
from ._child import Child
from ._errors import SupervisorStopped
from ._self_request import refuse_behind, refuse_self
from ._shell import Shell
from ._tree import Tree, snapshot
from .engine import ChildCounts, CountChildren, StopChild
from .life import Runner

if TYPE_CHECKING:
    from ._system import System


class SupervisorHandle(Handle):
    """What supervisors and pools have in common: a stable handle, like a ref, of the present incarnation.

    Requests are served strictly in turn with the exits of children. One whose caller is cancelled
    before its turn is withdrawn; one already begun is finished.

    Every request raises `SupervisorStopped` while there is no incarnation, and `SelfRequest` if it
    could only happen after its caller, a child, has moved.
    """

    __slots__ = ("_source",)

    def __init__(self, source: Shell | Runner) -> None:
        self._source = source

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path or self._source_name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SupervisorHandle) and other._source is self._source

    def __hash__(self) -> int:
        return hash(id(self._source))

    @property
    def _source_name(self) -> str:
        return self._source.name if isinstance(self._source, Shell) else self._source.id

    @property
    def path(self) -> str:
        """The names from the outermost supervisor, which has none, down to this one, joined by "/"."""
        return "/".join(self._source.path)

    @property
    def name(self) -> str:
        """Its name among its siblings."""
        return self._source_name

    @property
    def system(self) -> System:
        """What the whole tree shares: names, events, dead letters."""
        return self._source.system

    def _shell(self) -> Shell:
        source = self._source
        if isinstance(source, Shell):
            shell: Shell | None = source
        else:
            shell = source.inner[0] if source.inner else None
        if shell is None or shell.result is not None:
            raise SupervisorStopped(supervisor=self.path or self._source_name)
        return shell

    # Looking -----------------------------------------------------------------------------

    def tree(self) -> Tree:
        """Return this supervisor and all below it as a frozen snapshot; ``print`` it."""
        return snapshot(self._source)

    async def count_children(self) -> ChildCounts:
        """Return how many children there are, in turn with the other requests."""
        return cast("ChildCounts", await self._ask("count_children", CountChildren()))

    async def stop(self) -> None:
        """Stop all children in reverse order and then the supervisor itself, and wait for that.

        Not in turn: it overtakes all waiting requests (they raise `SupervisorStopped`), cancels a start
        in progress and lets a stop in progress finish. A nested supervisor stays down, as by
        `stop_child`; one whose own supervisor stops already is stopped in its turn, which is waited for.
        For the one of an ``async with`` block the body is cancelled.
        Stopping one that has ended already is fine.

        Cancellation: a stop that was begun goes on.
        """
        source = self._source
        if isinstance(source, Runner):
            await self._stop_nested(source)
            return
        refuse_self(source, "stop", None, whole=True)
        source.stop(STOPPED)
        await source.wait_ended()

    @staticmethod
    @enable_ki_protection
    async def _stop_nested(runner: Runner) -> None:
        above = runner.shell
        refuse_self(above, "stop", runner)
        await checkpoint_if_cancelled()
        shell = runner.inner[0] if runner.inner else None
        in_turn = above.engine.stopping  # it stops this one too, after those behind it
        if in_turn and shell is not None and not shell.engine.stopping:
            refuse_behind(runner, "stop")
        # Asked of the one above first: what the nested one does next is then an end that was asked for.
        pending = above.post(StopChild(runner))
        if shell is not None and shell.result is None and not in_turn:
            shell.stop(STOPPED)
            if shell.engine.stopping and not shell.is_open:  # its children function is still running
                runner.kill(above.system.now())
        try:
            await pending.wait(withdraw=False)
        except SupervisorStopped:
            if shell is not None:
                await shell.wait_ended()

    async def _ask(self, what: str, request: Any, waits_for: Runner | None = None) -> Any:
        shell = self._shell()
        refuse_self(shell, what, waits_for)
        return await shell.request(request)


def runner_of(which: object) -> Runner | None:
    """Return the record behind a handle."""
    if isinstance(which, Child):
        return which._runner  # noqa: SLF001 - handles of one package
    if isinstance(which, Ref):
        host = which._cell.host  # noqa: SLF001
        return host if isinstance(host, Runner) else None
    if isinstance(which, SupervisorHandle) and isinstance(which._source, Runner):  # noqa: SLF001
        return which._source  # noqa: SLF001
    return None
