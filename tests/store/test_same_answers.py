"""Whatever is asked of it, a store in SQLite answers as the one in memory does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.store.opening import QUICK
from trio_smith.store import words
from trio_smith.store._errors import BadRequest, Conflict, KeyReused
from trio_smith.store._ready import make_ready
from trio_smith.store.memory import _commit as in_memory
from trio_smith.store.memory._tables import Tables
from trio_smith.store.sql import commit, query
from trio_smith.store.sqlite._adapter import connect
from trio_smith.store.sqlite._run import run

FEW: Final = st.sampled_from("ab")
DATA: Final = st.sampled_from([b"1", b"[2]", b""])
COUNT: Final = st.integers(0, 4)
SECONDS: Final = st.sampled_from([1.0, 2.0, 5.0])
SOME: Final = st.sampled_from([0.0, 1.0, 3.0])
EXPECTED: Final = st.none() | COUNT

PLAIN: Final = st.one_of(
    st.builds(words.Append, FEW, st.lists(DATA, min_size=1, max_size=3), expected=EXPECTED),
    st.builds(words.Truncate, FEW, COUNT),
    st.builds(words.SaveSnapshot, FEW, DATA, version=COUNT),
    st.builds(
        words.Enqueue,
        FEW,
        st.lists(DATA, min_size=1, max_size=3),
        delay=SOME,
        max_attempts=st.integers(1, 3),
    ),
    st.builds(words.Replay, FEW, limit=st.integers(1, 2)),
    st.builds(words.SetTimer, FEW, FEW, DATA, delay=SOME, max_attempts=st.integers(1, 2)),
    st.builds(words.CancelTimer, FEW, FEW),
    st.builds(words.Put, FEW, DATA, ttl=st.none() | SECONDS, expected=EXPECTED),
    st.builds(words.Delete, FEW, expected=EXPECTED),
    st.builds(words.Expire, limit=st.integers(1, 3)),
    st.builds(words.ForgetMarks, keep=SECONDS, limit=st.integers(1, 3)),
    st.builds(words.ForgetKeys, keep=SECONDS, limit=st.integers(1, 3)),
    st.builds(words.Record, FEW, DATA),
    st.builds(words.Accept, FEW, FEW, COUNT),
    st.builds(words.post, FEW, st.lists(DATA, min_size=1, max_size=2)),
    st.builds(words.confirm, FEW, COUNT),
)
GRANTS: Final = st.one_of(
    st.builds(words.Claim, FEW, limit=st.integers(1, 3), lease=SECONDS),
    st.builds(words.TakeLease, FEW, FEW, ttl=SECONDS),
)
QUERIES: Final[tuple[words.Query[Any], ...]] = (
    words.Revision(),
    words.Expired(),
    words.Destinations(),
    words.Scan(""),
    words.Scan("a", after="a", limit=1),
    words.Changes(""),
    words.Changes("a", after=2, limit=1),
    words.AcceptedUpto("a", "b"),
    *(
        query
        for name in "ab"
        for query in (
            words.ReadEvents(name),
            words.ReadEvents(name, after=1, limit=2),
            words.StreamVersion(name),
            words.LoadSnapshot(name),
            words.DeadLettersOf(name),
            words.QueueDepth(name),
            words.LeaseHolder(name),
            words.Get(name),
            words.ReadAudit(name, limit=2),
            words.AuditEnd(name),
            words.pending(name),
        )
    ),
)


GIVES_IDS: Final = (words.Enqueue, words.Replay, words.SetTimer)


class SameAnswers(RuleBasedStateMachine):
    """Two stores that are asked the same, at the same time.

    Ids of jobs may differ by gaps, so each store's are numbered in the order in which they came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.tables = Tables()
        self.stack = ExitStack()
        path = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "a.db"
        trio.run(make_ready, f"sqlite:{path}")
        self.connection = connect(path, QUICK, read_only=False)
        self.stack.callback(self.connection.close)
        self.ids: tuple[list[int], list[int]] = ([], [])
        self.jobs: list[tuple[words.Job, words.Job]] = []
        self.leases: list[words.Lease] = []

    def teardown(self) -> None:
        """Close the file, and forget it."""
        self.stack.close()

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    @rule(writes=st.lists(PLAIN, min_size=1, max_size=4), key=st.none() | st.sampled_from("kl"))
    def write(self, writes: list[words.Write[Any]], key: str | None) -> None:
        """Commit what needs nothing that was granted before."""
        self.commit(tuple(writes), tuple(writes), key)

    @rule(writes=st.lists(GRANTS | PLAIN, min_size=1, max_size=3))
    def grant(self, writes: list[words.Write[Any]]) -> None:
        """Claim jobs and take leases, perhaps with other writes."""
        ours, theirs = self.commit(tuple(writes), tuple(writes), None)
        for write, left, right in zip(writes, ours, theirs, strict=False):  # none if it was refused
            if isinstance(write, words.Claim):
                self.jobs += zip(left, right, strict=True)
            elif isinstance(write, words.TakeLease) and left is not None:
                self.leases.append(left)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), before=st.lists(PLAIN, max_size=2), key=st.none() | st.just("m"))
    def end_jobs(self, data: st.DataObject, before: list[words.Write[Any]], key: str | None) -> None:
        """End jobs, those included that are in other hands by now."""
        left, right = data.draw(st.sampled_from(self.jobs))
        other_left, other_right = data.draw(st.sampled_from(self.jobs))
        retry_in = data.draw(st.none() | SOME)
        how: Callable[[words.Job, words.Job], words.Write[Any]] = data.draw(
            st.sampled_from(
                [
                    lambda job, _: words.Complete(job),
                    lambda job, other: words.Complete([job, other]),
                    lambda job, _: words.Fail(job, "no", retry_in=retry_in),
                    lambda job, other: words.Discard(job.queue, [job.id, other.id]),
                    lambda job, other: words.Replay(job.queue, [job.id, other.id, job.id]),
                    lambda job, _: words.Renew(job, lease=3.0),
                ]
            )
        )
        ours, theirs = how(left, other_left), how(right, other_right)
        self.commit((*before, ours), (*before, theirs), None if ours.grant else key)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), beside=st.lists(PLAIN, max_size=2))
    def use_lease(self, data: st.DataObject, beside: list[words.Write[Any]]) -> None:
        """Use a lease, held or lost."""
        lease = data.draw(st.sampled_from(self.leases))
        write = data.draw(
            st.sampled_from([words.Fence(lease), words.ReleaseLease(lease), words.RenewLease(lease, ttl=4.0)])
        )
        self.commit((*beside, write), (*beside, write), None)

    @invariant()
    def same_reads(self) -> None:
        """Every question has the same answer."""
        for asked in QUERIES:
            left = in_memory.query(self.tables, asked, now=self.now)
            right = run(query(asked), self.connection, now=self.now)
            assert self.plain(left, 0) == self.plain(right, 1), asked

    def commit(
        self, ours: tuple[words.Write[Any], ...], theirs: tuple[words.Write[Any], ...], key: str | None
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Commit to both; return what both answered, nothing if it was refused."""
        left = self.outcome(lambda: in_memory.commit(self.tables, ours, key=key, now=self.now))
        right = self.outcome(lambda: self.in_sqlite(theirs, key))
        self.learn(ours, left, 0)
        self.learn(theirs, right, 1)
        assert self.answered(ours, left, 0) == self.answered(theirs, right, 1), ours
        return (left, right) if isinstance(left, tuple) and isinstance(right, tuple) else ((), ())

    def in_sqlite(self, writes: tuple[words.Write[Any], ...], key: str | None) -> tuple[Any, ...]:
        """Commit as the writer's thread does."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            answers = run(commit(writes, key=key), self.connection, now=self.now)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return answers

    @staticmethod
    def outcome(ask: Callable[[], tuple[Any, ...]]) -> object:
        """Return the answers, or the error."""
        try:
            return ask()
        except (Conflict, KeyReused, BadRequest) as error:
            return error

    def answered(self, writes: tuple[words.Write[Any], ...], answers: object, side: int) -> object:
        """Return *answers* with the numbers of ids in their place."""
        if not isinstance(answers, tuple):
            return self.plain(answers, side)
        ids = self.ids[side]
        return [
            [ids.index(one) for one in (answer if isinstance(answer, tuple) else (answer,))]
            if isinstance(write, GIVES_IDS)
            else self.plain(answer, side)
            for write, answer in zip(writes, answers, strict=True)
        ]

    def learn(self, writes: tuple[words.Write[Any], ...], answers: object, side: int) -> None:
        """Number the ids that came."""
        if not isinstance(answers, tuple):
            return
        for write, answer in zip(writes, answers, strict=True):
            if isinstance(write, GIVES_IDS):
                for one in answer if isinstance(answer, tuple) else (answer,):
                    if one not in self.ids[side]:
                        self.ids[side].append(one)

    def plain(self, value: object, side: int) -> object:
        """Return *value* with the numbers of ids in their place, and errors as their fields."""
        if isinstance(value, BaseException):
            fields = {name: one for name, one in vars(value).items() if name not in ("what", "why", "text")}
            if "job" in fields:
                fields["job"] = self.ids[side].index(fields["job"])
            return type(value), {name: one for name, one in fields.items() if not name.startswith("_")}
        if isinstance(value, words.Job):
            return value._replace(id=self.ids[side].index(value.id))
        if isinstance(value, words.DeadLetter):
            return attrs.evolve(value, id=self.ids[side].index(value.id))
        if isinstance(value, tuple):
            return tuple(self.plain(one, side) for one in value)
        return value


TestSameAnswers = SameAnswers.TestCase
TestSameAnswers.settings = settings(max_examples=100, stateful_step_count=25)
TestSameAnswers.pytestmark = [pytest.mark.long]
