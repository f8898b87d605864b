"""Stopping supervisors inside supervisors, pools, and blocks inside functions."""

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, SupervisorSpec, child, open_pool, open_supervisor

from .stage import HOUR, Ready, Tape, polite, settle, stubborn


async def test_a_nested_supervisor_stops_in_order_and_its_parent_waits_without_limit(
    autojump_clock: MockClock,
) -> None:
    """Its own grace has no limit unless it is given one."""
    tape = Tape()
    inner = SupervisorSpec(
        name="n",
        children=[
            child(polite(20.0, tape, "a"), name="a", grace=30.0),
            child(polite(10.0, tape, "b"), name="b", grace=30.0),
        ],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(0.0, tape, "x"), name="x")
        await supervisor.start(child(inner))
        await settle()
        tape.take()
        await supervisor.stop()
    assert tape.lines == [
        "b asked at 0",
        "end n/b: stopped",
        "a asked at 10",
        "end n/a: stopped",
        "over n: stopped",
        "x asked at 30",
        "end x: stopped",
        "over .: stopped",
    ]


async def test_a_nested_supervisor_whose_grace_has_passed_cancels_all_at_once_recursively(
    autojump_clock: MockClock,
) -> None:
    """However deep, and whatever their graces are."""
    tape = Tape()
    deep = SupervisorSpec(name="deep", children=[child(polite(HOUR), name="d", grace=HOUR)])
    inner = SupervisorSpec(
        name="n",
        children=[
            child(polite(HOUR), name="a", grace=HOUR),
            child(deep),
            child(stubborn(1.0), name="c", grace=HOUR),
        ],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(child(inner, grace=3.0))
        await trio.sleep(1.0)
        tape.take()
        await supervisor.stop_child("n")
        assert trio.current_time() == 4.0
    assert tape.lines[0] == "end n/c: stopped"
    assert set(tape.lines[1:4]) == {"end n/deep/d: killed", "over n/deep: killed", "end n/a: killed"}
    assert tape.lines[4] == "over n: killed"


async def test_a_nested_supervisor_without_grace_cancels_all_at_once(autojump_clock: MockClock) -> None:
    """It is waited for all the same."""
    tape = Tape()
    inner = SupervisorSpec(
        name="n",
        children=[child(stubborn(2.0, tape, "a"), name="a"), child(stubborn(1.0, tape, "b"), name="b")],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(child(inner, grace=0.0))
        await trio.sleep(1.0)
        await supervisor.stop_child("n")
        assert trio.current_time() == 3.0
    assert set(tape.of("a", "b")) == {"a cancelled at 1", "b cancelled at 1"}
    assert tape.of("over")[0] == "over n: killed"


async def test_a_hard_stop_reaches_a_start_in_progress(autojump_clock: MockClock) -> None:
    """The nested supervisor is starting a child when its grace passes."""

    async def slow(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(HOUR)

    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nested = await supervisor.start_supervisor(
            name="n", grace=2.0, children=[child(polite(HOUR), grace=HOUR)]
        )

        async def asks() -> None:
            with pytest.raises(smith.SupervisorStopped):
                await nested.start(slow)

        nursery.start_soon(asks)
        await trio.sleep(1.0)
        await supervisor.stop_child("n")
        assert trio.current_time() == 3.0


async def test_a_pool_stops_all_its_instances_at_once_with_one_deadline(autojump_clock: MockClock) -> None:
    """The total is the longest, not the sum."""
    tape = Tape()

    async def obeys(name: str, seconds: float) -> None:
        await polite(seconds, tape, name)()

    async with open_pool(child(obeys, grace=5.0)) as pool:
        for name, seconds in [("a", 1.0), ("b", HOUR), ("c", 3.0)]:
            await pool.start(name, seconds)
        await trio.sleep(1.0)
        await pool.stop()
    assert sorted(tape.lines) == ["a asked at 1", "b asked at 1", "c asked at 1"]
    assert trio.current_time() == 6.0


async def test_a_grace_that_has_passed_reaches_the_blocks_inside_a_function(
    autojump_clock: MockClock,
) -> None:
    """What lives inside a child has no more time than the child."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), name="deep", grace=HOUR)
            await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h", grace=2.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        assert trio.current_time() == 3.0
    assert tape.of("end") == ["end h/deep: killed", "end h: killed"]


async def test_no_grace_reaches_the_blocks_inside_a_function_at_once(autojump_clock: MockClock) -> None:
    """All the way down."""

    async def innermost() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), grace=HOUR)

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(innermost, grace=HOUR)

    async with open_supervisor() as supervisor:
        await supervisor.start(holds, name="h", grace=0.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        assert trio.current_time() == 1.0


async def test_a_child_that_ends_in_time_spares_its_blocks_the_kill(autojump_clock: MockClock) -> None:
    """Also when it runs again by then."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(1.0), name="deep", grace=HOUR)
            await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h", grace=5.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        await supervisor.restart_child("h")
        await trio.sleep(20.0)
        assert supervisor.child("h").state is Condition.RUNNING
        assert tape.of("end") == ["end h/deep: stopped", "end h: stopped"]
        await supervisor.stop()
