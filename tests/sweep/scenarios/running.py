"""A runtime: its start, its body, its stop in phases, struck at every step."""

from __future__ import annotations

import trio

import trio_smith as smith
from tests.sweep.cast import Worker, idle, polite, ready_soon, slow_job
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced, check_reverse_stop
from tests.sweep.scenario import Scenario
from trio_smith.config import ShutdownOptions
from trio_smith.runtime._open import Opening
from trio_smith.testing import Stage


def _runtime(stage: Stage, *children: smith.ChildSpec, drain: float = 1.0, tree: float = 5.0) -> Opening:
    """Return a runtime of its own: signals belong to the sweep, and nobody reads logs."""
    settings = smith.Settings(shutdown=ShutdownOptions(drain=drain, tree=tree))
    # What observes the tree from its first moment on is a child of it, so that it sees what comes after.
    return smith.open_runtime(
        settings,
        tree=smith.SupervisorSpec(children=(smith.child(_watch, stage, name="watch"), *children)),
        handle_signals=False,
        configure_logging=False,
        random=stage.random,
    )


async def _watch(stage: Stage) -> None:
    supervisor = smith.current_runtime().supervisor
    supervisor.system.events.subscribe(stage.observe)
    stage.watch(supervisor)
    await trio.sleep_forever()


async def run_and_stop(stage: Stage) -> None:
    """Work waits when the stop is asked for: it is drained, then the tree stops in order."""
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "worker"]))
    ledger = Ledger(stage)
    children = smith.child(polite, 0.3, name="a"), smith.child(Worker, ledger, name="worker")
    async with _runtime(stage, *children) as runtime:
        ledger.follow(runtime.supervisor)
        worker = runtime.supervisor.system.find("worker", Worker)
        for _ in range(2):
            await ledger.tell(worker, slow_job)
        runtime.stop()
        with stage.victim("body"):
            await trio.sleep(1)
    assert not runtime.ready


async def run_to_the_end(stage: Stage) -> None:
    """The body ends, and so do the children, by themselves."""
    async with smith.open_runtime(
        tree=smith.SupervisorSpec(
            children=(smith.child(trio.sleep, 0.5, name="a"), smith.child(ready_soon, name="b", restart=None))
        ),
        handle_signals=False,
        configure_logging=False,
    ) as runtime:
        with stage.victim("body"):
            await trio.sleep(0.2)
        runtime.stop()


async def stop_while_it_starts(stage: Stage) -> None:
    """A stop that is asked for from within, before the tree is up."""

    async def stopper(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        smith.current_runtime().stop()
        await trio.sleep(0.1)
        task_status.started()

    async with _runtime(
        stage,
        smith.child(polite, 0.3, name="a"),
        smith.child(stopper, name="stopper"),
        smith.child(idle, name="b"),
    ):
        await trio.lowlevel.checkpoint()
        raise AssertionError("the body began")


async def hurry(stage: Stage) -> None:
    """A tree that would take long is cancelled at once, in the midst of the drain."""
    children = smith.child(polite, 50.0, name="a", grace=99.0), smith.child(idle, name="b")
    async with _runtime(stage, *children) as runtime:
        runtime.stop()
        with stage.victim("body"), trio.CancelScope(shield=True):
            await trio.sleep(0.2)
        runtime.hurry()


async def fail(stage: Stage) -> None:
    """A child crashes more often than it may: the failure comes out bare, the others have stopped."""
    stage.at_end(lambda: check_balanced(stage))

    async def crash() -> None:
        await trio.sleep(0.1)
        raise ValueError("crash")

    async with _runtime(stage, smith.child(polite, 0.2, name="a"), smith.child(crash, name="c")):
        await trio.sleep_forever()


SCENARIOS = (
    Scenario(play=run_and_stop, within=8, least=60),
    Scenario(play=run_to_the_end, within=6, least=40),
    Scenario(play=stop_while_it_starts, within=6, least=30),
    Scenario(play=hurry, within=52, least=40),
    Scenario(play=fail, within=6, least=60, allowed=(smith.RestartIntensityExceeded,)),
)
