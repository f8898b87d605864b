"""What happened on trio_smith, written down twice: as the children saw it, and as the observer was told."""

from collections.abc import Mapping
from typing import Final

import trio_smith as smith
from tests.otp.scenario import Node, Supervisor, Worker

ENDED: Final[Mapping[type[object], str]] = {
    smith.Crashed: "crashed",
    smith.Returned: "returned",
    smith.ShutDown: "shut-down",
    smith.Stopped: "stopped",
}


class Journal:
    """The rows of one scenario.

    *mixed* are the children's own rows with the events of supervisors in between, so the order of the two is
    tested; *observed* are the events alone. Both must be OTP's trace.
    """

    def __init__(self, nodes: Mapping[str, Node], root: str, homes: Mapping[str, str]) -> None:
        self.mixed: list[str] = []
        self.observed: list[str] = []
        self.paths = {root: ""}
        """By id, of all that was heard of."""
        self.starting: set[str] = set()
        """The supervisors that have begun to start and are not ready."""
        self._nodes, self._root, self._homes = nodes, root, homes
        self._attempted: dict[str, str] = {}  # pool -> the instance that it tried to start last
        self._instances: dict[str, str] = {}  # path -> id

    def write(self, row: str) -> None:
        """Write what the script or a supervisor's own function does."""
        self.mixed.append(row)
        self.observed.append(row)

    def write_own(self, row: str) -> None:
        """Write what a worker says of itself; the observer will be told by its supervisor."""
        self.mixed.append(row)

    def note_attempt(self, id_: str) -> None:
        """Remember that *id_* is being started, for events call an instance by a number."""
        if id_ in self._homes:
            self._attempted[self._homes[id_]] = id_

    def observe(self, event: object) -> None:
        """Take an event of the tree."""
        if not isinstance(event, smith.SupervisionEvent):
            return
        id_ = self._id(event)
        self.paths[id_] = "/".join(event.path)
        never_ready = id_ in self.starting and id_ != self._root
        if isinstance(event, smith.SupervisorStarting):
            self.starting.add(id_)
            self._instances = {path: i for path, i in self._instances.items() if self._homes[i] != id_}
        else:
            self.starting.discard(id_)
        row = self._row(event, id_)
        if isinstance(event, smith.SupervisorEnded) and never_ready:
            row = ""  # its parent says "failed" or "ignored"
        if row:
            self.observed.append(row)
            if not isinstance(self._nodes[id_], Worker):
                self.mixed.append(row)

    def _id(self, event: smith.SupervisionEvent) -> str:
        if not event.path:
            return self._root
        if not event.id.startswith("#"):
            return event.id
        *above, _ = event.path
        pool = above[-1] if above else self._root
        return self._instances.setdefault("/".join(event.path), self._attempted[pool])

    def _row(self, event: smith.SupervisionEvent, id_: str) -> str:
        node = self._nodes[id_]
        row = ""
        match event:
            case smith.SupervisorStarting() if not (isinstance(node, Supervisor) and node.starts):
                # One that is asked for its children first has said so itself, in its function.
                row = f"starting {id_}"
            case smith.ChildStarted():
                row = f"started {id_}"
            case smith.ChildStartFailed():
                row = f"failed {id_}"
            case smith.ChildIgnored():
                row = f"ignored {id_}"
            case smith.SupervisorEnded(reason=reason):
                row = _end_of_supervisor(id_, reason)
            case smith.ChildEnded(reason=reason) if isinstance(node, Worker):
                row = f"{ENDED[type(reason)]} {id_}"
        return row


def _end_of_supervisor(id_: str, reason: smith.ExitReason) -> str:
    match reason:
        case smith.ShutDown(why=smith.StartFailed() | smith.Ignore()):
            return ""  # its parent, or the block, says "failed" or "ignored"
        case smith.ShutDown(why=smith.RestartIntensityExceeded()):
            return f"ended {id_} gave-up"
        case smith.ShutDown(why=smith.SignificantEnded()):
            return f"ended {id_} auto-shutdown"
    return f"ended {id_} {reason}"
