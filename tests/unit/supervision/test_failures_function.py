"""A function as ``failures=``: asked where a mapping would be looked up, and harmless when it is wrong."""

# ruff: noqa: PT012 - a whole block is what raises here

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    Decision,
    Escalated,
    RestartIntensityExceeded,
    StartFailed,
    Strategy,
    SupervisorSpec,
    Undecided,
    child,
    open_pool,
    open_supervisor,
)

from .stage import HOUR, Tape, crashing, idle, starting, stubborn

GROUPS = [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


def by_number(error: BaseException) -> Decision:
    """Decide by what a mapping of types could not see: the error's first argument."""
    number = error.args[0] if error.args else 0
    return (Decision.RESTART, Decision.STOP, Decision.ESCALATE)[number]


def raising(*numbers: int) -> Callable[[], Any]:
    """Return a child that fails a second after each start with the next number; then it lives on."""
    left = list(numbers)

    async def raises() -> None:
        if not left:
            await trio.sleep_forever()
        await trio.sleep(1.0)
        raise ValueError(left.pop(0))

    return raises


async def test_a_function_decides_by_the_exception_itself(autojump_clock: MockClock) -> None:
    """Two of one type may need different things: a lock that is held, a file that is broken."""
    async with open_supervisor(failures=by_number) as supervisor:
        back = await supervisor.start(raising(0, 0), name="back")
        down = await supervisor.start(raising(0, 1), name="down")
        await trio.sleep(5.0)
        assert (back.state, supervisor.child("back").incarnation) == (Condition.RUNNING, 3)
        assert (down.state, supervisor.child("down").incarnation) == (Condition.DOWN, 2)
        await supervisor.stop()


async def test_a_function_may_escalate(autojump_clock: MockClock) -> None:
    """The failure comes out as it is, in the Escalated."""
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=by_number) as supervisor:
            await supervisor.start(raising(2), name="a")
    assert isinstance(caught.value.failure, ValueError)


@pytest.mark.parametrize("strategy", GROUPS)
async def test_in_a_group_the_function_is_asked_about_the_one_that_failed(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """How the others end is our own doing."""
    asked: list[BaseException] = []

    def decide(error: BaseException) -> Decision:
        asked.append(error)
        return Decision.RESTART

    async with open_supervisor(strategy=strategy, failures=decide) as supervisor:
        await supervisor.start(raising(7), name="first")
        await supervisor.start(stubborn(0.5), name="other")
        await trio.sleep(5.0)
        assert [supervisor.child(name).incarnation for name in ("first", "other")] == [2, 2]
        await supervisor.stop()
    assert [error.args for error in asked] == [(7,)]


async def test_a_pool_asks_its_function(autojump_clock: MockClock) -> None:
    """An instance that is not restarted leaves nothing behind."""

    async def fails(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(Escalated):
        async with open_pool(fails, failures=by_number) as pool:
            await pool.start(1)
            await trio.sleep(1.0)
            assert pool.children() == ()
            await pool.start(2)


async def test_a_restart_whose_start_fails_is_asked_about(autojump_clock: MockClock) -> None:
    """The crash first, then the start."""
    asked: list[str] = []

    def decide(error: BaseException) -> Decision:
        asked.append(type(error).__name__)
        return Decision.STOP if isinstance(error, OSError) else Decision.RESTART

    async with open_supervisor(failures=decide) as supervisor:
        started = await supervisor.start(starting(0.0, OSError, crash_after=1.0), name="a")
        await trio.sleep(5.0)
        assert started.state is Condition.DOWN
        await supervisor.stop()
    assert asked == ["Crash", "OSError"]


async def test_a_first_start_that_fails_is_not_asked_about() -> None:
    """Who started it gets the error, and decides."""
    asked: list[BaseException] = []

    def decide(error: BaseException) -> Decision:
        asked.append(error)
        return Decision.RESTART

    with pytest.raises(StartFailed):
        async with open_supervisor(failures=decide, children=[child(starting(OSError), name="a")]):
            raise AssertionError
    assert asked == []


def raise_in_turn(_error: BaseException) -> Decision:
    """Be wrong."""
    raise ZeroDivisionError


WRONG: list[Any] = [raise_in_turn, lambda _error: None]


@pytest.mark.parametrize("wrong", WRONG, ids=["raises", "returns nothing"])
@pytest.mark.parametrize("way", ["crash", "failed restart", "pool", "nested", "group"])
async def test_a_function_that_does_not_decide_ends_its_supervisor_in_order(
    autojump_clock: MockClock, wrong: Any, way: str
) -> None:
    """Siblings are stopped, nothing hangs, and the error says whose mistake it is, about what."""
    tape = Tape()
    with trio.fail_after(HOUR), pytest.raises(Escalated) as caught:
        match way:
            case "crash" | "group":
                strategy = Strategy.ONE_FOR_ALL if way == "group" else Strategy.ONE_FOR_ONE
                async with open_supervisor(strategy=strategy, failures=wrong, observe=tape) as supervisor:
                    await supervisor.start(stubborn(2.0), name="sibling")
                    await supervisor.start(crashing(1.0), name="a")
            case "failed restart":
                decide = first_then(Decision.RESTART, wrong)
                async with open_supervisor(failures=decide, observe=tape) as supervisor:
                    await supervisor.start(stubborn(2.0), name="sibling")
                    await supervisor.start(starting(0.0, OSError, crash_after=1.0), name="a")
            case "pool":
                async with open_pool(crashing(1.0), failures=wrong, observe=tape) as pool:
                    await pool.start()
            case _:
                inner = SupervisorSpec(
                    name="n", failures=wrong, children=[child(idle), child(crashing(1.0), name="a")]
                )
                async with open_supervisor(observe=tape, max_restarts=0) as supervisor:
                    await supervisor.start(inner, restart=smith.Restart.TRANSIENT)
                    reason = await supervisor.child("n").wait_stopped()
                    assert isinstance(reason, smith.ShutDown)
                    assert isinstance(reason.why, Escalated)
                    raise reason.why
    undecided = caught.value.failure
    assert isinstance(undecided, Undecided)
    assert undecided.failure is not None
    if way in {"crash", "group", "failed restart"}:
        assert "end sibling: stopped" in tape.lines
    assert tape.lines[-1].startswith("over .")


def first_then(first: Decision, then: Callable[[BaseException], Decision]) -> Callable[..., Decision]:
    """Return a function that decides once, and then does what *then* does."""
    left = [first]

    def decide(error: BaseException) -> Decision:
        return left.pop() if left else then(error)

    return decide


@pytest.mark.parametrize("fatal", [SystemExit, KeyboardInterrupt])
async def test_a_function_that_ends_the_program_does(
    autojump_clock: MockClock, fatal: type[BaseException]
) -> None:
    """It asks for the end of everything, wherever it is raised."""

    def decide(_error: BaseException) -> Decision:
        raise fatal

    with trio.fail_after(HOUR), pytest.raises(BaseException) as caught:  # noqa: PT011 - alone, or in a group
        async with open_supervisor(failures=decide) as supervisor:
            await supervisor.start(crashing(1.0), name="a")
            await supervisor.start(idle, name="b")
    assert smith.exits.is_fatal(caught.value)


@pytest.mark.parametrize("above", [OSError, ValueError])
async def test_an_escalation_goes_up_as_far_as_the_supervisors_say(above: type[Exception]) -> None:
    """Whoever is above is asked about the failure itself, and not about a supervisor that has shut down."""

    async def fails() -> None:
        raise OSError("the disk is full")

    inner = SupervisorSpec(
        name="inner", failures={OSError: Decision.ESCALATE}, children=(child(fails, name="writer"),)
    )
    with pytest.raises((Escalated, RestartIntensityExceeded)) as caught:
        async with open_supervisor(name="outer", failures={above: Decision.ESCALATE}) as outer:
            await outer.start(child(inner))
            await trio.sleep_forever()
    if above is OSError:
        assert isinstance(caught.value, Escalated)
        nested = caught.value.failure
        assert isinstance(nested, Escalated)
        assert isinstance(nested.failure, OSError)
    else:  # nobody said anything of an OSError there: it is restarted as often as it may
        assert isinstance(caught.value, RestartIntensityExceeded)
