"""The conformance suite accepts our stores, and finds what is wrong with others."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tests.store.opening import in_memory, in_sqlite
from trio_smith.store import words
from trio_smith.store.memory import MemoryAdapter, _commit, _tables
from trio_smith.store.sql import _audit, _key_value, _leases, _outbox, _queue
from trio_smith.store.sql import _commit as _sql_commit
from trio_smith.store.sqlite import _adapter, _writer
from trio_smith.testing import StoreCheckFailed, StoreUnderTest, check_store


async def test_what_cannot_be_done_is_not_checked() -> None:
    """A store without SQL has no tables of the application, and not every one can be tampered with."""

    @asynccontextmanager
    async def plain() -> AsyncGenerator[StoreUnderTest]:
        async with in_memory() as under:
            yield attrs.evolve(under, tamper=None)

    fewer, more = await check_store(plain), await check_store(in_memory)
    assert set(fewer) < set(more)


async def test_a_store_that_hangs_is_given_up() -> None:
    """Patience has an end, and the error says so."""

    class Hanging(MemoryAdapter):
        async def query(self, asked: Any) -> Any:
            await trio.sleep_forever()

    with pytest.raises(StoreCheckFailed, match=r"not done after 0\.05 s"):
        await check_store(lambda: in_memory(Hanging), patience=0.05)


class _WrittenWhenCancelled(MemoryAdapter):
    async def commit(self, writes: Any, *, key: str | None) -> Any:
        answers = await super().commit(writes, key=key)
        await trio.lowlevel.checkpoint()
        return answers


class _NoCheckpoint(MemoryAdapter):
    async def commit(self, writes: Any, *, key: str | None) -> Any:
        return _commit.commit(self._tables, writes, key=key, now=self._clock())


class _ForgetsKeys(MemoryAdapter):
    async def commit(self, writes: Any, *, key: str | None) -> Any:
        return await super().commit(writes, key=None)


class _OneWriteAtATime(MemoryAdapter):
    async def commit(self, writes: Any, *, key: str | None) -> Any:
        if key is not None:
            return await super().commit(writes, key=key)
        return tuple([(await super(_OneWriteAtATime, self).commit((one,), key=None))[0] for one in writes])


class _Reversed(MemoryAdapter):
    async def query(self, asked: Any) -> Any:
        answer = await super().query(asked)
        return tuple(reversed(answer)) if isinstance(asked, words.ReadEvents) else answer


class _Unstoppable(MemoryAdapter):
    async def query(self, asked: Any) -> Any:
        return _commit.query(self._tables, asked, now=self._clock())


@pytest.mark.parametrize(
    ("adapter", "promise"),
    [
        (_WrittenWhenCancelled, "a cancelled commit has written nothing"),
        (_NoCheckpoint, "in a cancelled scope nothing is begun"),
        (_Unstoppable, "in a cancelled scope nothing is begun"),
        (_ForgetsKeys, "a commit that is repeated with its key is done once"),
        (_OneWriteAtATime, "fencing token"),
        (_Reversed, "read as they were appended"),
    ],
)
async def test_a_broken_adapter_is_found(adapter: type[MemoryAdapter], promise: str) -> None:
    """The error names the promise."""
    with pytest.raises(StoreCheckFailed) as failed:
        await check_store(lambda: in_memory(adapter), patience=3.0)
    assert promise in failed.value.promise
    assert failed.value.promise in str(failed.value)


def _instead(kind: type, function: Callable[[Any, Any, float], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    table: Any = _commit.QUERIES if issubclass(kind, words.Query) else _commit.WRITES
    return lambda patch: patch.setitem(table, kind, function)


def _without_expected(kind: type) -> Callable[[pytest.MonkeyPatch], None]:
    right = _commit.WRITES[kind]
    return _instead(kind, lambda tables, write, now: right(tables, attrs.evolve(write, expected=None), now))


def _of(kind: type, change: Callable[[Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Let the answer to *kind* be what *change* makes of it."""
    table: Any = _commit.QUERIES if issubclass(kind, words.Query) else _commit.WRITES
    right = table[kind]
    return _instead(kind, lambda tables, asked, now: change(right(tables, asked, now)))


@pytest.mark.parametrize(
    ("break_it", "promise"),
    [
        (_without_expected(words.Append), "at a wrong version"),
        (_without_expected(words.Put), "of another revision"),
        (_instead(words.Fence, lambda *_: None), "fencing token"),
        (_instead(words.Truncate, lambda *_: 0), "a truncated stream"),
        (_instead(words.Expire, lambda *_: 0), "whose time is over"),
        (_instead(words.Accept, lambda *_: None), "an inbox accepts"),
        (_instead(words.ForgetKeys, lambda *_: 0), "for a week"),
        (_instead(words.Complete, lambda *_: None), "never comes again"),
        (_instead(words.CancelTimer, lambda *_: True), "a timer comes due"),
        (_instead(words.ReleaseLease, lambda *_: None), "renewed and given back"),
        (_of(words.SaveSnapshot, lambda _: True), "newest snapshot"),
        (_of(words.Destinations, lambda names: names[::-1]), "an outbox"),
        (_of(words.Scan, lambda entries: entries[:1]), "by code point"),
        (_of(words.QueueDepth, lambda depth: attrs.evolve(depth, later=0)), "is counted"),
        (_of(words.DeadLettersOf, lambda letters: letters[:1]), "dead letters are read"),
        (_of(words.Changes, lambda changes: changes[-1:]), "in order"),
        (
            lambda patch: patch.setattr(_tables.Tables, "take_back", _tables.Tables.keep),
            "all completed or none",
        ),
        (lambda patch: patch.setattr(words, "fingerprint", lambda _: b""), "done once"),
    ],
)
async def test_a_broken_store_in_memory_is_found(
    break_it: Callable[[pytest.MonkeyPatch], None], promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is broken once."""
    break_it(monkeypatch)
    with pytest.raises(StoreCheckFailed) as failed:
        await check_store(in_memory, patience=2.0)
    assert promise in failed.value.promise


@pytest.mark.parametrize(
    "wrong_one",
    [
        (_queue, "CLAIM", "attempts = attempts + 1", "attempts = 1", "again, and the old claim"),
        (_queue, "CLAIM", "ORDER BY due_at, id", "ORDER BY id", "due first"),
        (_queue, "CLAIM", "claim = claim + 1", "claim = claim", "the old claim is void"),
        (_queue, "RETRY", "AND attempts < max_attempts", "", "until it is a dead letter"),
        (_queue, "ENQUEUE", ":now + :delay", ":now", "due first"),
        (
            _queue,
            "SET_TIMER",
            "claim = smith_jobs.claim + 1",
            "claim = smith_jobs.claim",
            "a timer comes due",
        ),
        (_queue, "RENEW", ":now + :lease", "due_at", "claim can be renewed"),
        (_leases, "TAKE", "THEN 0 ELSE 1", "THEN 0 ELSE 0", "fencing token"),
        (_leases, "TAKE", "WHERE smith_leases.until_at <= :now OR", "WHERE 1 OR", "one holder"),
        (_leases, "FENCE", "AND until_at > :now", "", "fencing token"),
        (_key_value, "PUT", ":now + :ttl", "NULL", "when its time is over"),
        (_key_value, "SCAN", "AND key < :end", "", "by code point"),
        (_key_value, "DELETE", "revision = :revision", "revision = revision", "hears of every key"),
        (_outbox, "NEXT", "AND sequence = :before", "", "an inbox accepts"),
        (_audit, "ADVANCE", "hash = :hash", "hash = hash", "audit chain is whole"),
        (_sql_commit, "KEEP_ANSWERS", ":answers", "'[9, [9, 9], 9, true]'", "is done once"),
        (_sql_commit, "FORGET_KEYS", "at <= :now - :keep", "1", r"done once|for a week"),
    ],
)
async def test_a_wrong_statement_is_found(
    wrong_one: tuple[Any, str, str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is one word that could be forgotten."""
    module, name, right, wrong, promise = wrong_one
    statement = getattr(module, name)
    assert right in statement
    monkeypatch.setattr(module, name, statement.replace(right, wrong))
    numbers = count()
    with pytest.raises(StoreCheckFailed) as failed:
        await check_store(lambda: in_sqlite(tmp_path / f"{next(numbers)}.db"), patience=5.0)
    assert re.search(promise, failed.value.promise)


async def test_a_writer_that_cannot_take_back_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails would be written in part."""
    monkeypatch.setattr(_writer, "TAKE_BACK", "SELECT 1")
    numbers = count()
    with pytest.raises(StoreCheckFailed, match=r"writes nothing|wrong version"):
        await check_store(lambda: in_sqlite(tmp_path / f"{next(numbers)}.db"))


async def test_a_writer_that_cannot_withdraw_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled would be no promise."""
    monkeypatch.setattr(_adapter.Writer, "withdraw", lambda *_: True)
    numbers = count()
    with pytest.raises(StoreCheckFailed, match="cancelled"):
        await check_store(lambda: in_sqlite(tmp_path / f"{next(numbers)}.db"))
