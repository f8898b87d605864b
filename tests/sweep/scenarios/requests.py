"""Requests: of each kind, in turn, withdrawn before their turn, and of pools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.sweep.cast import Query, Worker, crash_after, crashing_query, idle, polite, ready_soon, slow_query
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced, check_reverse_stop, count
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage


async def requests_of_each_kind(stage: Stage) -> None:
    """One caller makes all of them; a child that is down stays down, one that is gone is gone."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        await supervisor.start(polite, name="other")
        try:
            with stage.victim("caller"):
                await supervisor.start(ready_soon, name="a")
                await supervisor.stop_child("a")
                await supervisor.stop_child("a")
                await supervisor.restart_child("a")
                counts = await supervisor.count_children()
                assert (counts.specs, counts.active, counts.workers) == (2, 2, 2), counts
                await supervisor.child("a").stop()
                await supervisor.delete_child("a")
                assert supervisor.children() == ("other",)
                desk = await supervisor.start_supervisor(
                    name="desk", children=[smith.child(polite, name="x")]
                )
                await desk.start(idle, name="y")
                await desk.stop()
                await supervisor.delete_child("desk")
        except smith.ChildError as error:
            raise AssertionError(error) from error
        if not stage.struck:
            assert supervisor.children() == ("other",)
        await supervisor.stop()


async def requests_withdrawn_before_their_turn(stage: Stage) -> None:
    """While one slow stop is served others queue up, and are taken back there."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        await supervisor.start(polite, 1.0, name="slow")
        await supervisor.start(polite, 0.2, name="a")
        await supervisor.start(idle, name="b")
        await supervisor.stop_child("b")
        done: list[str] = []

        async def call(name: str, request: Callable[[], Awaitable[object]]) -> None:
            with stage.victim(name):
                try:
                    await request()
                except smith.ChildError:
                    name += " (refused)"
                done.append(name)

        async with trio.open_nursery() as nursery:
            for name, request in (
                ("stop slow", lambda: supervisor.stop_child("slow")),
                ("stop a", lambda: supervisor.stop_child("a")),
                ("start c", lambda: supervisor.start(ready_soon, name="c")),
                ("restart b", lambda: supervisor.restart_child("b")),
                ("count", supervisor.count_children),
            ):
                nursery.start_soon(call, name, request)
                await wait_all_tasks_blocked()
        if not stage.struck:
            assert done[:2] == ["stop slow", "stop a"], done
            # When c is ready the others are served in the same step; who of the three runs first is chance.
            assert sorted(done[2:]) == ["count", "restart b", "start c"], done
        _check_withdrawn(stage, "start c", "c", 1)
        _check_withdrawn(stage, "restart b", "b", 2)
        for name in ("slow", "a"):
            torn = any(hit.strike.victim == f"stop {name}" for hit in stage.hits)
            state = supervisor.child(name).state
            assert torn or state is smith.Condition.DOWN, f"{name} is {state.value}"
        await supervisor.stop()


def _check_withdrawn(stage: Stage, victim: str, name: str, starts: int) -> None:
    """Whoever was cancelled while "slow" was being stopped has asked for nothing."""
    for hit in stage.hits:
        ended = [event.id for event in stage.events[: hit.events] if isinstance(event, smith.ChildEnded)]
        if hit.strike.victim == victim and "slow" not in ended:
            assert count(stage, smith.ChildStarted, name) < starts, f"{victim} was taken back, and done"


async def requests_between_restarts(stage: Stage) -> None:
    """Crashes and requests come together; each is served in turn."""
    async with smith.open_supervisor(observe=stage.observe, max_restarts=10) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, crashing_query if sender == "second" else slow_query, sender)

        async def stop_and_start() -> None:
            with stage.victim("caller"):
                await trio.sleep(0.4)
                await supervisor.stop_child("worker")
                await supervisor.restart_child("worker")

        async with trio.open_nursery() as nursery:
            for sender in ("first", "second", "third"):
                nursery.start_soon(ask, sender)
                await trio.lowlevel.checkpoint()
            nursery.start_soon(stop_and_start)
        if supervisor.child("worker").state is smith.Condition.DOWN:
            assert stage.struck
            await supervisor.restart_child("worker")
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def pool_of_workers(stage: Stage) -> None:
    """Instances come, crash, finish and are stopped by their handles."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        ledger = Ledger(stage, supervisor)
        pool = await supervisor.start_pool(smith.child(Worker, ledger), name="pool", max_children=3)
        refs = [await pool.start() for _ in range(3)]
        try:
            await pool.start()
        except smith.PoolFull:
            pass
        else:
            raise AssertionError("the pool takes more than it may")

        async def ask(number: int) -> None:
            with stage.victim(f"asker {number}"):
                await ledger.ask(refs[number], crashing_query if number == 1 else slow_query, f"{number}")

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(ask, number)
        with stage.victim("stopper"):
            await pool.stop_child(refs[0])
            await pool.stop_child(refs[0])
        with stage.victim("starter"):
            await ledger.ask(await pool.start(), Query, "new")
        await supervisor.stop()


async def pool_stops_together(stage: Stage) -> None:
    """All instances are asked to stop at once, and have one grace in common."""
    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_pool(smith.child(polite, grace=1.0), name="pool", observe=stage.observe) as pool:
        stage.watch(pool)
        for seconds in (0.3, 0.6, 0.6, 3.0):
            await pool.start(seconds)
        await trio.sleep(0.1)
        await pool.stop()


async def pool_that_empties(stage: Stage) -> None:
    """Instances that finish leave nothing; with the last one the pool ends by itself."""
    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_pool(
        smith.child(trio.sleep, significant=True, restart=smith.Restart.TEMPORARY),
        auto_shutdown=smith.AutoShutdown.ALL_SIGNIFICANT,
        observe=stage.observe,
    ) as pool:
        stage.watch(pool)
        for seconds in (0.5, 0.3, 0.7):
            await pool.start(seconds)
        await trio.sleep_forever()


async def pool_that_gives_up(stage: Stage) -> None:
    """Instances crash more often than allowed."""
    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_pool(smith.child(crash_after), max_restarts=2, observe=stage.observe) as pool:
        stage.watch(pool)
        for seconds in (0.3, 0.4, 0.3):
            await pool.start(seconds)
        await trio.sleep_forever()


async def nested_handles_over_restarts(stage: Stage) -> None:
    """The handle of a nested supervisor names its present incarnation, and says so when there is none."""
    async with smith.open_supervisor(observe=stage.observe, max_restarts=10) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["desk", "other"]))
        desk = await supervisor.start_supervisor(
            name="desk", max_restarts=0, children=[smith.child(ready_soon, name="kept")]
        )
        await supervisor.start(polite, name="other")

        async def call() -> None:
            for _ in range(4):
                with stage.victim("caller"):
                    try:
                        await desk.start(crash_after, 0.2)
                        await trio.sleep(0.25)
                        await desk.count_children()
                    except smith.SupervisorStopped:
                        await trio.sleep(0.05)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await trio.sleep(1.5)
        if not stage.struck:
            assert count(stage, smith.GaveUp, "desk") >= 1
        await supervisor.stop()


SCENARIOS = (
    Scenario(play=requests_of_each_kind, within=4, least=150),
    Scenario(play=requests_withdrawn_before_their_turn, within=4, least=200),
    Scenario(play=requests_between_restarts, within=8, least=150),
    Scenario(play=pool_of_workers, within=8, least=150),
    Scenario(play=pool_stops_together, within=2, least=60),
    Scenario(play=pool_that_empties, within=1, least=40),
    Scenario(play=pool_that_gives_up, within=1, least=40, allowed=(smith.RestartIntensityExceeded,)),
    Scenario(play=nested_handles_over_restarts, within=4, least=150),
)
