"""Ctrl-C and SystemExit: never restarted, never swallowed; an ordered stop, then they go on."""

# ruff: noqa: PT012 - a whole block is what raises here

import signal
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Restart,
    RestartIntensityExceeded,
    StartFailed,
    Strategy,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Ready, Tape, crashing, polite, settle, starting, stubborn, telling

FATAL = [KeyboardInterrupt, SystemExit]


def fatal_after(
    seconds: float, error: BaseException, tape: Tape | None = None
) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error*, in every incarnation."""

    async def raises() -> None:
        if tape is not None:
            tape.say("fatal begins")
        await trio.sleep(seconds)
        raise error

    return raises


def fatal_at_the_end(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises *error* when it is cancelled."""

    async def raises() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise error

    return raises


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


# During a start ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FATAL)
async def test_a_fatal_start_by_request_ends_the_tree(
    autojump_clock: MockClock, kind: type[BaseException]
) -> None:
    """The requester is told too; what comes out is the fatal one, bare."""
    tape, error = Tape(), kind()

    async def raises(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1.0)
        raise error

    with pytest.raises(kind) as caught:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(raises, name="b")
            pytest.fail("the body is cancelled")
    assert caught.value is error
    assert tape.of("failed", "a", "end") == [f"failed b: {kind.__name__}", "a asked at 1", "end a: stopped"]


async def test_a_fatal_first_start_comes_out_bare(autojump_clock: MockClock) -> None:
    """Not as a StartFailed."""
    spec = SupervisorSpec(
        children=[child(trio.sleep_forever), child(SupervisorSpec(children=[child(starting(SystemExit))]))]
    )
    with pytest.raises(SystemExit):
        async with open_tree(spec):
            pytest.fail("the body must not begin")


async def test_a_fatal_restart_ends_the_tree(autojump_clock: MockClock) -> None:
    """It is no failing restart, so there is no retry."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(starting(0.0, SystemExit, crash_after=1.0), name="a")
            await trio.sleep_forever()
    assert tape.of("again", "failed") == ["again a: 1", "failed a#2: SystemExit"]


async def test_a_fatal_children_function_ends_the_tree(autojump_clock: MockClock) -> None:
    """Of a nested supervisor."""

    async def children() -> list[smith.ChildSpec]:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        async with open_supervisor() as supervisor:
            await supervisor.start(trio.sleep_forever, name="a")
            await supervisor.start_supervisor(children=children)


# During a stop -----------------------------------------------------------------------------


async def test_a_fatal_exception_during_the_final_stop_comes_out(autojump_clock: MockClock) -> None:
    """The others are stopped in order all the same."""
    tape = Tape()
    with pytest.raises(KeyboardInterrupt):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(fatal_at_the_end(KeyboardInterrupt()), name="f")
            await settle()
            tape.take()
            await supervisor.stop()
    assert tape.lines == [
        "raised f: KeyboardInterrupt",
        "end f: stopped",
        "a asked at 0",
        "end a: stopped",
        "over .: KeyboardInterrupt",
    ]


async def test_a_fatal_exception_during_a_stop_by_request_ends_the_tree(autojump_clock: MockClock) -> None:
    """The requester's stop is done."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(fatal_at_the_end(SystemExit(3)), name="f")
            await settle()
            await supervisor.stop_child("f")
            await trio.sleep_forever()
    assert tape.lines == ["a asked at 0"]


async def test_a_fatal_body_stops_the_children_in_order(autojump_clock: MockClock) -> None:
    """And comes out bare."""
    tape = Tape()
    with pytest.raises(SystemExit):
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(polite(2.0, tape, "b"), name="b")
            await settle()
            raise SystemExit(3)
    assert tape.lines == ["b asked at 0", "a asked at 2"]


async def test_giving_up_and_a_fatal_child_come_out_together(autojump_clock: MockClock) -> None:
    """Both are failures."""
    with pytest.RaisesGroup(RestartIntensityExceeded, SystemExit):
        async with open_supervisor(max_restarts=0) as supervisor:
            await supervisor.start(fatal_at_the_end(SystemExit(3)))
            await supervisor.start(crashing(1.0))


# Ctrl-C itself -----------------------------------------------------------------------------


def interrupt() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_in_a_child_is_its_exception() -> None:
    """User code is not protected: it is interrupted at once, and the tree ends in order."""
    tape = Tape()

    async def presses() -> None:
        await trio.lowlevel.checkpoint()
        interrupt()
        tape.say("never said")

    async def main() -> None:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(telling(tape, "a"), name="a")
            await supervisor.start(presses, name="b")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert "never said" not in tape.lines
    assert tape.lines[-4:] == [
        "end b: KeyboardInterrupt",
        "a ends",
        "end a: stopped",
        "over .: KeyboardInterrupt",
    ]


def test_ctrl_c_in_the_body_stops_the_children_in_order(mock_clock: MockClock) -> None:
    """Bare."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await settle()
            interrupt()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines == ["a asked at 0"]


def test_ctrl_c_while_the_body_waits_stops_the_children_in_order(mock_clock: MockClock) -> None:
    """It arrives in our own wait, in the main task."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def presses() -> None:
        smith.stopping()
        await trio.sleep(1.0)
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        trio.lowlevel.current_trio_token().run_sync_soon(interrupt)
        await smith.stopping().wait()
        tape.say("asked")

    async def main() -> None:
        async with open_supervisor() as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(presses, name="b")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines == ["asked", "a asked at 1"]


@pytest.mark.parametrize("times", [2, 3])
def test_the_second_ctrl_c_cancels_all_at_once_and_waits_for_them(times: int, mock_clock: MockClock) -> None:
    """The orderly stop takes too long for somebody. One KeyboardInterrupt comes out, bare."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), name="deep", grace=HOUR)

    async def main() -> None:
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(polite(HOUR), name="a", grace=HOUR)
            await supervisor.start(stubborn(2.0), name="b", grace=HOUR)
            await supervisor.start_supervisor(name="n", children=[child(polite(HOUR), name="x", grace=HOUR)])
            await supervisor.start(holds, name="h", grace=HOUR)
            await supervisor.start(polite(HOUR), name="c", grace=HOUR)
            await settle()
            tape.take()
            token = trio.lowlevel.current_trio_token()

            @trio.lowlevel.spawn_system_task
            async def presses() -> None:
                for _ in range(times):
                    await trio.sleep(1.0)
                    token.run_sync_soon(interrupt)

            await trio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert mock_clock.current_time() == 4.0
    assert set(tape.of("end")) == {
        "end a: killed",
        "end b: killed",
        "end n/x: killed",
        "end h/deep: killed",
        "end h: killed",
        "end c: killed",
    }


def test_ctrl_c_while_a_tree_starts_stops_what_runs_by_then(mock_clock: MockClock) -> None:
    """The start in progress is cancelled."""
    tape = Tape()
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()

        @trio.lowlevel.spawn_system_task
        async def presses() -> None:
            await trio.sleep(1.0)
            token.run_sync_soon(interrupt)

        spec = SupervisorSpec(
            children=[child(polite(1.0, tape, "a"), name="a"), child(starting(HOUR), name="b")]
        )
        async with open_tree(spec, observe=tape):
            pytest.fail("the body must not begin")

    with pytest.raises(KeyboardInterrupt):
        trio.run(main, clock=mock_clock)
    assert tape.lines[2:] == [
        "failed b: StartCancelled",
        "a asked at 1",
        "end a: stopped",
        "over .: KeyboardInterrupt",
    ]


def test_ctrl_c_during_the_stop_that_a_fatal_child_caused_is_impatience(mock_clock: MockClock) -> None:
    """The program ends already: it now ends at once, by the reason that came first."""
    mock_clock.autojump_threshold = 0

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()

        @trio.lowlevel.spawn_system_task
        async def presses() -> None:
            await trio.sleep(2.0)
            token.run_sync_soon(interrupt)

        async with open_supervisor() as supervisor:
            await supervisor.start(polite(HOUR), grace=HOUR)
            await supervisor.start(fatal_after(1.0, SystemExit(3)))

    with pytest.raises(SystemExit):
        trio.run(main, clock=mock_clock)
    assert mock_clock.current_time() == 2.0


async def test_a_start_failure_and_a_fatal_child_come_out_together(autojump_clock: MockClock) -> None:
    """Two failures."""
    spec = SupervisorSpec(
        children=[
            child(fatal_at_the_end(SystemExit(3)), name="f"),
            child(trio.sleep_forever),
            child(starting(0.0)),
            child(starting(KeyError)),
        ]
    )
    with pytest.RaisesGroup(StartFailed, SystemExit):
        async with open_tree(spec):
            pytest.fail("the body must not begin")
