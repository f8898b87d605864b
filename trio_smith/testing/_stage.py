"""What a scenario of a sweep gets: where it says what may be struck and what must hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from random import Random

import attrs
import trio

from ..exits import leaves
from ..supervision import Pool, Supervisor
from ._consistency import assert_consistent
from ._point import Point, Strike


@attrs.frozen(kw_only=True)
class Hit:
    """One strike that was made: before step ``step``, of Trio task ``task`` or, when all wait, of nobody."""

    strike: Strike
    step: int
    task: str
    await_point: tuple[str, ...]
    """Where the task was about to go on: "file:line in function" for each frame, outermost first."""
    at: float
    """The virtual time."""
    events: int
    """How many events `Stage.observe` had taken until then."""


class Stage:
    """One run of a scenario; ``await scenario(stage)`` is the whole of it.

    A scenario must be the same each time: chance comes from `random`, time from Trio, and nothing from
    threads, files, or the order of sets.
    """

    def __init__(self, *, seed: int, point: Point | None) -> None:
        self.point = point
        """Where this run is to be struck; None in the rehearsals."""
        self.random = Random(seed)
        """The scenario's own chance."""
        self.events: list[object] = []
        """What `observe` was given."""
        self.notes: list[object] = []
        """For the scenario's own use."""
        self.hits: list[Hit] = []
        """The strikes that were made so far."""
        self.finished = False
        """Whether the scenario came to its own end: it returned."""
        self.outcome: BaseException | None = None
        """What left the scenario, but for the cancellation by the sweep."""
        self.ended_at = math.nan
        """The virtual time at which it was over."""
        self.problems: list[tuple[str, BaseException | None]] = []
        """What did not hold, and why if an exception said so."""
        self.scope = trio.CancelScope()
        """The scope round the scenario, which `Mode.TREE` cancels."""
        self.outer = trio.CancelScope()
        self.always_checks: list[Callable[[], object]] = []
        self.end_checks: list[Callable[[], object]] = []
        self.victims: dict[str, Callable[[str], None]] = {}
        self.victim_scopes: dict[str, trio.CancelScope] = {}
        self.cancelled_victims: list[trio.CancelScope] = []

    @property
    def struck(self) -> bool:
        """Whether a strike was made."""
        return bool(self.hits)

    @property
    def elapsed(self) -> float:
        """Virtual seconds from the first strike to the end; nan without one."""
        return self.ended_at - self.hits[0].at if self.hits else math.nan

    def observe(self, event: object) -> None:
        """Keep *event*; give this to ``open_supervisor(observe=…)``."""
        self.events.append(event)

    def note(self, what: object) -> None:
        """Keep *what* in `notes`."""
        self.notes.append(what)

    def always(self, check: Callable[[], object]) -> None:
        """Call *check* after every step of any task from now on; that it raises is a failure of the sweep."""
        self.always_checks.append(check)

    def at_end(self, check: Callable[[], object]) -> None:
        """Call *check* when the run is over, outside of Trio; that it raises is a failure of the sweep."""
        self.end_checks.append(check)

    def watch(self, supervisor: Supervisor | Pool) -> None:
        """Check after every step that the bookkeeping of *supervisor* and all below it is consistent."""
        self.always(lambda: assert_consistent(supervisor))

    @contextmanager
    def victim(self, name: str = "victim") -> Generator[trio.CancelScope]:
        """Let what is inside this block be cancelled alone, by `Mode.CHILD`."""
        with trio.CancelScope() as scope:
            self.victim_scopes[name] = scope
            try:
                with self.poke(name, scope.cancel):
                    yield scope
            except BaseException as error:
                # Noted here: when a scope outside was cancelled as well, it is that one which catches it.
                if any(isinstance(leaf, trio.Cancelled) for leaf in leaves(error)):
                    self.cancelled_victims.append(scope)
                raise

    @contextmanager
    def poke(self, name: str, strike: Callable[[str], object]) -> Generator[None]:
        """Let `Mode.CHILD` call *strike* with a text that says why, at any step while this block lasts.

        It is called between two steps, and so must not wait.
        """

        def deal(reason: str) -> None:
            strike(reason)

        self.victims[name] = deal
        try:
            yield
        finally:
            if self.victims.get(name) is deal:
                del self.victims[name]

    def problem(self, what: str, cause: BaseException | None = None) -> None:
        """Count *what* as a failure of the sweep."""
        self.problems.append((what, cause))

    def hold(self, check: Callable[[], object], when: str) -> bool:
        """Call *check*; note a problem if it raises, and tell whether it did not."""
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever it raises is what the sweep was to find
            self.problem(f"{when}: {error}" if str(error) else f"{when}: {type(error).__name__}", error)
            return False
        return True

    def forget(self) -> None:
        """Let go of all that may hold on to what the scenario has left, because its run is broken."""
        self.scope, self.outer = trio.CancelScope(), trio.CancelScope()
        self.victims.clear()
        self.victim_scopes.clear()
        self.cancelled_victims.clear()
        self.always_checks.clear()
        self.end_checks.clear()
        self.events.clear()
        self.notes.clear()
