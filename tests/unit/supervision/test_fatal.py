"""Ctrl-C and SystemExit of a child: never restarted, never swallowed; an ordered stop, then they go on."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
import trio.lowlevel
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

from .stage import FATAL, Crash, Tape, crashing, fatal_after, fatal_at_the_end, polite, settle, stubborn

# From a running child ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", FATAL)
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
async def test_a_fatal_child_ends_the_tree_in_order_and_comes_out_bare(
    autojump_clock: MockClock, kind: type[BaseException], restart: Restart, strategy: Strategy
) -> None:
    """Whatever its restart kind and the strategy say."""
    tape, error = Tape(), kind()
    with pytest.raises(kind) as caught:
        async with open_supervisor(strategy=strategy, observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(fatal_after(1.0, error), name="b", restart=restart)
            await supervisor.start(polite(2.0, tape, "c"), name="c")
            await settle()
            tape.take()
            await trio.sleep_forever()
    assert caught.value is error
    assert tape.lines == [
        f"end b: {kind.__name__}",
        "c asked at 1",
        "end c: stopped",
        "a asked at 3",
        "end a: stopped",
        f"over .: {kind.__name__}",
    ]


@pytest.mark.parametrize("depth", [1, 2, 3])
async def test_a_fatal_child_deep_down_comes_out_bare(autojump_clock: MockClock, depth: int) -> None:
    """Through nested supervisors."""
    error = SystemExit(3)
    spec = child(fatal_after(1.0, error), name="f")
    for level in range(depth):
        spec = child(SupervisorSpec(name=f"n{level}", children=[child(trio.sleep_forever, name="x"), spec]))
    with pytest.raises(SystemExit) as caught:
        async with open_tree(SupervisorSpec(children=[spec])):
            await trio.sleep_forever()
    assert caught.value is error


async def test_a_fatal_child_of_an_inner_block_comes_out_of_both_blocks(autojump_clock: MockClock) -> None:
    """Through the plain function that holds it."""
    tape, error = Tape(), SystemExit(3)

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(1.0, tape, "x"), name="x")
            await inner.start(fatal_after(1.0, error), name="f")

    with pytest.raises(SystemExit) as caught:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(holds, name="h", restart=Restart.PERMANENT)
    assert caught.value is error
    assert tape.of("x", "a") == ["x asked at 1", "a asked at 2"]


@pytest.mark.parametrize("kind", FATAL)
async def test_a_group_that_holds_a_fatal_exception_is_fatal_like_it(
    autojump_clock: MockClock, kind: type[BaseException]
) -> None:
    """It comes out as it is."""
    error = BaseExceptionGroup("g", [Crash(), BaseExceptionGroup("h", [kind()])])
    with pytest.raises(BaseExceptionGroup) as caught:
        async with open_supervisor() as supervisor:
            await supervisor.start(fatal_after(1.0, error), restart=Restart.PERMANENT)
    assert caught.value is error


async def test_an_actor_that_wants_the_program_to_end_ends_it(autojump_clock: MockClock) -> None:
    """From a handler."""

    class Exits(smith.Actor[str]):
        @smith.on(str)
        async def handle(self, message: str) -> None:
            raise SystemExit(message)

    with pytest.raises(SystemExit) as caught:
        async with open_supervisor() as supervisor:
            ref = await supervisor.start(Exits, name="e")
            await ref.tell("enough")
            await trio.sleep_forever()
    assert caught.value.code == "enough"


async def test_a_fatal_instance_of_a_pool_ends_the_block(autojump_clock: MockClock) -> None:
    """Pools are supervisors."""
    with pytest.raises(SystemExit):
        async with open_pool(child(fatal_after(1.0, SystemExit(1)))) as pool:
            await pool.start()
            await trio.sleep_forever()


# Never restarted ---------------------------------------------------------------------------


async def test_a_group_restart_does_not_revive_a_fatal_child_while_the_tree_is_being_stopped(
    autojump_clock: MockClock,
) -> None:
    """Its supervisor decides nothing more, although it waits for its own stop."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor() as supervisor:
            await supervisor.start_supervisor(
                name="n",
                strategy=Strategy.ONE_FOR_ALL,
                children=[
                    child(fatal_after(1.0, SystemExit(3), tape), name="f"),
                    child(crashing(2.0), name="b"),
                ],
            )
            await supervisor.start(stubborn(3.0), name="slow")
            await trio.sleep_forever()
    assert tape.lines == ["fatal begins"]


async def test_a_supervisor_above_a_fatal_child_is_not_restarted_either(autojump_clock: MockClock) -> None:
    """The child raises while it is stopped by request: its supervisor ends; the one above waits."""
    tape = Tape()
    with pytest.raises(SystemExit) as caught:
        async with open_supervisor(observe=tape) as supervisor:
            middle = await supervisor.start_supervisor(name="m")
            nested = await middle.start_supervisor(
                name="n", children=[child(fatal_at_the_end(SystemExit(3)), name="f")]
            )
            await supervisor.start(stubborn(3.0), name="slow")
            await settle()
            await nested.stop_child("f")
            await trio.sleep_forever()
    assert caught.value.code == 3
    assert len(tape.of("up")) == 4
    assert tape.of("again") == []


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
async def test_a_child_that_is_fatal_in_a_group_stop_ends_the_group_restart(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """Nobody is started any more."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor(strategy=strategy, observe=tape) as supervisor:
            await supervisor.start(crashing(1.0), name="a", restart=Restart.PERMANENT)
            await supervisor.start(fatal_at_the_end(SystemExit(3)), name="f")
            await supervisor.start(trio.sleep_forever, name="c")
    assert tape.of("up", "again") == ["up a", "up f", "up c", "again a: 1"]


async def test_a_request_to_a_doomed_supervisor_is_answered(autojump_clock: MockClock) -> None:
    """It is not served any more: it says so when the stop comes."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
            nested = await supervisor.start_supervisor(
                name="n", children=[child(fatal_after(1.0, SystemExit(3)), name="f")]
            )
            await supervisor.start(stubborn(3.0), name="slow")

            async def asks() -> None:
                with trio.CancelScope(shield=True):
                    await trio.sleep(2.0)
                    with pytest.raises(smith.SupervisorStopped):
                        await nested.count_children()
                    tape.say(f"told at {trio.current_time():g}")

            nursery.start_soon(asks)
            await trio.sleep_forever()
    assert len(tape.lines) == 1
