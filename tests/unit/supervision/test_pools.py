"""Pools: one template, instances on demand, each restarted alone."""

# ruff: noqa: PT012 - a whole block is what raises here

from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    AutoShutdown,
    ChildCounts,
    ChildNotFound,
    Condition,
    Pool,
    PoolFull,
    PoolHasNoIds,
    Restart,
    RestartIntensityExceeded,
    SelfRequest,
    StartFailed,
    Strategy,
    SupervisorSpec,
    SupervisorStopped,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Ready, Tape, polite, settle, stubborn


async def idle(*names: str) -> None:
    """Live on."""
    await trio.sleep_forever()


class Echo(smith.Actor[Any]):
    """An actor."""

    def __init__(self, *words: str) -> None:
        self.words = words


async def test_instances_are_started_on_demand_with_arguments_of_their_own(autojump_clock: MockClock) -> None:
    """Behind those of the template."""
    seen: list[tuple[str, ...]] = []

    async def notes(*words: str) -> None:
        seen.append(words)

    async with open_pool(child(notes, "all")) as pool:
        await pool.start("a", "b")
        await pool.start()
    assert sorted(seen) == [("all",), ("all", "a", "b")]


async def test_an_instance_keeps_its_arguments_over_restarts(autojump_clock: MockClock) -> None:
    """Those of its first start."""
    seen: list[str] = []

    async def notes(name: str) -> None:
        seen.append(name)
        await trio.sleep(1.0)
        if seen.count(name) < 3:
            raise Crash
        await trio.sleep_forever()

    async with open_pool(child(notes), max_restarts=9) as pool:
        await pool.start("a")
        await trio.sleep(0.5)
        await pool.start("b")
        await trio.sleep(10.0)
        assert seen == ["a", "b", "a", "b", "a", "b"]
        await pool.stop()


async def test_a_start_answers_by_a_handle_a_ref_or_a_supervisor() -> None:
    """As the template says."""
    async with open_supervisor() as supervisor:
        functions = await supervisor.start_pool(child(idle))
        actors = await supervisor.start_pool(child(Echo, "x"))
        trees = await supervisor.start_pool(child(SupervisorSpec(children=[child(idle, name="a")])))
        assert isinstance(await functions.start(), smith.Child)
        assert isinstance(await actors.start("y"), smith.Ref)
        tree = await trees.start()
        assert isinstance(tree, smith.Supervisor)
        assert tree.children() == ("a",)
        await supervisor.stop()


async def test_a_pool_in_a_declared_tree_is_found_and_used(autojump_clock: MockClock) -> None:
    """Nested like any supervisor."""
    spec = SupervisorSpec(
        children=[child(SupervisorSpec(name="p", strategy=Strategy.DYNAMIC, template=child(trio.sleep, 1.0)))]
    )
    async with open_tree(spec) as supervisor:
        pool = supervisor.system.find("p")
        assert isinstance(pool, Pool)
        started = await pool.start()
        assert started.path.startswith("p/")
        assert supervisor.system.find(started.path) == started
        await supervisor.stop()


async def test_the_limit_is_of_instances_that_are_there(autojump_clock: MockClock) -> None:
    """Restarting ones count; one that has finished makes room."""
    async with open_pool(
        child(polite(HOUR), grace=0.0),
        max_children=2,
        backoff=smith.Backoff(initial=5.0, jitter=0.0),
        name="p",
    ) as pool:
        first = await pool.start()
        await pool.start()
        with pytest.raises(PoolFull) as caught:
            await pool.start()
        assert (caught.value.pool, caught.value.max_children) == ("p", 2)
        await pool.stop_child(first)
        await pool.start()
        await pool.stop()


async def test_a_restarting_instance_takes_its_place(autojump_clock: MockClock) -> None:
    """It will be there again."""
    left = [1]

    async def crashes_once() -> None:
        await trio.sleep(1.0)
        if left:
            left.pop()
            raise Crash
        await trio.sleep_forever()

    backoff = smith.Backoff(initial=5.0, jitter=0.0)
    async with open_pool(child(crashes_once), max_children=1, backoff=backoff) as pool:
        started = await pool.start()
        await trio.sleep(2.0)
        assert started.state is Condition.RESTARTING
        with pytest.raises(PoolFull):
            await pool.start()
        counts = await pool.count_children()
        assert counts == ChildCounts(specs=1, active=0, supervisors=0, workers=1)
        await pool.stop()


@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
async def test_finished_instances_leave_nothing_behind(autojump_clock: MockClock, restart: Restart) -> None:
    """Their handles are known no longer."""
    async with open_pool(child(trio.sleep, restart=restart)) as pool:
        handles = [await pool.start(seconds) for seconds in (1.0, 2.0, HOUR)]
        assert pool.children() == tuple(handles)
        await trio.sleep(5.0)
        assert pool.children() == (handles[2],)
        for handle in handles:
            await pool.stop_child(handle)
        await pool.stop_child(handles[2])
        assert pool.children() == ()


async def test_a_failed_or_ignored_start_leaves_nothing_behind() -> None:
    """The first raises, the second says so."""
    how: list[BaseException] = [KeyError(), smith.Ignore()]

    async def starts(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        raise how.pop(0)

    async with open_pool(child(starts), max_children=1) as pool:
        with pytest.raises(StartFailed):
            await pool.start()
        assert (await pool.start()).ignored
        assert pool.children() == ()


async def test_an_ignored_restart_removes_the_instance(autojump_clock: MockClock) -> None:
    """Section 8."""
    left = [1]

    async def starts(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        if not left:
            raise smith.Ignore
        left.pop()
        task_status.started()
        raise Crash

    async with open_pool(child(starts)) as pool:
        started = await pool.start()
        await started.wait_stopped()
        assert pool.children() == ()


async def test_instances_have_handles_not_ids() -> None:
    """The id that a handle shows is for people."""
    async with open_pool(child(idle)) as pool:
        started = await pool.start()
        for which in (started.id, "nobody"):
            with pytest.raises(PoolHasNoIds):
                await pool.stop_child(which)
        assert not hasattr(pool, "restart_child")
        assert not hasattr(pool, "delete_child")
        await pool.stop()


async def test_a_handle_is_its_pools_alone(autojump_clock: MockClock) -> None:
    """A living child of somebody else is not found; one that has ended is fine."""
    async with open_supervisor() as supervisor:
        one = await supervisor.start_pool(child(idle))
        two = await supervisor.start_pool(child(idle))
        started = await one.start()
        single = await supervisor.start(idle)
        for which in (started, single, supervisor, 3, None):
            with pytest.raises(ChildNotFound):
                await two.stop_child(which)  # type: ignore[arg-type]
        await one.stop_child(started)
        await two.stop_child(started)
        await supervisor.stop()


async def test_an_instance_stops_by_its_own_handle(autojump_clock: MockClock) -> None:
    """Child.stop."""
    async with open_pool(child(stubborn(2.0))) as pool:
        started = await pool.start()
        await settle()
        await started.stop()
        assert trio.current_time() == 2.0
        assert pool.children() == ()


async def test_an_instance_cannot_wait_for_its_own_stop() -> None:
    """SelfRequest, as everywhere."""
    refused: list[SelfRequest] = []
    handles: list[smith.Child] = []
    known = trio.Event()

    async def me(pools: list[Pool]) -> None:
        await known.wait()
        for request in (lambda: pools[0].stop_child(handles[0]), handles[0].stop, pools[0].stop):
            try:
                await request()
            except SelfRequest as error:
                refused.append(error)

    pools: list[Pool] = []
    async with open_pool(child(me, pools)) as pool:
        pools.append(pool)
        handles.append(await pool.start())
        known.set()
    assert len(refused) == 3


async def test_a_pool_restarts_one_instance_alone_and_shares_the_intensity(autojump_clock: MockClock) -> None:
    """One for one."""
    tape = Tape()

    async def crashes(after: float) -> None:
        await trio.sleep(after)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_pool(child(crashes), max_restarts=2, name="p", observe=tape) as pool:
            await pool.start(1.0)
            await pool.start(1.5)
            await trio.sleep_forever()
    assert caught.value.supervisor == "p"
    assert len(tape.of("again")) == 2


async def test_the_counts_of_a_pool(autojump_clock: MockClock) -> None:
    """One spec; the kind is that of the template."""
    async with open_supervisor() as supervisor:
        workers = await supervisor.start_pool(child(idle))
        trees = await supervisor.start_pool(child(SupervisorSpec()))
        for pool in (workers, trees):
            for _ in range(3):
                await pool.start()
        assert await workers.count_children() == ChildCounts(specs=1, active=3, supervisors=0, workers=3)
        assert await trees.count_children() == ChildCounts(specs=1, active=3, supervisors=3, workers=0)
        await supervisor.stop()


async def test_a_pool_shuts_itself_down_when_it_becomes_empty(autojump_clock: MockClock) -> None:
    """By an own exit, not by a stop."""
    template = child(trio.sleep, restart=Restart.TEMPORARY, significant=True)
    async with open_pool(template, auto_shutdown=AutoShutdown.ALL_SIGNIFICANT) as pool:
        stopped = await pool.start(HOUR)
        await pool.stop_child(stopped)
        await trio.sleep(1.0)
        await pool.start(1.0)
        await pool.start(2.0)
        await trio.sleep_forever()
    assert trio.current_time() == 3.0


async def test_a_pool_shuts_itself_down_at_any_significant_end(autojump_clock: MockClock) -> None:
    """The others are stopped together."""
    template = child(trio.sleep, restart=Restart.TEMPORARY, significant=True)
    async with open_pool(template, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT) as pool:
        await pool.start(HOUR)
        await pool.start(2.0)
        await trio.sleep_forever()
    assert trio.current_time() == 2.0


async def test_a_stopped_pool_serves_nobody(autojump_clock: MockClock) -> None:
    """As a stable handle: the restarted one begins empty."""
    async with open_supervisor() as supervisor:
        pool = await supervisor.start_pool(child(idle), name="p")
        await pool.start()
        await supervisor.stop_child("p")
        with pytest.raises(SupervisorStopped):
            await pool.start()
        with pytest.raises(SupervisorStopped):
            pool.children()
        await supervisor.restart_child("p")
        assert pool.children() == ()
        await pool.start()
        assert len(pool.children()) == 1
        assert repr(pool) == "<Pool p>"
        await supervisor.stop()


async def test_the_block_of_a_pool_waits_for_its_instances(autojump_clock: MockClock) -> None:
    """As a nursery does."""
    async with open_pool(child(trio.sleep)) as pool:
        await pool.start(5.0)
        await pool.start(7.0)
    assert trio.current_time() == 7.0


async def test_a_supervisor_template_takes_no_arguments() -> None:
    """Nobody could receive them."""
    async with open_pool(child(SupervisorSpec())) as pool:
        with pytest.raises(smith.InvalidSpec):
            await pool.start("x")
        await pool.stop()


async def test_snapshots_show_the_arguments_of_the_instances() -> None:
    """Without names they would all look alike."""
    async with open_pool(child(idle, "all"), name="p") as pool:
        await pool.start("red")
        await settle()
        (instance,) = pool.tree().children
        assert "red" in str(pool.tree())
        assert instance.args == ("all", "red")
        await pool.stop()


async def test_a_pools_options_are_those_of_a_supervisor(autojump_clock: MockClock) -> None:
    """What fails may be decided by its type."""
    tape = Tape()

    async def crashes() -> None:
        raise Crash

    async with open_supervisor(observe=tape) as supervisor:
        pool = await supervisor.start_pool(
            child(crashes),
            name="p",
            max_children=3,
            max_restarts=1,
            within=2.0,
            auto_shutdown=AutoShutdown.NEVER,
            backoff=smith.Backoff(initial=1.0, jitter=0.0),
            restart=Restart.TRANSIENT,
            grace=3.0,
            significant=False,
        )
        await pool.start()
        await trio.sleep(10.0)
        assert supervisor.child("p").state is Condition.DOWN
    assert tape.of("gave-up")[0].startswith("gave-up p: ")
