"""A nested supervisor is told to stop while the one above it stops already."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    SelfRequest,
    StartFailed,
    Strategy,
    Supervisor,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Tape, crashing, polite, settle, starting


async def test_it_returns_when_the_nested_supervisor_has_ended(autojump_clock: MockClock) -> None:
    """Not when the one above it refuses the request."""
    tape = Tape()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(polite(3.0), name="a")])
        await supervisor.start(polite(3.0), name="late")

        async def stops() -> None:
            await trio.sleep(2.0)
            await nested.stop()
            with pytest.raises(smith.SupervisorStopped):
                await nested.count_children()
            tape.say(f"stopped at {trio.current_time():g}")

        outside.start_soon(stops)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["stopped at 7"]


async def test_it_keeps_the_order_of_the_stop_above(autojump_clock: MockClock) -> None:
    """Its children are stopped after those that come behind it, each in its turn."""
    tape = Tape()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(polite(1.0, tape, "a"))])
        await supervisor.start(polite(3.0, tape, "late"))

        async def stops() -> None:
            await trio.sleep(2.0)
            await nested.stop()

        outside.start_soon(stops)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["late asked at 1", "a asked at 4"]


async def test_a_stop_that_waits_for_its_turn_is_overtaken_and_still_waits_for_the_end(
    autojump_clock: MockClock,
) -> None:
    """The request is refused when the supervisor above begins to stop."""
    tape = Tape()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(polite(5.0), name="a")])
        await supervisor.start(polite(3.0), name="late")

        async def stops() -> None:
            await nested.stop()
            tape.say(f"stopped at {trio.current_time():g}")

        outside.start_soon(supervisor.stop_child, "late")
        await settle()
        outside.start_soon(stops)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["stopped at 5"]


async def test_a_child_in_front_may_wait_for_it(autojump_clock: MockClock) -> None:
    """It is stopped after the nested one."""
    tape = Tape()
    nested: list[Supervisor] = []

    async def waits() -> None:
        await smith.stopping().wait()

    async def stops() -> None:
        event = smith.stopping()
        await trio.sleep(2.0)
        await nested[0].stop()
        tape.say(f"stopped at {trio.current_time():g}, {event.is_set()}")
        await event.wait()

    async with open_supervisor() as supervisor:
        await supervisor.start(stops, name="front")
        nested.append(await supervisor.start_supervisor(children=[child(polite(1.0))]))
        await supervisor.start(polite(3.0))
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["stopped at 5, False"]


async def test_a_child_behind_may_not_wait_for_it(autojump_clock: MockClock) -> None:
    """That child is stopped first: both would wait for one another until its grace has passed."""
    tape = Tape()
    nested: list[Supervisor] = []

    async def stops() -> None:
        event = smith.stopping()
        await trio.sleep(2.0)
        with pytest.raises(SelfRequest):
            await nested[0].stop()
        tape.say(f"refused at {trio.current_time():g}")
        await event.wait()

    async with open_supervisor() as supervisor:
        nested.append(await supervisor.start_supervisor(children=[child(polite(1.0))]))
        await supervisor.start(stops, name="behind", grace=HOUR)
        await supervisor.start(polite(3.0), name="late")
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["refused at 2"]
    assert trio.current_time() == 5.0


async def test_a_child_behind_may_wait_for_what_it_has_stopped_before(autojump_clock: MockClock) -> None:
    """The nested one ends by itself then, whatever the one above waits for."""
    tape = Tape()
    nested: list[Supervisor] = []

    async def stops() -> None:
        event = smith.stopping()
        await trio.sleep(0.5)
        await nested[0].stop()
        tape.say(f"stopped at {trio.current_time():g}")
        await event.wait()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        nested.append(await supervisor.start_supervisor(children=[child(polite(1.0))]))
        await supervisor.start(stops, name="behind", grace=HOUR)
        await supervisor.start(polite(3.0), name="late")
        outside.start_soon(supervisor.stop_child, "late")
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.lines == ["stopped at 1.5"]
    assert trio.current_time() == 3.0


async def test_it_waits_for_one_that_a_group_restart_ends(autojump_clock: MockClock) -> None:
    """The supervisor above is itself stopped, and begun again: the nested one of before has ended."""
    tape = Tape()
    spec = SupervisorSpec(
        strategy=Strategy.ONE_FOR_ALL,
        children=[
            child(
                SupervisorSpec(
                    name="m",
                    children=[
                        child(SupervisorSpec(name="n", children=[child(polite(2.0))])),
                        child(polite(3.0)),
                    ],
                )
            ),
            child(crashing(1.0), name="c"),
        ],
    )
    async with trio.open_nursery() as outside, open_tree(spec, observe=tape) as tree:
        nested = tree.system.find("m/n")
        assert isinstance(nested, Supervisor)

        async def stops() -> None:
            await trio.sleep(2.0)
            await nested.stop()
            tape.say(f"stopped at {trio.current_time():g}")

        outside.start_soon(stops)
        await trio.sleep(20.0)
        await tree.stop()
    assert tape.of("stopped") == ["stopped at 6"]


async def test_a_stop_that_is_cancelled_leaves_the_nested_supervisor_to_the_stop_above(
    autojump_clock: MockClock,
) -> None:
    """The wait is all that is given up."""
    tape = Tape()
    async with trio.open_nursery() as outside, open_supervisor(observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(polite(3.0), name="a")])
        await supervisor.start(polite(3.0), name="late")

        async def stops() -> None:
            await trio.sleep(2.0)
            with trio.move_on_after(0.5):
                await nested.stop()
            tape.say(f"left at {trio.current_time():g}")

        outside.start_soon(stops)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert tape.of("left", "end", "over") == [
        "left at 2.5",
        "end late: stopped",
        "end n/a: stopped",
        "over n: stopped",
        "over .: stopped",
    ]


async def test_a_start_that_it_cancels_is_called_cancelled(autojump_clock: MockClock) -> None:
    """The nested supervisor has not forgotten to say that it is ready."""
    tape = Tape()
    async with trio.open_nursery() as outside, open_supervisor(observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(
            name="n", children=[child(polite(1.0), name="a"), child(starting(0.0, HOUR), name="slow")]
        )
        await supervisor.stop_child("n")

        async def restarts() -> None:
            with pytest.raises(StartFailed) as caught:
                await supervisor.restart_child("n")
            tape.say(f"told {type(caught.value.__cause__).__name__}: {caught.value}")

        outside.start_soon(restarts)
        await trio.sleep(2.0)
        await nested.stop()
        await supervisor.stop()
    assert tape.of("failed") == ["failed n/slow: StartCancelled", "failed n#2: StartCancelled"]
    (told,) = tape.of("told")
    assert told.startswith("told StartCancelled")
    assert "task_status" not in told
