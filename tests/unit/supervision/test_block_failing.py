"""What comes out of a block whose body raises, or whose supervisor gives up."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import RestartIntensityExceeded, child, open_supervisor

from .stage import HOUR, Crash, Tape, crashing, polite, settle, stubborn, telling

# The body raises ---------------------------------------------------------------------------


async def test_the_exception_of_a_body_stops_the_children_in_reverse_order_and_goes_on(
    autojump_clock: MockClock,
) -> None:
    """The body ends first; the exception leaves bare, and as itself."""
    tape, error = Tape(), ValueError("body")
    with pytest.raises(ValueError, match="body") as caught:
        async with open_supervisor() as supervisor:
            for name in "abc":
                await supervisor.start(telling(tape, name), name=name)
            await settle()
            tape.take()
            raise error
    assert caught.value is error
    assert tape.lines == ["c ends", "b ends", "a ends"]


async def test_each_child_has_its_own_grace_one_after_the_other(autojump_clock: MockClock) -> None:
    """The total is the sum."""
    tape = Tape()
    with pytest.raises(Crash):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(HOUR, tape, "a"), name="a", grace=3.0)
            await supervisor.start(polite(2.0, tape, "b"), name="b", grace=5.0)
            await supervisor.start(polite(HOUR, tape, "c"), name="c", grace=4.0)
            await settle()
            tape.take()
            raise Crash
    assert tape.lines == [
        "c asked at 0",
        "end c: killed",
        "b asked at 4",
        "end b: stopped",
        "a asked at 6",
        "end a: killed",
        "over .: Crash",
    ]
    assert trio.current_time() == 9.0


async def test_what_children_raise_while_they_are_stopped_is_reported_not_raised(
    autojump_clock: MockClock,
) -> None:
    """The body's exception leaves bare all the same."""
    tape = Tape()

    async def fails_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    with pytest.raises(ValueError, match="body"):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(fails_at_the_end, name="a")
            await settle()
            raise ValueError("body")
    assert tape.lines[-3:] == ["raised a: KeyError", "end a: stopped", "over .: ValueError"]


@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration, GeneratorExit, RuntimeError])
async def test_any_exception_of_a_body_leaves_as_itself(kind: type[BaseException]) -> None:
    """Also those that generators treat in their own way."""
    error = kind("body")
    with pytest.raises(kind) as caught:
        async with open_supervisor() as supervisor:
            await supervisor.start(trio.sleep_forever)
            raise error
    assert caught.value is error


async def test_the_exception_of_a_body_leaves_no_circle_behind() -> None:
    """A traceback that holds the exception it belongs to would keep all frames alive for long."""
    import gc  # noqa: PLC0415 - only here

    with pytest.raises(ValueError, match="body") as caught:
        async with open_supervisor():
            raise ValueError("body")
    error = caught.value
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if "trio_smith" in frame.f_code.co_filename:
            assert not [name for name, value in frame.f_locals.items() if value is error]
        traceback = traceback.tb_next
    del error, traceback, caught
    gc.collect()


# Giving up ---------------------------------------------------------------------------------


async def test_giving_up_cancels_the_body_and_comes_out_bare(autojump_clock: MockClock) -> None:
    """With the failures as its group."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(name="top", max_restarts=1, observe=tape) as supervisor:
            await supervisor.start(telling(tape, "a"), name="a")
            await supervisor.start(crashing(1.0, 1.0), name="b")
            await settle()
            tape.take()
            try:
                await trio.sleep_forever()
            except trio.Cancelled:
                tape.say("body cancelled")
                raise
    error = caught.value
    assert (error.supervisor, error.child, error.restarts, error.within) == ("top", "b", 2, 5.0)
    assert error.failures is not None
    assert [type(one) for one in error.failures.exceptions] == [Crash, Crash]
    assert [line for line in tape.lines if line != "body cancelled"] == [
        "end b: Crash",
        "again b: 1",
        "up b#2",
        "end b#2: Crash",
        "gave-up .: b, 2",
        "a ends",
        "end a: stopped",
        "over .: shut down, RestartIntensityExceeded",
    ]
    assert "body cancelled" in tape.lines


async def test_giving_up_when_the_body_has_ended_comes_out_bare_too(autojump_clock: MockClock) -> None:
    """The block was waiting for its children."""
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=0) as supervisor:
            await supervisor.start(crashing(1.0), name="b")


async def test_giving_up_together_with_a_failing_body_leaves_as_a_group(autojump_clock: MockClock) -> None:
    """A group only when there are several."""
    with pytest.RaisesGroup(RestartIntensityExceeded, ValueError):
        async with open_supervisor(max_restarts=0) as supervisor:
            await supervisor.start(crashing(1.0))
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("body")


async def test_giving_up_together_with_an_outer_cancellation_leaves_both(autojump_clock: MockClock) -> None:
    """A group of the two; the outer scope takes its Cancelled."""
    with pytest.RaisesGroup(RestartIntensityExceeded), trio.move_on_after(2.0) as scope:
        async with open_supervisor(max_restarts=0) as supervisor:
            await supervisor.start(stubborn(5.0), name="a")
            await supervisor.start(crashing(1.0), name="b")
            with trio.CancelScope(shield=True):  # so that the body is still there at 2
                await trio.sleep(3.0)
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert trio.current_time() == 6.0


async def test_the_causes_of_a_nested_give_up_come_out_of_the_block(autojump_clock: MockClock) -> None:
    """It is normal-like for the decision, although its exception is kept and shown."""
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=0) as supervisor:
            await supervisor.start_supervisor(
                name="n", max_restarts=0, children=[child(crashing(1.0), name="c")]
            )
    assert caught.value.child == "n"
    assert caught.value.failures is not None
    (nested,) = caught.value.failures.exceptions
    assert isinstance(nested, RestartIntensityExceeded)
    assert nested.failures is not None
    assert isinstance(nested.failures.exceptions[0], Crash)
