"""What a program holds of its runtime, and how it stops."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import trio

from ..config import BadSettings, Settings, changes
from ..errors import ErrorFamily, FailureError
from ..exits import STOPPED
from ..options import Refused, say_duration
from ..supervision import Supervisor, Tree
from ..supervision._left import messages_left
from ._log_events import LetterLog
from ._logging import Logging
from ._notify import Notifier
from ._phases import Phase, PhaseOutcome, run_phase
from ._signal_table import Ask

if TYPE_CHECKING:
    from ..supervision._shell import Shell

_LOG: Final = logging.getLogger("trio_smith.runtime")
_SHORTEST_LOOK: Final = 0.02
_LONGEST_LOOK: Final = 0.25
"""Seconds between two looks at whether messages are left; a large tree is not looked at all the time."""
_LOOKS: Final = 2


class StartTooSlow(FailureError):
    """The tree did not start within ``app.start_timeout``; what had started was stopped."""

    family = ErrorFamily.RUNTIME
    fix: str = "Mend what hangs (--log-format json shows all), or raise app.start_timeout."

    def __init__(self, *, within: float) -> None:
        self.within = within
        super().__init__(what="the tree did not start", why=f"it took longer than {say_duration(within)}")


class Runtime:
    """A tree that is run as a program. Made by `open_runtime`."""

    def __init__(
        self,
        settings: Settings,
        *,
        reload: Callable[[], Settings],
        log: Logging | None,
        notifier: Notifier,
        on_hurry: Callable[[], object],
    ) -> None:
        self.settings: Settings = settings
        """What it was told; after a reload the new settings."""
        self.ready: bool = False
        """Whether the tree is up and no stop has begun."""
        self.draining: trio.Event = trio.Event()
        """Set when a stop begins: who takes in work should take no more."""
        self.stopped_by: str | None = None
        """What asked for the stop: the name of a signal, or "stop()"."""
        self.outcomes: list[PhaseOutcome] = []
        """How the phases of the stop went."""
        self.hurried: bool = False
        """Whether the tree was cancelled at once, by a second signal or because its time was over."""
        self._reload, self._log, self._notifier, self._on_hurry = reload, log, notifier, on_hurry
        self.starting = trio.CancelScope()
        self.body = trio.CancelScope()
        self.drain_scope = trio.CancelScope()
        self.shell: Shell | None = None
        self.asked_to_stop = trio.Event()
        self._phases_over = trio.Event()
        self._letters: LetterLog | None = None
        self._is_over = False

    # For programs ------------------------------------------------------------------------

    @property
    def supervisor(self) -> Supervisor:
        """The outermost supervisor of the tree."""
        assert self.shell is not None, "the tree begins before the body does"
        return Supervisor(self.shell)

    @property
    def exit_code(self) -> int:
        """What the process should exit with: 0 if all went well, 130 after Ctrl-C, 1 if it was cut short."""
        if self.stopped_by == "SIGINT":
            return 130
        failed = any(outcome.error is not None for outcome in self.outcomes)
        return 1 if self.hurried or failed else 0

    def tree(self) -> Tree:
        """Return the live tree as a frozen snapshot; ``print`` it."""
        return self.supervisor.tree()

    def stop(self) -> None:
        """Begin the stop, in phases; the body is cancelled. Returns at once; harmless when repeated."""
        self._begin_stop("stop()")

    def hurry(self) -> None:
        """Stop now: skip what is left of the drain, cancel the whole tree at once. Returns at once."""
        self._begin_stop("hurry()")
        if not self.hurried:
            self.hurried = True
            self._on_hurry()
        self.drain_scope.cancel("the runtime stops now")
        if self.shell is not None:
            self.shell.stop(STOPPED)
            self.shell.kill_all()

    def reload(self) -> bool:
        """Read the settings again; tell whether they are good. Otherwise the last good ones stay.

        What is live takes effect at once; what is not is logged, and takes effect at the next start.
        """
        self._notifier.reloading()
        try:
            new = self._reload()
            if self._log is not None:
                self._log.configure(new.logging)  # also if nothing changed: a file is opened anew
        except BadSettings as error:
            for problem in error.problems:
                _LOG.error("reload: %s", problem)
            _LOG.error("reload: nothing is changed, the last good settings stay")
        except Refused as error:
            _LOG.error("reload: logging.file: %s; the last good settings stay", error.why)
        else:
            self._tell_changes(new)
            self.settings = new
            self._notifier.send("READY=1")
            return True
        self._notifier.send("READY=1")
        return False

    # For open_runtime --------------------------------------------------------------------

    def on_ask(self, ask: Ask, signal: str) -> None:
        """Do what a signal asks for."""
        match ask:
            case Ask.STOP:
                _LOG.info("%s: stopping; once more stops at once", signal)
                self._begin_stop(signal)
            case Ask.HURRY:
                _LOG.warning("%s again: stopping now", signal)
                self.hurry()
            case Ask.RELOAD:
                _LOG.info("%s: reading the settings again", signal)
                self.reload()
            case Ask.SHOW:
                self.log_tree()

    def log_tree(self) -> None:
        """Log the live tree, one record a line."""
        for line in self.tree_text().splitlines():
            # Not by its level: who asks for the tree gets it.
            _LOG.handle(_LOG.makeRecord(_LOG.name, logging.INFO, __file__, 0, "tree: %s", (line,), None))

    def tree_text(self) -> str:
        """Return the live tree with a line above that says whose it is."""
        state = "ready" if self.ready else "stopping" if self.asked_to_stop.is_set() else "starting"
        tree = "(it has not begun)" if self.shell is None else self.tree()
        return f"{self.settings.app.name}, process {os.getpid()}, {state}\n{tree}\n"

    def begin(self, shell: Shell, letters: LetterLog) -> None:
        """Take *shell* for the tree, before it starts; have its dead letters logged."""
        self.shell, self._letters = shell, letters
        shell.system.dead_letters.subscribe(letters.take)

    def set_ready(self) -> None:
        """Tell that the tree is up, unless a stop has begun."""
        if not self.asked_to_stop.is_set():
            self.ready = True
            self._notifier.send("READY=1", "STATUS=running")
            _LOG.info("%s is ready, process %d", self.settings.app.name, os.getpid())

    def set_over(self) -> None:
        """Tell that the tree ends, whoever asked for it."""
        self.ready = False
        self.draining.set()
        if not self._is_over:
            self._is_over = True
            self._notifier.send("STOPPING=1")

    def _begin_stop(self, why: str) -> None:
        if self.stopped_by is None:
            self.stopped_by = why
        if not self.asked_to_stop.is_set():
            self.asked_to_stop.set()
            self.set_over()
            self.body.cancel(f"the runtime stops ({why})")

    async def stop_in_phases(self) -> None:
        """Wait until a stop is asked for; then drain the tree and stop it, whatever each of them does.

        It ends when the tree has, or when the tree was cancelled at once and its end is up to itself.
        """
        try:
            await self.asked_to_stop.wait()
            await self._stop_in_phases()
        finally:  # also when a cancellation from outside has its own way of stopping the tree
            self._phases_over.set()

    async def _stop_in_phases(self) -> None:
        if not self.shell_is_up():
            self.starting.cancel("the runtime stops while it starts")
        limits = self.settings.shutdown
        phases = (
            Phase(name="drain", within=limits.drain, run=self._drain),
            Phase(name="tree", within=limits.tree, run=self._stop_tree),
        )
        for phase in phases:
            if phase.name == "drain" and not phase.within:
                continue
            outcome = await run_phase(phase)
            self.outcomes.append(outcome)
            if phase.name == "tree" and not outcome.in_time:
                self.hurry()

    async def phases_over(self) -> None:
        """Wait until the phases of a stop that was asked for are over; the tree has ended."""
        self.drain_scope.cancel("the tree has ended")
        if self.asked_to_stop.is_set():
            with trio.CancelScope(shield=True):
                await self._phases_over.wait()

    def flush_phase(self) -> Phase:
        """Return the phase that writes out telemetry."""

        async def flush() -> None:
            if self._letters is not None:
                self._letters.tell_skipped()
            if self._log is not None:
                self._log.flush()
            await trio.lowlevel.checkpoint()

        return Phase(name="flush", within=self.settings.shutdown.flush, run=flush)

    def shell_is_up(self) -> bool:
        """Tell whether the tree has started."""
        return self.shell is not None and self.shell.is_ready

    async def _drain(self) -> None:
        with self.drain_scope:
            # Twice in a row: who waits for `draining` has to have its turn, and may send a last message.
            quiet, pause = 0, _SHORTEST_LOOK
            while self.shell is not None and self.shell_is_up() and self.shell.result is None:
                quiet = 0 if messages_left(self.shell) else quiet + 1
                if quiet == _LOOKS:
                    return
                await trio.sleep(_SHORTEST_LOOK if quiet else pause)
                pause = min(2 * pause, _LONGEST_LOOK)

    async def _stop_tree(self) -> None:
        if self.shell is not None:
            self.shell.stop(STOPPED)
            await self.shell.wait_ended()

    def _tell_changes(self, new: Settings) -> None:
        found = changes(self.settings, new)
        for change in found:
            if change.live:
                _LOG.info("reload: %s", change)
            else:
                _LOG.warning("reload: %s takes effect at the next start", change)
        if not found:
            _LOG.info("reload: the settings are as before")
