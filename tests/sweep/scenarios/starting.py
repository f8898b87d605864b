"""Starts: of functions and actors, that succeed, fail, ignore, or take their time; and starting again."""

from __future__ import annotations

from functools import partial

import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.sweep.cast import (
    Boom,
    Persistent,
    Query,
    Resident,
    Worker,
    crash_after,
    crashing_job,
    crashing_query,
    idle,
    polite,
    ready_soon,
    slow_query,
)
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced, check_reverse_stop, count
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage


async def start_functions(stage: Stage) -> None:
    """Plain ones, one that reports when it is ready, one that is asked to stop."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["one", "two", "three", "four"]))
        with stage.victim("starter"):
            await supervisor.start(idle, name="one")
            child = await supervisor.start(ready_soon, name="two")
            assert child.value == "ready"
            await supervisor.start(polite, name="three")
            await supervisor.start(trio.sleep, 0.2, name="four")
        await trio.sleep(0.5)
        await supervisor.stop()


async def _refuse(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    await trio.sleep(0.1)
    raise Boom


async def _ignore(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    await trio.sleep(0.1)
    raise smith.Ignore


async def _never_ready(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    await trio.sleep_forever()


async def start_what_does_not_start(stage: Stage) -> None:
    """One fails, one ignores, one is never ready, one ends before it is; none of them stays."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))

        async def start(function: object, error: type[Exception], start_timeout: float | None = None) -> None:
            try:
                await supervisor.start(function, start_timeout=start_timeout)
            except smith.StartFailed as failed:
                cause = failed.__cause__
            else:
                cause = None
            assert isinstance(cause, error), cause

        async def many() -> None:
            with stage.victim("starter"):
                await start(_refuse, Boom)
                child = await supervisor.start(_ignore, name="ignored")
                assert child.ignored
                await start(_never_ready, smith.StartTimeout, 1.0)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(many)
            nursery.start_soon(supervisor.start, idle)
        await supervisor.stop()


async def stop_during_a_start(stage: Stage) -> None:
    """A start that would never end is in progress, and requests wait behind it, when all is stopped."""
    stage.at_end(lambda: check_balanced(stage))
    async with trio.open_nursery() as nursery, smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)

        async def start(name: str, function: object) -> None:
            with stage.victim(name):
                try:
                    await supervisor.start(function, name=name)
                except (smith.StartFailed, smith.SupervisorStopped):
                    stage.note(f"{name} failed")

        await supervisor.start(polite, name="before")
        nursery.start_soon(start, "endless", _never_ready)
        await wait_all_tasks_blocked()
        nursery.start_soon(start, "behind", idle)
        await trio.sleep(0.5)
        await supervisor.stop()
    if not stage.struck:
        assert sorted(map(str, stage.notes)) == ["behind failed", "endless failed"], stage.notes


async def start_a_tree_that_fails_half_way(stage: Stage) -> None:
    """The third of four does not start: those before it are stopped, last first; the fourth is not tried."""
    spec = smith.SupervisorSpec(
        children=(
            smith.child(polite, name="one"),
            smith.child(
                smith.SupervisorSpec(
                    name="two", children=(smith.child(idle, name="a"), smith.child(polite, name="b"))
                )
            ),
            smith.child(_refuse, name="three"),
            smith.child(idle, name="four"),
        )
    )
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["one", "two", "three", "four"]))
    stage.at_end(lambda: _not_tried(stage, "four"))
    async with smith.open_tree(spec, observe=stage.observe):
        raise AssertionError("the tree started")


def _not_tried(stage: Stage, name: str) -> None:
    assert not count(stage, smith.ChildStarted, name)


async def start_a_nested_tree(stage: Stage) -> None:
    """A tree of three levels starts in order and stops in reverse."""
    inner = smith.SupervisorSpec(
        name="inner", children=(smith.child(polite, name="a"), smith.child(ready_soon, name="b"))
    )
    middle = smith.SupervisorSpec(name="middle", children=(smith.child(inner), smith.child(idle, name="c")))
    spec = smith.SupervisorSpec(
        children=(smith.child(idle, name="d"), smith.child(middle), smith.child(polite, name="e"))
    )
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["d", "middle", "e"]))
    stage.at_end(lambda: check_reverse_stop(stage, ["inner", "c"], ("middle",)))
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "b"], ("middle", "inner")))
    async with smith.open_tree(spec, observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        await supervisor.stop()


async def children_from_a_function(stage: Stage) -> None:
    """The specs come from a function that takes its time, at the start and at the restart."""

    async def children() -> list[smith.ChildSpec]:
        await trio.sleep(0.1)
        return [smith.child(idle, name="a"), smith.child(polite, name="b")]

    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        desk = await supervisor.start_supervisor(name="desk", children=children, max_restarts=0)
        await desk.start(crash_after, 0.3, name="crasher")
        await trio.sleep(1)
        await supervisor.stop()


async def lifespan_and_restart(stage: Stage) -> None:
    """An actor opens, crashes, is restarted and closes: each opening has its closing."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: _each_opening_closed(stage))
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Resident, ledger, name="worker")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", slow_query)
            nursery.start_soon(ask, "second", crashing_query)
            nursery.start_soon(ask, "third", Query)
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


def _each_opening_closed(stage: Stage) -> None:
    opened, closed = stage.notes.count("opened"), stage.notes.count("closed")
    interrupted = any(hit.strike.blow.value == "interrupt" for hit in stage.hits)
    # A grace that passes, or Ctrl-C, may come between the note and the lines round it.
    assert closed <= opened <= closed + interrupted, f"opened {opened} times, closed {closed} times"


async def deliver_again(stage: Stage) -> None:
    """What was in hand at a crash is delivered once more, and is poison after that."""
    async with smith.open_supervisor(observe=stage.observe, max_restarts=10) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ledger.ordered = False
        ref = await supervisor.start(Persistent, ledger, name="worker")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", partial(crashing_query, seconds=0.5))
            nursery.start_soon(ask, "second", slow_query)
            await ledger.tell(ref, crashing_job)
            nursery.start_soon(ask, "third", Query)
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def start_a_factory(stage: Stage) -> None:
    """A callable whose result decides: an actor, then a function; restarted too."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        ledger = Ledger(stage, supervisor)
        with stage.victim("starter"):
            ref = await supervisor.start(lambda: Worker(ledger), name="actor")
            await supervisor.start(lambda: crash_after(0.3), name="function")
            await ledger.ask(ref, crashing_query)
            await ledger.ask(ref, Query)
        await trio.sleep(0.5)
        await supervisor.stop()


SCENARIOS = (
    Scenario(play=start_functions, within=1, least=100),
    Scenario(play=start_what_does_not_start, within=2, least=100),
    Scenario(play=stop_during_a_start, within=2, least=60),
    Scenario(play=start_a_tree_that_fails_half_way, within=2, least=50, allowed=(smith.StartFailed,)),
    Scenario(play=start_a_nested_tree, within=2, least=50),
    Scenario(play=children_from_a_function, within=2, least=80),
    Scenario(play=lifespan_and_restart, within=6, least=150),
    Scenario(play=deliver_again, within=6, least=150),
    Scenario(play=start_a_factory, within=6, least=80),
)
