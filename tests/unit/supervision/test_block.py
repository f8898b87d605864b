"""The block: how it ends, and what comes out of it."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    AutoShutdown,
    Restart,
    RestartIntensityExceeded,
    Strategy,
    SupervisorSpec,
    SupervisorStopped,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Tape, crashing, polite, returning, settle, starting, stubborn, telling

# The body ends normally --------------------------------------------------------------------


async def test_a_body_that_ends_waits_for_the_children(autojump_clock: MockClock) -> None:
    """As a nursery does."""
    async with open_supervisor() as supervisor:
        await supervisor.start(trio.sleep, HOUR)
    assert trio.current_time() == HOUR


async def test_a_body_that_ends_waits_for_restarts_too(autojump_clock: MockClock) -> None:
    """A child that is about to be started again is not over."""
    async with open_supervisor(backoff=smith.Backoff(initial=10.0, jitter=0.0)) as supervisor:

        async def fails_once(left: list[int]) -> None:
            await trio.sleep(1.0)
            if left:
                left.pop()
                raise Crash

        await supervisor.start(fails_once, [1])
    assert trio.current_time() == 12.0


async def test_a_block_without_children_ends_with_its_body() -> None:
    """There is nobody to wait for."""
    async with open_supervisor():
        pass


async def test_a_nested_supervisor_does_not_end_because_its_children_did(autojump_clock: MockClock) -> None:
    """It waits for requests; so the block round it does not end either."""
    with trio.move_on_after(HOUR) as scope:
        async with open_supervisor() as supervisor:
            nested = await supervisor.start_supervisor(name="n", children=[child(returning(1.0))])
            await trio.sleep(10.0)
            assert supervisor.child("n").state.value == "running"
            await nested.start(returning(1.0), name="later")
    assert scope.cancelled_caught


async def test_children_that_are_added_while_the_block_waits_are_waited_for_too(
    autojump_clock: MockClock,
) -> None:
    """By a child, for example."""
    async with open_supervisor() as supervisor:

        async def adds() -> None:
            await trio.sleep(1.0)
            await supervisor.start(trio.sleep, 5.0)

        await supervisor.start(adds)
    assert trio.current_time() == 6.0


async def test_a_child_in_quarantine_holds_nobody_up(autojump_clock: MockClock) -> None:
    """It is down."""
    async with open_supervisor() as supervisor:
        await supervisor.start(crashing(1.0), quarantine=smith.Intensity(max_restarts=0))
    assert trio.current_time() == 1.0


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


# An outer cancellation ---------------------------------------------------------------------


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


# supervisor.stop() and automatic shutdown --------------------------------------------------


async def test_stop_from_the_body_cancels_it_and_the_block_ends_quietly(autojump_clock: MockClock) -> None:
    """After the ordered stop."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(2.0, tape, "a"), name="a")
        await supervisor.start(polite(1.0, tape, "b"), name="b")
        await settle()
        await supervisor.stop()
        pytest.fail("the body is cancelled")
    assert tape.lines[-5:] == [
        "b asked at 0",
        "end b: stopped",
        "a asked at 1",
        "end a: stopped",
        "over .: stopped",
    ]


async def test_stop_from_another_task_waits_for_the_end(autojump_clock: MockClock) -> None:
    """And cancels the body."""
    tape = Tape()
    async with trio.open_nursery() as nursery:
        async with open_supervisor() as supervisor:

            async def stops() -> None:
                await trio.sleep(1.0)
                await supervisor.stop()
                tape.say(f"stopped at {trio.current_time():g}")

            nursery.start_soon(stops)
            await supervisor.start(polite(3.0, tape, "a"))
            await trio.sleep_forever()
        tape.say("block over")
    assert tape.lines[0] == "a asked at 1"
    assert set(tape.lines[1:]) == {"stopped at 4", "block over"}


async def test_stopping_what_has_ended_is_fine(autojump_clock: MockClock) -> None:
    """It is over at once, and all other requests say so."""
    async with open_supervisor() as supervisor:
        pass
    await supervisor.stop()
    with pytest.raises(SupervisorStopped):
        await supervisor.start(trio.sleep, 1.0)
    with pytest.raises(SupervisorStopped):
        await supervisor.count_children()


async def test_a_stop_whose_caller_is_cancelled_goes_on(autojump_clock: MockClock) -> None:
    """Docstring of stop: cancelling the caller changes nothing."""
    async with trio.open_nursery() as nursery, open_supervisor() as supervisor:
        await supervisor.start(polite(5.0))

        async def stops() -> None:
            with trio.move_on_after(1.0):
                await supervisor.stop()

        nursery.start_soon(stops)
        await trio.sleep_forever()
    assert trio.current_time() == 5.0


async def test_automatic_shutdown_cancels_the_body_and_ends_quietly(autojump_clock: MockClock) -> None:
    """It is no failure."""
    tape = Tape()
    async with open_supervisor(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, observe=tape) as supervisor:
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(returning(1.0), name="b", significant=True)
        await settle()
        tape.take()
        await trio.sleep_forever()
    assert tape.lines == [
        "end b: returned",
        "a ends",
        "end a: stopped",
        "over .: shut down, SignificantEnded",
    ]


# What the block is --------------------------------------------------------------------------


async def test_nothing_outlives_the_block(autojump_clock: MockClock) -> None:
    """No task of ours or of a child is left, whatever happened."""
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_supervisor(
        strategy=Strategy.ONE_FOR_ALL, backoff=smith.Backoff(jitter=0.0)
    ) as supervisor:
        await supervisor.start(crashing(1.0, 2.0), name="a")
        await supervisor.start_supervisor(children=[child(polite(1.0)), child(crashing(1.0, 1.0))])
        await trio.sleep(10.0)
        await supervisor.stop()
    assert trio.lowlevel.current_statistics().tasks_living == before


async def test_a_pool_has_a_door_of_its_own() -> None:
    """A pool has other requests than a supervisor."""
    spec = SupervisorSpec(name="p", strategy=Strategy.DYNAMIC, template=child(trio.sleep_forever))
    with pytest.raises(smith.InvalidSpec, match="open_pool") as caught:
        async with open_tree(spec):
            pass
    assert caught.value.field == "strategy"
    async with open_pool(child(trio.sleep), name="p") as pool:
        await pool.start(0)
        assert pool.name == "p"


async def test_wrong_options_are_refused_before_anything_starts() -> None:
    """The block never begins."""
    tape = Tape()
    with pytest.raises(smith.InvalidSpec):
        async with open_supervisor(within=-1.0, observe=tape, children=[child(telling(tape, "a"))]):
            pytest.fail("the body must not begin")
    assert tape.lines == []


async def test_the_children_function_of_a_block_is_asked_before_any_child(autojump_clock: MockClock) -> None:
    """OTP's init/1."""
    tape = Tape()

    async def children() -> list[smith.ChildSpec]:
        tape.say("asked")
        await trio.sleep(1.0)
        return [child(telling(tape, "a"), name="a")]

    async with open_supervisor(children=children, observe=tape) as supervisor:
        assert supervisor.children() == ("a",)
        await settle()
        await supervisor.stop()
    assert tape.lines[:4] == ["asked", "begin .", "up a", "a begins"]


@pytest.mark.parametrize("error", [smith.Ignore(), SystemExit(3)], ids=["Ignore", "SystemExit"])
async def test_what_says_no_to_the_whole_block_comes_out_as_itself(error: BaseException) -> None:
    """There is no parent that could ignore it, and nothing may swallow the end of the program."""

    async def children() -> list[smith.ChildSpec]:
        raise error

    with pytest.raises(type(error)) as caught:
        async with open_supervisor(children=children):
            pytest.fail("the body must not begin")
    assert caught.value is error


async def test_a_children_function_that_fails_is_a_start_failure_of_the_block() -> None:
    """Its own start has failed."""
    error = Crash()

    async def children() -> list[smith.ChildSpec]:
        raise error

    with pytest.raises(smith.StartFailed) as caught:
        async with open_supervisor(name="top", children=children):
            pytest.fail("the body must not begin")
    assert caught.value.path == ("top",)
    assert caught.value.__cause__ is error


async def test_what_the_children_function_of_a_block_returns_is_checked() -> None:
    """As what is given at once."""

    async def children() -> list[smith.ChildSpec]:
        return [child(trio.sleep, name="a"), child(trio.sleep, name="a")]

    with pytest.raises(smith.StartFailed) as caught:
        async with open_supervisor(children=children):
            pytest.fail("the body must not begin")
    assert isinstance(caught.value.__cause__, smith.InvalidSpec)


async def test_a_declared_tree_and_the_requests_make_the_same_events(autojump_clock: MockClock) -> None:
    """One engine."""
    declared, requested = Tape(), Tape()
    inner = SupervisorSpec(
        name="n", strategy=Strategy.REST_FOR_ONE, children=[child(returning(1.0), name="c")]
    )
    outer = SupervisorSpec(children=[child(crashing(2.0), name="a"), child(inner, restart=Restart.TRANSIENT)])
    async with open_tree(outer, observe=declared) as supervisor:
        await trio.sleep(5.0)
        await supervisor.stop()
    async with open_supervisor(observe=requested) as supervisor:
        await supervisor.start(crashing(2.0), name="a", restart=Restart.PERMANENT)
        await supervisor.start_supervisor(
            name="n",
            strategy=Strategy.REST_FOR_ONE,
            children=[child(returning(1.0), name="c")],
            restart=Restart.TRANSIENT,
        )
        await trio.sleep(5.0)
        await supervisor.stop()
    assert declared.lines == requested.lines
