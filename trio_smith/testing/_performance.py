"""One run of a scenario: seeded, in virtual time, struck at one point, and judged."""

from __future__ import annotations

import contextlib
import gc
import math
import sys
import warnings
from collections.abc import Awaitable, Callable

import trio
from trio.lowlevel import Task, current_task, enable_ki_protection
from trio.testing import MockClock

from ..actor._unprotected import call_async
from ..exits import is_fatal, leaves
from ._deterministic import scheduled_by
from ._interrupt import sigint_as_usual
from ._point import Blow, Point
from ._stage import Stage
from ._striker import MOST_STEPS, Striker, all_waiting

# The run loop asks again and again when it has nothing to wait for; so often in vain means for ever.
_VAIN_QUESTIONS = 1000


class _Endless(BaseException):
    """The tasks wait or work for ever, and what was cancelled does not end: only the run can be ended."""


def perform(
    scenario: Callable[[Stage], Awaitable[object]],
    *,
    seed: int,
    point: Point | None,
    patience: float,
    within: float,
    allowed: tuple[type[BaseException], ...],
) -> Striker:
    """Run *scenario* in a Trio of its own; what did not hold is in the ``problems`` of its stage."""
    stage = Stage(seed=seed, point=point)
    striker = Striker(stage)
    needs_signal = point is not None and any(
        strike is not None and strike.blow is Blow.INTERRUPT for strike in (point.first, point.second)
    )
    clock = MockClock(autojump_threshold=0)
    with scheduled_by(seed), sigint_as_usual() if needs_signal else contextlib.nullcontext():
        try:
            trio.run(_main, scenario, striker, clock, patience, clock=clock, instruments=[striker])
        except BaseException as error:  # noqa: ASYNC103 - it has left Trio, and is judged
            stage.outcome = error
            if is_fatal(error) and not _interrupted(stage):
                raise  # somebody wants us to end
    if isinstance(stage.outcome, trio.TrioInternalError):
        _bury(stage.outcome, striker, clock)
    _judge(striker, patience, within, allowed)
    return striker


@enable_ki_protection
async def _main(
    scenario: Callable[[Stage], Awaitable[object]], striker: Striker, clock: MockClock, patience: float
) -> None:
    stage, task = striker.stage, current_task()
    living = trio.lowlevel.current_statistics().tasks_living
    watchdog = trio.CancelScope(deadline=trio.current_time() + patience)
    waiting = _note_who_waits(clock, watchdog.deadline, striker, task)
    with watchdog:
        try:
            with stage.outer, stage.scope:
                striker.begin(task)
                try:
                    await call_async(scenario, stage)
                    stage.finished = True
                finally:
                    striker.end()
        finally:
            stage.ended_at = trio.current_time()
            left = trio.lowlevel.current_statistics().tasks_living - living
            if left:
                stage.problem(f"{left} tasks are left over")
            if watchdog.cancel_called:
                stage.problem(
                    f"it had not ended after {patience:g} s; then {'; '.join(waiting) or 'it was busy'}"
                )


def _note_who_waits(clock: MockClock, limit: float, striker: Striker, root: Task) -> list[str]:
    """Note who waits where when only *limit* can end the waiting; end what not even that ends."""
    usual, usual_time = clock.deadline_to_sleep_time, clock.current_time
    waiting: list[str] = []
    vain = 0

    def question(deadline: float) -> float:
        # Asked when no task can run: the next deadline is all that is left to wait for.
        nonlocal vain
        if deadline == limit:
            waiting[:] = map(str, all_waiting(root))
        vain = vain + 1 if deadline == math.inf else 0
        if vain > _VAIN_QUESTIONS:
            raise _Endless(all_waiting(root))
        return usual(deadline)

    def time() -> float:
        if striker.all_steps > MOST_STEPS and not trio.lowlevel.in_trio_task():
            raise _Endless(all_waiting(root))  # into the run loop, which asks before each batch of tasks
        return usual_time()

    clock.deadline_to_sleep_time = question  # type: ignore[method-assign]  # nobody else is asked
    clock.current_time = time  # type: ignore[method-assign]  # the same
    return waiting


def _bury(error: BaseException, striker: Striker, clock: MockClock) -> None:
    """Have what a broken Trio left collected now: later it would disturb the next run, and it cries out."""
    striker.forget_tasks()
    striker.stage.forget()
    for name in ("deadline_to_sleep_time", "current_time"):
        vars(clock).pop(name, None)
    remains: list[BaseException | None] = [error]
    while remains:
        one = remains.pop()
        if one is not None and one.__traceback__ is not None:
            one.__traceback__ = None  # it holds the frames, and they hold the tasks
            remains += [one.__cause__, one.__context__]
    usual, sys.unraisablehook = sys.unraisablehook, _say_nothing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()
    finally:
        sys.unraisablehook = usual


def _say_nothing(_: object) -> None:
    pass


def _interrupted(stage: Stage) -> bool:
    return any(hit.strike.blow is Blow.INTERRUPT for hit in stage.hits)


def _of_a_broken_run(cause: BaseException | None, striker: Striker, patience: float) -> str:
    if not isinstance(cause, _Endless):
        return f"it broke Trio: {cause!r}"
    why = "busy for ever" if striker.all_steps > MOST_STEPS else f"not even cancelled after {patience:g} s"
    return f"it was {why}: {'; '.join(map(str, cause.args[0]))}"


def _judge(
    striker: Striker, patience: float, within: float, allowed: tuple[type[BaseException], ...]
) -> None:
    stage, outcome = striker.stage, striker.stage.outcome
    if isinstance(outcome, trio.TrioInternalError):
        stage.problem(_of_a_broken_run(outcome.__cause__, striker, patience), outcome.__cause__)
        return
    if _interrupted(stage):
        if outcome is None or not is_fatal(outcome):
            stage.problem(f"KeyboardInterrupt was swallowed; the outcome was {outcome!r}", outcome)
    elif outcome is not None and not all(isinstance(leaf, allowed) for leaf in leaves(outcome)):
        said = f"{outcome!r} from {outcome.__cause__!r}" if outcome.__cause__ is not None else repr(outcome)
        stage.problem(f"it raised {said}", outcome)
    if outcome is None:
        for what in striker.swallowed():
            stage.problem(what)
    if stage.struck and stage.elapsed > within:
        stage.problem(f"it took {stage.elapsed:g} s to end, more than {within:g} s")
    for check in stage.end_checks:
        stage.hold(check, "at the end")
