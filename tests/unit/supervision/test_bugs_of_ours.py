"""If the bookkeeping itself fails, everything ends at once, nothing hangs, and the error comes out."""

# ruff: noqa: PT012 - a whole block is what raises here

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.actor import Cell
from trio_smith.supervision import Strategy, SupervisorSpec, child, open_supervisor
from trio_smith.supervision._shell import Shell
from trio_smith.supervision.engine._engine import Engine
from trio_smith.supervision.life._runner import Runner

from .stage import HOUR, Tape, crashing, polite, settle, starting, stubborn


class Bug(AssertionError):
    """What is wrong with us."""


def bugs_in(error: BaseException | None) -> int:
    """Return how many bugs came out."""
    if isinstance(error, BaseExceptionGroup):
        return sum(bugs_in(one) for one in error.exceptions)
    return isinstance(error, Bug) or (error.__cause__ is not None and bugs_in(error.__cause__) > 0)


def broken(*_: object, **__: object) -> Any:
    """Fail."""
    raise Bug


def broken_generator(*_: object, **__: object) -> Any:
    """Fail when it is stepped."""
    raise Bug
    yield


PLACES: list[tuple[type, str, Callable[..., Any]]] = [
    (Engine, "_on_exit", broken_generator),
    (Engine, "_on_exit", broken),
    (Engine, "exited", broken),
    (Engine, "note_end", broken),
    (Engine, "_serve", broken_generator),
    (Engine, "_serve", broken),
    (Engine, "request", broken),
    (Engine, "started", broken),
    (Engine, "start_failed", broken),
    (Engine, "_launch", broken_generator),
    (Engine, "_halt", broken_generator),
    (Engine, "_restart", broken_generator),
    (Engine, "_run", broken),
    (Shell, "_do", broken),
    (Runner, "begin", broken),
    (Runner, "ask_stop", broken),
    (Runner, "report", broken),
    (Runner, "reason", broken),
]


@pytest.mark.parametrize(
    ("owner", "name", "bug"), PLACES, ids=[f"{o.__name__}.{n}-{b.__name__}" for o, n, b in PLACES]
)
@pytest.mark.parametrize("where", ["root", "nested", "inner block"])
async def test_a_bug_anywhere_ends_the_block_and_comes_out(  # noqa: PLR0915, PLR0917 - one story, parametrised
    autojump_clock: MockClock,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    name: str,
    bug: Callable[..., Any],
    where: str,
) -> None:
    """While a child starts, another is stopped, one crashes, and somebody outside waits for answers."""
    tape = Tape()

    async def asks(call: Callable[[], Any], what: str) -> None:
        with suppress(smith.SmithError, Bug):
            await call()
        tape.say(what)

    async def play(supervisor: smith.Supervisor) -> None:
        await supervisor.start(polite(1.0), name="polite")
        await supervisor.start(stubborn(1.0), name="stubborn")
        await supervisor.start(starting(0.0, KeyError, crash_after=3.0), name="bad")
        waited = supervisor.child("polite")
        outside.start_soon(asks, waited.wait_stopped, "told of the end")
        await settle()
        monkeypatch.setattr(owner, name, bug)
        outside.start_soon(asks, lambda: supervisor.start(starting(1.0), name="new"), "told of the start")
        outside.start_soon(asks, lambda: supervisor.stop_child("stubborn"), "told of the stop")
        await trio.sleep(10.0)

    async def holds() -> None:
        async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as inner:
            await play(inner)

    came_out: BaseException | None = None
    with trio.fail_after(HOUR):
        async with trio.open_nursery() as outside:
            try:
                limit = 0 if where == "inner block" else 3
                async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, max_restarts=limit) as supervisor:
                    match where:
                        case "root":
                            await play(supervisor)
                        case "nested":
                            await play(
                                await supervisor.start_supervisor(name="n", strategy=Strategy.ONE_FOR_ALL)
                            )
                        case _:
                            await supervisor.start(holds, name="h")
                            await trio.sleep(20.0)
            except (Bug, BaseExceptionGroup, smith.RestartIntensityExceeded) as error:
                came_out = error
            finally:
                monkeypatch.undo()
    assert sorted(tape.lines) == ["told of the end", "told of the start", "told of the stop"]
    assert came_out is not None
    assert bugs_in(came_out) >= 1, repr(came_out)


async def test_a_bug_in_the_wait_before_a_restart_comes_out(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found by the clock of the tree, in a Trio task of nobody."""
    with pytest.raises(BaseException, check=bugs_in):  # noqa: B017 - bare or in a group
        async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
            await supervisor.start(crashing(1.0), name="a")
            await trio.sleep(2.0)
            monkeypatch.setattr(Engine, "resume", broken)
            await trio.sleep_forever()


async def test_a_bug_in_a_nested_start_comes_out(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the tree is being built."""
    monkeypatch.setattr(Engine, "begin", broken)
    with pytest.raises(BaseException, check=bugs_in):  # noqa: B017 - bare or in a group
        async with smith.open_tree(SupervisorSpec(children=[child(starting(1.0))])):
            pytest.fail("the body must not begin")


async def test_a_request_to_a_broken_supervisor_is_refused(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves nobody any more."""
    refused: list[str] = []
    with pytest.raises(BaseException, check=bugs_in):  # noqa: B017 - bare or in a group
        async with open_supervisor() as supervisor:
            await supervisor.start(stubborn(5.0), name="a")
            await settle()
            monkeypatch.setattr(Shell, "_do", broken)
            try:
                await supervisor.start(trio.sleep_forever)
            except Bug:
                pass
            finally:
                monkeypatch.undo()
                for request in (supervisor.count_children, lambda: supervisor.stop_child("a")):
                    with trio.CancelScope(shield=True):
                        try:
                            await request()
                        except smith.SupervisorStopped:
                            refused.append("refused")
    assert refused == ["refused", "refused"]


async def test_an_action_that_nobody_knows_is_a_bug(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An AssertionError, never a SmithError."""
    with pytest.raises(BaseException, check=lambda error: "no such action" in repr(error)):  # noqa: B017 - bare or in a group
        async with open_supervisor() as supervisor:
            monkeypatch.setattr(Engine, "request", lambda *_: ["nonsense"])
            await supervisor.count_children()


class Failing(smith.Actor[int]):
    """Crashes at any number."""

    @smith.on(int)
    def fail(self, number: int) -> None:
        """Crash."""
        raise ValueError(number)


async def test_a_runtime_error_of_ours_is_not_taken_for_a_scope_left_open(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trio says by a RuntimeError that the child has left a scope open; ours must not be its failure too."""

    def settle_badly(*_: object) -> None:
        monkeypatch.undo()  # where it is called the next time nothing would take it for anything else
        raise RuntimeError from Bug()

    with pytest.raises(BaseException, check=bugs_in):  # noqa: B017 - bare or in a group
        async with open_supervisor() as supervisor:
            ref = await supervisor.start(Failing, name="a")
            monkeypatch.setattr(Cell, "settle", settle_badly)
            ref.tell_nowait(1)
            await trio.sleep(HOUR)
