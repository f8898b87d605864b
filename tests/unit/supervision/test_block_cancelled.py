"""A block that is cancelled from outside stops in order."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import SupervisorSpec, child, open_supervisor, open_tree

from .stage import HOUR, Crash, Tape, polite, starting, telling


async def test_a_cancellation_round_the_block_is_an_orderly_stop(autojump_clock: MockClock) -> None:
    """Although Trio cancels everything at once: reverse order, each within its grace; then it goes on."""
    tape = Tape()
    with trio.move_on_after(10.0) as scope:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(2.0, tape, "a"), name="a")
            await supervisor.start(polite(1.0, tape, "b"), name="b")
            tape.take()
            try:
                await trio.sleep_forever()
            finally:
                tape.say(f"body ends at {trio.current_time():g}")
    assert scope.cancelled_caught
    assert tape.lines == [
        "body ends at 10",
        "b asked at 10",
        "end b: stopped",
        "a asked at 11",
        "end a: stopped",
        "over .: stopped",
    ]
    assert trio.current_time() == 13.0


async def test_a_cancellation_while_the_block_waits_for_its_children_stops_them_too(
    autojump_clock: MockClock,
) -> None:
    """The body has ended long since."""
    tape = Tape()
    with trio.move_on_after(10.0) as scope:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(2.0, tape, "a"), name="a")
    assert scope.cancelled_caught
    assert tape.lines == ["a asked at 10"]
    assert trio.current_time() == 12.0


async def test_a_cancellation_while_children_are_started_stops_what_runs_by_then(
    autojump_clock: MockClock,
) -> None:
    """The start in progress is cancelled; the body never begins."""
    tape = Tape()
    spec = SupervisorSpec(
        children=[
            child(polite(1.0, tape, "a"), name="a"),
            child(starting(HOUR), name="b"),
            child(telling(tape, "c"), name="c"),
        ]
    )
    with trio.move_on_after(10.0) as scope:
        async with open_tree(spec, observe=tape):
            pytest.fail("the body must not begin")
    assert scope.cancelled_caught
    assert tape.lines == [
        "begin .",
        "up a",
        "failed b: StartCancelled",
        "a asked at 10",
        "end a: stopped",
        "over .: stopped",
    ]


async def test_a_second_cancellation_does_not_cut_the_orderly_stop_short(autojump_clock: MockClock) -> None:
    """It lasts the sum of the graces, whatever is cancelled outside meanwhile."""
    with trio.move_on_after(20.0) as outer, trio.move_on_after(10.0) as inner:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(HOUR), grace=15.0)
            await trio.sleep_forever()
    assert outer.cancelled_caught or inner.cancelled_caught
    assert trio.current_time() == 25.0


async def test_children_see_no_outer_deadline(autojump_clock: MockClock) -> None:
    """They are shielded from it: their time is their grace."""
    seen: list[float] = []

    async def looks() -> None:
        seen.append(trio.current_effective_deadline())

    with trio.move_on_after(10.0):
        async with open_supervisor() as supervisor:
            await supervisor.start(looks)
            assert trio.current_effective_deadline() == 10.0
    assert seen == [float("inf")]


async def test_a_nursery_round_the_block_that_fails_stops_it_in_order(autojump_clock: MockClock) -> None:
    """A cancellation is a cancellation, wherever it comes from."""
    tape = Tape()

    async def fails() -> None:
        await trio.sleep(1.0)
        raise Crash

    with pytest.RaisesGroup(Crash):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            async with open_supervisor(observe=tape) as supervisor:
                await supervisor.start(polite(2.0, tape, "a"), name="a")
    assert tape.lines[-3:] == ["a asked at 1", "end a: stopped", "over .: stopped"]
    assert trio.current_time() == 3.0


async def test_a_body_that_fails_while_it_is_cancelled_lets_both_out(autojump_clock: MockClock) -> None:
    """The outer scope takes its part."""
    with pytest.raises(ValueError, match="clean-up"), trio.move_on_after(1.0):
        async with open_supervisor() as supervisor:
            await supervisor.start(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("clean-up")


async def test_the_shielded_part_of_a_body_is_not_hurried(autojump_clock: MockClock) -> None:
    """The body ends first, then the children."""
    tape = Tape()
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(0.0, tape, "a"), name="a")
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(5.0)
                tape.say("body ends")
    assert tape.lines[-4:] == ["body ends", "a asked at 6", "end a: stopped", "over .: stopped"]
