"""The block: what it is, and that it waits for its children."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Restart,
    Strategy,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Tape, crashing, polite, returning, settle, telling

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
    tape = Tape()
    with trio.fail_after(1):
        async with open_supervisor(observe=tape):
            assert tape.take() == ["begin ."]
    assert tape.lines == ["over .: stopped"]


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
    assert tape.lines[:4] == ["begin .", "asked", "up a", "a begins"]


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
