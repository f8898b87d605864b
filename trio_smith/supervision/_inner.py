"""The supervisor of an actor's own children."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exits import ShutDown
from ._errors import SupervisorStopped
from ._shell import Shell
from .spec import SupervisorSpec

if TYPE_CHECKING:
    from .engine import Finish
    from .life import Runner


def inner_shell(runner: Runner) -> Shell:
    """Return the supervisor whose children belong to the actor's incarnation, opening it on first use.

    It has no nursery: its children are Trio tasks of the nursery that the actor is in. If it gives up,
    the actor crashes.

    Raises:
        SupervisorStopped: The actor has no living incarnation.
    """
    cell = runner.cell
    if cell is None or cell.task is None:
        raise SupervisorStopped(supervisor="/".join(runner.path))
    extras = cell.have_extras()
    if extras.inner is not None:
        known: Shell = extras.inner
        return known
    shell = Shell(SupervisorSpec(), name=runner.id, path=runner.path, system=runner.system, owner=runner)

    def ended(finish: Finish) -> None:
        shell.tell_end(finish.reason)
        runner.inner = [one for one in runner.inner or () if one is not shell]
        if isinstance(finish.reason, ShutDown) and isinstance(finish.reason.why, BaseException):
            cell.fail_beside(finish.reason.why)

    shell.on_finish = ended
    runner.inner = [*(runner.inner or ()), shell]
    extras.inner = shell
    runner.shell.open_inside(shell)
    return shell
