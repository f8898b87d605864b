"""The one thread that writes: all commits that wait go into one transaction.

One that fails takes nothing of the others with it: then each gets a savepoint of its own. All are on the
disk after one flush. A commit that waits, also for other processes that write, can still be withdrawn; one
that was taken cannot, and its outcome is known within the time of a transaction.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import outcome
import trio

from .._errors import OutcomeUnknown, StoreClosed, StoreFailed
from .._sqlite_failures import FAILURES, code_of, failure, said
from ..sql import commit, enqueue_all
from ..words import Append, Enqueue
from ._job import Commit
from ._run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .._sqlite_failures import Failure

Result: TypeAlias = "outcome.Outcome[tuple[Any, ...]]"

LARGEST_GROUP: Final = 1_024
"""The most commits in one transaction: those behind them should not wait too long for theirs."""

MOST_ROWS: Final = 100_000
"""The most jobs and events in one transaction, unless a single commit has more, for the same reason."""

TAKE_BACK: Final = "ROLLBACK TO one"

WHAT: Final = "cannot write to the store"


class Writer:
    """Owns a connection and the thread that uses it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        clock: Callable[[], float],
        committed: Callable[[Sequence[Commit]], None],
    ) -> None:
        self._connection, self._clock, self._committed = connection, clock, committed
        # In the order in which they came; a dictionary, because any of them may be withdrawn.
        self._waiting: dict[Commit, None] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._trio = trio.lowlevel.current_trio_token()
        self.ended = trio.Event()
        self._thread = threading.Thread(target=self._serve, name="trio_smith sqlite writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def submit(self, asked: Commit) -> None:
        """Let *asked* be written; its `done` is set afterwards. Raises StoreClosed after `close`."""
        with self._changed:
            if self._closing:
                raise StoreClosed
            self._waiting[asked] = None
            self._changed.notify()

    def withdraw(self, asked: Commit) -> bool:
        """Let *asked* not be written; return False if it was taken already."""
        with self._changed:
            if asked not in self._waiting:
                return False
            del self._waiting[asked]
            return True

    def close(self) -> None:
        """Write what waits, close the connection and end; `ended` is set then."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _serve(self) -> None:
        while self._wait():
            group: list[Commit] = []
            try:
                failed = self._begin()
                group = self._take()
                self._write(group, failed)
            except BaseException as error:  # noqa: ASYNC103, BLE001 - a defect of ours; nobody may wait for ever
                group = group or self._take()
                for asked in group:
                    asked.result = asked.result or outcome.Error(error)
                self._roll_back()
            self._tell(self._deliver, group)
        with suppress(*FAILURES):
            self._connection.close()
        self._tell(self.ended.set)

    def _wait(self) -> bool:
        """Wait for commits; return False if it is time to end."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            return bool(self._waiting)

    def _take(self) -> list[Commit]:
        """Take commits; there may be none any more."""
        with self._changed:
            group: list[Commit] = []
            rows = 0
            for asked in islice(self._waiting, LARGEST_GROUP):
                rows += _rows(asked)
                if rows > MOST_ROWS and group:
                    break
                group.append(asked)
            for asked in group:
                del self._waiting[asked]
            return group

    def _write(self, group: Sequence[Commit], failed: _WholeFailed | None) -> None:
        """Give each of *group* its result; the transaction has begun, or *failed* to."""
        results: list[Result] = []
        if failed is None:
            try:
                results = self._transaction(group)
            except _WholeFailed as error:
                failed = error
        if failed is not None:
            if failed.in_part and len(group) > 1:
                # SQLite itself took the whole transaction back. Only the guilty one fails. It is found by
                # halves: one by one, each would wait for the flushes of all the others.
                half = len(group) // 2
                self._write(group[:half], self._begin())
                self._write(group[half:], self._begin())
                return
            # It is no fault of one of them: each alone would fail in the same way, and wait for it.
            results = [outcome.Error(failed.told()) for _ in group]
        for asked, result in zip(group, results, strict=True):
            asked.result = result

    def _begin(self) -> _WholeFailed | None:
        """Begin a transaction, for which other processes may be waited; or return why it has not begun."""
        self._roll_back()  # the one before, if it could not be rolled back then
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except FAILURES as error:
            return _WholeFailed(error, unknown=False, in_part=False)
        return None

    def _transaction(self, group: Sequence[Commit]) -> list[Result]:
        """Return the results of *group*, which are committed; or raise _WholeFailed, and none of it is."""
        committing = False
        try:
            results = self._together(group) if len(group) > 1 else None
            if results is None:
                if len(group) > 1 and (failed := self._begin()) is not None:
                    raise failed
                results = [self._part(asked) for asked in group]
            committing = True
            self._connection.execute("COMMIT")
        except FAILURES as error:
            self._roll_back()
            code = code_of(error)
            # The log may have reached the disk although flushing it, or noting that, failed; a later recovery
            # would find it.
            unknown = committing and code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM)
            # Foreign keys that are deferred are only looked at by COMMIT, which refuses all for one of them.
            in_part = not committing or code == sqlite3.SQLITE_CONSTRAINT
            raise _WholeFailed(error, unknown=unknown, in_part=in_part) from error
        return results

    def _together(self, group: Sequence[Commit]) -> list[Result] | None:
        """Carry out all of *group*; None if one fails. Savepoints would cost a third of the time."""
        results: list[Result] = []
        try:
            for is_enqueue, part in groupby(group, key=_is_enqueue):
                if is_enqueue:
                    results += self._enqueued(part)
                else:
                    results += [outcome.Value(self._answers(asked)) for asked in part]
        except BaseException:  # noqa: ASYNC103, BLE001 - it comes again with savepoints, for whoever asked
            return None  # noqa: ASYNC104
        return results

    def _enqueued(self, group: Iterable[Commit]) -> list[Result]:
        """Put the jobs of all in by one statement: what comes at once is most often of this kind."""
        writes = cast("tuple[Enqueue, ...]", tuple(asked.writes[0] for asked in group))
        ids = run(enqueue_all(writes), self._connection, now=self._clock())
        return [outcome.Value((each,)) for each in ids]

    def _answers(self, asked: Commit) -> tuple[Any, ...]:
        return run(commit(asked.writes, key=asked.key), self._connection, now=self._clock())

    def _part(self, asked: Commit) -> Result:
        """Carry out one commit in a savepoint of its own."""
        execute = self._connection.execute
        execute("SAVEPOINT one")
        result: Result
        try:
            result = outcome.Value(self._answers(asked))
        except FAILURES as error:
            if not self._connection.in_transaction:
                raise
            result = outcome.Error(failure(error, what=WHAT))
            execute(TAKE_BACK)
        except BaseException as error:  # noqa: ASYNC103, BLE001 - it belongs to whoever asked, not to this thread
            result = outcome.Error(error)
            execute(TAKE_BACK)
        execute("RELEASE one")
        return result

    def _roll_back(self) -> None:
        with suppress(*FAILURES):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _deliver(self, group: Sequence[Commit]) -> None:
        self._committed([asked for asked in group if isinstance(asked.result, outcome.Value)])
        for asked in group:
            asked.finish()

    def _tell(self, function: Callable[..., object], *args: object) -> None:
        # Nobody is left to be told when the loop has ended.
        with suppress(trio.RunFinishedError):
            self._trio.run_sync_soon(function, *args)


def _rows(asked: Commit) -> int:
    """Return about how many rows there are to write."""
    rows = len(asked.writes)
    for write in asked.writes:
        if isinstance(write, Enqueue):
            rows += len(write.jobs)
        elif isinstance(write, Append):
            rows += len(write.events)
    return rows


def _is_enqueue(asked: Commit) -> bool:
    return asked.key is None and len(asked.writes) == 1 and type(asked.writes[0]) is Enqueue


class _WholeFailed(Exception):
    """Nothing of a transaction was committed or, if *unknown*, perhaps all of it.

    *in_part*: because of one of the commits in it.
    """

    def __init__(self, error: Failure, *, unknown: bool, in_part: bool) -> None:
        self._error, self._unknown, self.in_part = error, unknown, in_part
        super().__init__()

    def told(self) -> StoreFailed | OutcomeUnknown:
        """Return what one of those who wait is told; each gets an exception of its own."""
        told: StoreFailed | OutcomeUnknown = (
            OutcomeUnknown(why=f"SQLite says: {said(self._error)}")
            if self._unknown
            else failure(self._error, what=WHAT)
        )
        told.__cause__ = self._error
        return told
