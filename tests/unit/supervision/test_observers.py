"""Observers: called in exact order, hurting nobody; the first one that wants the end gets it."""

# ruff: noqa: PT012 - a whole block is what raises here

import logging

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    RestartIntensityExceeded,
    Strategy,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)
from trio_smith.telemetry import SupervisionEvent

from .stage import HOUR, Crash, Ready, Tape, crashing, polite, returning, settle, starting, stubborn, telling


async def test_the_whole_story_of_a_tree_in_its_order(autojump_clock: MockClock) -> None:
    """Supervision events, interleaved truly with what the children themselves do."""
    tape = Tape()
    nested = SupervisorSpec(
        name="n",
        max_restarts=1,
        children=[child(telling(tape, "x"), name="x"), child(crashing(1.0, 1.0), name="bad")],
    )
    spec = SupervisorSpec(
        strategy=Strategy.REST_FOR_ONE, children=[child(nested), child(telling(tape, "y"), name="y")]
    )
    async with open_tree(spec, observe=tape) as supervisor:
        tape.say("body begins")
        await trio.sleep(2.5)
        await supervisor.stop()
    lines = [line for line in tape.lines if not line.endswith(" begins")]
    assert lines == [
        "begin .",
        "begin n",
        "up n/x",
        "up n/bad",
        "up n",
        "up y",
        "end n/bad: Crash",
        "again n/bad: 1",
        "up n/bad#2",
        "end n/bad#2: Crash",
        "gave-up n: bad, 2",
        "x ends",
        "end n/x: stopped",
        "over n: shut down, RestartIntensityExceeded",
        "again n: 1",
        "y ends",
        "end y: stopped",
        "begin n#2",
        "up n/x",
        "up n/bad",
        "up n#2",
        "up y#2",
        "y ends",
        "end y#2: stopped",
        "end n/bad: stopped",
        "x ends",
        "end n/x: stopped",
        "over n#2: stopped",
        "over .: stopped",
    ]


async def test_an_observer_that_raises_hurts_nobody_and_is_reported_once(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Further failures are only counted."""
    tape = Tape()

    def raises(event: object) -> None:
        raise KeyError

    with caplog.at_level(logging.ERROR, "trio_smith.supervision"):
        async with open_supervisor(observe=raises) as supervisor:
            supervisor.system.events.subscribe(tape)
            await supervisor.start(crashing(1.0), name="a")
            await trio.sleep(2.0)
            await supervisor.stop()
    assert tape.lines == [
        "up a",
        "end a: Crash",
        "again a: 1",
        "up a#2",
        "end a#2: stopped",
        "over .: stopped",
    ]
    assert len(caplog.records) == 1


EVENTS = [
    "SupervisorStarting",
    "ChildStarted",
    "ChildEnded",
    "RestartScheduled",
    "ChildStartFailed",
    "ChildIgnored",
    "GaveUp",
    "SupervisorEnded",
    "StopRaised",
    "ChildStuck",
]


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("which", [0, 1])
async def test_an_observer_that_wants_the_program_to_end_ends_it_in_order(  # noqa: PLR0915 - one long story
    autojump_clock: MockClock, name: str, which: int
) -> None:
    """At whatever event, nothing hangs, nobody is forgotten, and SystemExit comes out."""
    seen = 0
    story: list[str] = []

    def ends(event: object) -> None:
        nonlocal seen
        story.append(type(event).__name__)
        if type(event).__name__ == name:
            seen += 1
            if seen == which + 1:
                raise SystemExit(7)

    async def fails_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    async def deaf() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(40.0)

    closed: list[str] = []

    async def waits(supervisor: smith.Supervisor, child_name: str) -> None:
        await supervisor.child(child_name).wait_stopped()
        closed.append(child_name)

    nested = SupervisorSpec(
        name="n",
        max_restarts=1,
        children=[
            child(fails_at_the_end, name="fails"),
            child(starting(0.0, smith.Ignore), name="ignores"),
            child(starting(0.0, KeyError, crash_after=1.0), name="bad"),
        ],
        strategy=Strategy.ONE_FOR_ALL,
    )
    names: tuple[str, ...] = ()
    with trio.fail_after(HOUR):
        async with trio.open_nursery() as nursery:
            try:
                async with open_supervisor(observe=ends, max_restarts=1) as supervisor:
                    await supervisor.start(deaf, name="deaf", grace=8.0)
                    await supervisor.start(fails_at_the_end, name="fails")
                    await supervisor.start(child(nested))
                    names = supervisor.children()
                    for one in names:
                        nursery.start_soon(waits, supervisor, one)
                    await trio.sleep(2.0)
                    await supervisor.start(crashing(0.0, 0.0), name="crashes")
                    await trio.sleep(2.0)
                    await supervisor.stop_child("fails")
                    await supervisor.stop()
            except BaseException as error:  # noqa: BLE001 - looked at below
                leaves = [type(leaf) for leaf in _leaves(error)]
                assert leaves.count(SystemExit) == (1 if seen > which else 0)
                assert set(leaves) <= {SystemExit, RestartIntensityExceeded, smith.StartFailed}
            else:
                assert seen <= which, f"{name} was lost"
    assert sorted(closed) == sorted(names)
    assert seen >= 1, f"this story has no {name}: {story}"


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


async def test_an_observer_of_an_inner_block_sees_the_whole_system(autojump_clock: MockClock) -> None:
    """There is one bus; it is cancelled with its block."""
    inner_tape = Tape()

    async def holds() -> None:
        async with open_supervisor(observe=inner_tape) as inner:
            await inner.start(returning(1.0), name="deep")

    async with open_supervisor() as supervisor:
        await supervisor.start(holds, name="h")
        await supervisor.start(returning(2.0), name="late")
    assert "up h/deep" in inner_tape.lines
    assert "end late: returned" not in inner_tape.lines


async def test_without_observers_nothing_is_built(autojump_clock: MockClock) -> None:
    """And everything works all the same."""

    async def fails_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    async def ignores(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        raise smith.Ignore

    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=1, within=HOUR, strategy=Strategy.ONE_FOR_ALL) as supervisor:
            assert not supervisor.system.events.active
            await supervisor.start(fails_at_the_end, name="f")
            await supervisor.start(ignores, name="i")
            await supervisor.start(stubborn(12.0), name="stuck", grace=3.0)
            with pytest.raises(smith.StartFailed):
                await supervisor.start(starting(KeyError))
            await supervisor.start_supervisor(
                name="n", max_restarts=0, children=[child(crashing(1.0), name="c")]
            )
            await supervisor.start(crashing(1.0), name="q", quarantine=smith.Intensity(max_restarts=0))
            await supervisor.start(crashing(20.0, 1.0, 1.0), name="bad")


async def test_the_events_of_a_pool(autojump_clock: MockClock) -> None:
    """Instances are called by numbers."""
    tape = Tape()
    async with open_pool(child(trio.sleep), observe=tape, name="p") as pool:
        await pool.start(1.0)
        await pool.start(HOUR)
        await trio.sleep(2.0)
        await pool.stop()
    assert tape.lines == [
        "begin .",
        "up #1",
        "up #2",
        "end #1: returned",
        "end #2: stopped",
        "over .: stopped",
    ]


async def test_every_event_names_its_path_and_incarnation(autojump_clock: MockClock) -> None:
    """The id is the last part of the path."""
    events: list[SupervisionEvent] = []
    nested = SupervisorSpec(name="n", children=[child(crashing(1.0), name="c")])
    async with open_supervisor(observe=events.append) as supervisor:  # type: ignore[arg-type, unused-ignore]
        await supervisor.start(child(nested))
        await trio.sleep(2.0)
        await supervisor.stop()
    for event in events:
        assert event.incarnation >= 1
        assert not event.path or event.id == event.path[-1]


async def test_a_graceful_story_has_no_stop_raised(autojump_clock: MockClock) -> None:
    """Cancellation is no failure, also in a group."""
    tape = Tape()

    async def through_a_nursery() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(trio.sleep_forever)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(through_a_nursery, name="a")
        await supervisor.start(polite(1.0), name="b")
        await settle()
        await supervisor.stop()
    assert tape.of("raised") == []


async def test_a_failure_beside_the_cancellation_is_reported(autojump_clock: MockClock) -> None:
    """A group of both."""
    tape = Tape()

    async def fails() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise Crash

    async def through_a_nursery() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(fails)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(through_a_nursery, name="a")
        await settle()
        await supervisor.stop_child("a")
    assert tape.of("raised") == ["raised a: ExceptionGroup"] or tape.of("raised") == [
        "raised a: BaseExceptionGroup"
    ]
