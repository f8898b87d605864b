"""A taxonomy as ``failures=``: each family of errors meets the recovery that its row says."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.errors import ErrorFamily
from trio_smith.supervision import (
    ChildSpec,
    Condition,
    Decision,
    Escalated,
    Recovery,
    Severity,
    SupervisorSpec,
    Taxonomy,
    child,
    open_supervisor,
)

from .stage import idle

WRONG = smith.BadSettings(problems=())


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    """Return a child whose first incarnation fails after a second; the next lives on."""
    left = [error]

    async def fails() -> None:
        if left:
            await trio.sleep(1.0)
            raise left.pop()
        await trio.sleep_forever()

    return fails


async def test_each_family_meets_its_own_recovery(autojump_clock: MockClock) -> None:
    """The network comes back, wrong settings do not; neither harms the other."""
    async with open_supervisor(failures=Taxonomy()) as supervisor:
        feed = await supervisor.start(failing(ConnectionError()), name="feed")
        report = await supervisor.start(failing(WRONG), name="report")
        await trio.sleep(2.0)
        assert (feed.state, report.state) == (Condition.RUNNING, Condition.DOWN)
        await supervisor.restart_child("report")  # somebody has loaded better settings
        assert report.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_store_that_fails_goes_to_whoever_can_choose_another_one(autojump_clock: MockClock) -> None:
    """The supervisor above asks again for the children, and gets one with the other store."""
    chosen: list[str] = []

    async def keeper(store: str) -> None:
        if store == "first":
            await trio.sleep(1.0)
            raise sqlite3.OperationalError("disk I/O error")
        await trio.sleep_forever()

    async def choose() -> Sequence[ChildSpec]:
        chosen.append("second" if chosen else "first")
        return [child(keeper, chosen[-1], name="keeper"), child(idle, name="reader")]

    stores = SupervisorSpec(name="stores", failures=Taxonomy(), children=choose)
    async with open_supervisor() as supervisor:
        await supervisor.start(stores)
        await trio.sleep(5.0)
        assert chosen == ["first", "second"]
        assert supervisor.child("stores").incarnation == 2
        await supervisor.stop()


async def test_a_row_of_ones_own_decides(autojump_clock: MockClock) -> None:
    """For this supervisor alone."""
    row = Recovery(severity=Severity.HIGH, decision=Decision.ESCALATE)
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=Taxonomy(recoveries={ErrorFamily.NETWORK: row})) as supervisor:
            await supervisor.start(failing(ConnectionError("gone")), name="feed")
    assert isinstance(caught.value.failure, ConnectionError)


async def test_in_a_group_the_supervisors_failure_outweighs_the_others(autojump_clock: MockClock) -> None:
    """Escalate before stop before restart, as ever."""
    both = ExceptionGroup("both", [SystemError(), WRONG, sqlite3.Error()])
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=Taxonomy()) as supervisor:
            await supervisor.start(failing(both), name="a")
    assert caught.value.failure is both
