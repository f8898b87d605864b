"""Ctrl-C and SystemExit out of what starts and out of what is stopped."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    RestartIntensityExceeded,
    StartFailed,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)

from .stage import FATAL, Ready, Tape, crashing, fatal_at_the_end, polite, settle, starting

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
