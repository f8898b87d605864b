"""Those who enqueue at once are written together, and each is told what became of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from random import Random
from typing import NoReturn

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_smith.store import Enqueue, OutcomeUnknown, StoreUnavailable
from trio_smith.store.postgres._groups import LARGEST, Groups

Ids = tuple[int, ...]
DOWN = "it is down"


class Database:
    """Takes a second to be reached, and one to write; `fails` is what it raises then."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.seconds = 1.0
        self.fails: list[BaseException | None] = []
        self._numbers = count(1)
        self.groups_of = Groups(self.write, failed=self._failed, grace=5)

    async def write(self, take: Callable[[], tuple[Enqueue, ...]]) -> tuple[Ids, ...]:
        """Do it."""
        await trio.sleep(1)
        if self.fails and isinstance(self.fails[0], ConnectionError):
            raise self.fails.pop(0) or AssertionError
        writes = take()
        await trio.sleep(self.seconds)
        if self.fails and (error := self.fails.pop(0)):
            raise error
        self.groups.append([job for write in writes for job in write.jobs])
        return tuple(tuple(next(self._numbers) for _ in write.jobs) for write in writes)

    async def enqueue(self, *jobs: object) -> Ids:
        """Put *jobs* in."""
        return await self.groups_of.commit(Enqueue("q", jobs))

    @staticmethod
    def _failed(error: BaseException) -> Exception:
        if isinstance(error, OutcomeUnknown):
            return OutcomeUnknown(why=error.why)
        return StoreUnavailable(what="cannot", why=str(error))


def interrupt(task: trio.lowlevel.Task) -> None:
    """Raise KeyboardInterrupt where *task* waits, as Trio does it in the main task."""

    def raise_cancel() -> NoReturn:
        raise KeyboardInterrupt

    task._attempt_abort(raise_cancel)


async def test_what_waits_is_written_together_and_answered_apart(autojump_clock: MockClock) -> None:
    """Three trips instead of four, and the fewer the more there are."""
    database, answers = Database(), {}

    async def enqueue(*jobs: int) -> None:
        answers[jobs] = await database.enqueue(*jobs)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(enqueue, 1)
        await trio.sleep(1.5)
        nursery.start_soon(enqueue, 2, 3)
        nursery.start_soon(enqueue, 4)
        await trio.sleep(1)
        nursery.start_soon(enqueue, 5)
    found = [sorted(group) for group in database.groups]
    assert found == [[b"1"], [b"2", b"3", b"4", b"5"]]
    written = [job for group in database.groups for job in group]
    for jobs, ids in answers.items():
        assert [written[number - 1] for number in ids] == [str(job).encode() for job in jobs]


async def test_a_group_has_an_end(autojump_clock: MockClock) -> None:
    """It must be written in the time of one statement."""
    database = Database()
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(database.enqueue, *range(LARGEST // 2))
    assert [len(group) for group in database.groups] == [LARGEST, LARGEST, LARGEST // 2]


async def test_each_gets_an_error_of_its_own(autojump_clock: MockClock) -> None:
    """One error raised in two tasks would grow the traceback of both."""
    database, errors = Database(), set()
    database.fails = [ConnectionError(DOWN), RuntimeError(DOWN)]

    async def fail() -> None:
        with pytest.raises(StoreUnavailable, match=DOWN) as caught:
            await database.enqueue(1)
        errors.add(caught.value)

    for _ in range(2):
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(fail)
    assert len(errors) == 6
    assert await database.enqueue(1) == (1,)


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, "done"), (RuntimeError(DOWN), "cancelled"), (OutcomeUnknown(why="lost"), "unknown")],
)
async def test_who_is_cancelled_while_another_one_writes_is_told_what_became_of_it(
    autojump_clock: MockClock, error: Exception | None, told: str
) -> None:
    """What is written is answered; what failed was cancelled in time."""
    database, ended = Database(), []
    database.fails = [error]

    async def follow() -> None:
        with trio.move_on_after(1.5) as scope:
            try:
                await database.enqueue(2)
            except OutcomeUnknown:
                ended.append("unknown")
            else:
                ended.append("done")
        if scope.cancelled_caught:
            ended.append("cancelled")

    async def lead() -> None:
        with suppress(OutcomeUnknown, StoreUnavailable):
            await database.enqueue(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lead)
        await wait_all_tasks_blocked()
        nursery.start_soon(follow)
    assert ended == [told]


async def test_it_is_told_within_the_grace(autojump_clock: MockClock) -> None:
    """A server that is silent keeps nobody who wants to go."""
    database = Database()
    database.seconds = 60
    async with trio.open_nursery() as nursery:
        nursery.start_soon(database.enqueue, 1)
        await wait_all_tasks_blocked()
        with pytest.raises(OutcomeUnknown, match="did not answer within 5 s"), trio.move_on_after(2):
            await database.enqueue(2)
        assert trio.current_time() == pytest.approx(7, abs=0.1)
    assert database.groups == [[b"1", b"2"]]


async def test_an_interrupt_leaves_the_others_unknown(autojump_clock: MockClock) -> None:
    """It may come after the server did it, so nobody else writes the same again."""
    database = Database()
    database.fails = [SystemExit()]
    async with trio.open_nursery() as nursery:

        async def lead() -> None:
            with pytest.raises(SystemExit):
                await database.enqueue(1)

        nursery.start_soon(lead)
        await wait_all_tasks_blocked()
        with pytest.raises(StoreUnavailable):
            await database.enqueue(2)
    assert database.groups == []


async def test_who_has_left_is_never_to_lead(autojump_clock: MockClock) -> None:
    """Everybody would wait for ever for one who was told long ago that nobody knows."""
    database = Database()
    database.seconds = 60
    leads, follows = trio.CancelScope(), trio.CancelScope()

    async def enqueue(scope: trio.CancelScope, job: int) -> None:
        with scope, suppress(OutcomeUnknown):
            await database.enqueue(job)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(enqueue, leads, 1)
        await wait_all_tasks_blocked()
        nursery.start_soon(enqueue, follows, 2)
        await trio.sleep(2)
        follows.cancel()
        await trio.sleep(6)  # longer than the grace
        leads.cancel()
    with trio.fail_after(100):
        await database.enqueue(3)
    assert database.groups == [[b"3"]]


async def test_who_is_interrupted_is_never_to_lead(autojump_clock: MockClock) -> None:
    """A program that catches Ctrl-C and ends in order still has what to write."""
    database = Database()
    leads, waiting = trio.CancelScope(), []

    async def lead() -> None:
        with leads:
            await database.enqueue(1)

    async def follow() -> None:
        waiting.append(trio.lowlevel.current_task())
        with suppress(KeyboardInterrupt):
            await database.enqueue(2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lead)
        await wait_all_tasks_blocked()
        nursery.start_soon(follow)
        await wait_all_tasks_blocked()
        interrupt(waiting[0])
        await wait_all_tasks_blocked()
        leads.cancel()
    with trio.fail_after(100):
        await database.enqueue(3)
    assert database.groups == [[b"3"]]


@pytest.mark.parametrize("seed", range(40))
async def test_cancelled_is_not_written_and_the_rest_is_once(autojump_clock: MockClock, seed: int) -> None:
    """Whoever leads, whoever follows, and whenever it comes."""
    random, database = Random(seed), Database()
    done: list[bytes] = []
    cancelled: list[bytes] = []
    unknown: list[bytes] = []

    async def enqueue(name: bytes, begin: float, end: float) -> None:
        await trio.sleep(begin)
        with trio.CancelScope(deadline=trio.current_time() + end):
            try:
                await database.enqueue(name)
            except trio.Cancelled:
                cancelled.append(name)
                raise
            except StoreUnavailable:
                cancelled.append(name)
            except OutcomeUnknown:
                unknown.append(name)
            else:
                done.append(name)

    database.fails = random.choices([None, RuntimeError(DOWN), ConnectionError(DOWN)], k=2)
    async with trio.open_nursery() as nursery:
        for number in range(30):
            begin, end = random.uniform(0, 12), random.choice([0, 1, 2, 3, 20])
            nursery.start_soon(enqueue, b"%d" % number, begin, end)
    assert len(done) + len(cancelled) + len(unknown) == 30
    assert unknown == []
    assert sorted(job for group in database.groups for job in group) == sorted(done)
    database.fails.clear()
    with trio.fail_after(3):
        await database.enqueue("again")
