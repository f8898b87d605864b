"""The life of a supervisor that is a child: one incarnation of it in the Trio task of that child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.lowlevel import enable_ki_protection

from ..actor._cancellation import is_cancellation
from ..exits import KILLED, STOPPED, ShutDown
from .life import besides_left_open

if TYPE_CHECKING:
    from ._shell import Shell
    from .life import Runner


@enable_ki_protection
async def run_nested(shell: Shell, runner: Runner) -> None:
    """Run *shell* as the nested supervisor that *runner* is, to its end.

    Raises:
        StartFailed: One of its children did not start.
    """
    shell.tell_start()
    try:
        await _run_in_nursery(shell, runner)
    except BaseException as error:
        if not runner.is_ready:
            shell.tell_end(KILLED if is_cancellation(error) else ShutDown(error))
        raise
    if not runner.is_ready:  # else the report of its end says so
        assert shell.result is not None
        shell.tell_end(shell.result.reason)


async def _run_in_nursery(shell: Shell, runner: Runner) -> None:
    try:
        children = await shell.initial_children()
    except BaseException:
        shell.stop(STOPPED)  # it never began: whoever waits for it is told so
        raise
    shell.on_ready = runner.ready
    try:
        async with trio.open_nursery() as nursery:
            shell.open(nursery, children)
            try:
                await shell.wait_ended()
            except trio.Cancelled:  # noqa: ASYNC103 - of our own scope, which is left next
                # The scope is our own child's: its grace has passed. All go at once, and are waited for.
                shell.stop(KILLED)
                shell.kill_all()
                with trio.CancelScope(shield=True):
                    await shell.wait_ended()
    except BaseExceptionGroup as group:
        rest = besides_left_open(group)
        if rest is not None:
            raise rest from None
    assert shell.result is not None
    if shell.result.error is not None:
        raise shell.result.error
