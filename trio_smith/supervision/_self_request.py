"""Find out in time that a request would wait for its own caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import SelfRequest
from ._surrounding import surrounding

if TYPE_CHECKING:
    from ._shell import Shell
    from .life import Runner


def refuse_self(shell: Shell, what: str, child: Runner | None, *, whole: bool = False) -> None:
    """Refuse a request that the calling child could only wait for in vain.

    *child* is whose end it waits for; *whole*: it waits for the end of the supervisor.

    Raises:
        SelfRequest: The caller is or lives inside that child, or keeps this supervisor busy by its start.
    """
    host = surrounding()
    while host is not None:
        if host.shell is shell and (whole or host is child or shell.engine.awaits(host)):
            raise SelfRequest(child="/".join(host.path), request=what)
        host = host.shell.owner


def refuse_behind(child: Runner, what: str) -> None:
    """Refuse to wait for the end of *child* in the stop of its supervisor, which ends the caller first.

    Raises:
        SelfRequest: The caller is or lives inside a child that comes behind it.
    """
    shell, host = child.shell, surrounding()
    while host is not None:
        if host.shell is shell and not shell.engine.is_pool:
            order = list(shell.runners())
            if child in order and host in order[order.index(child) :]:
                raise SelfRequest(child="/".join(host.path), request=what)
        host = host.shell.owner
