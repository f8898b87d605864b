"""What a store keeps is checked at the door, once for all databases."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store._errors import BadData, BadRequest, BadStoreName
from trio_smith.store.words import (
    LARGEST_BATCH,
    LARGEST_DATA,
    LONGEST_STORE_NAME,
    Append,
    Claim,
    Discard,
    Enqueue,
    Event,
    Fail,
    Job,
    Put,
    Renew,
    Replay,
    Scan,
    from_data,
    post,
    to_data,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
JOB = Job(queue="q", id=1, data=b"", claim=1, attempts=1, until=0.0)


@given(JSON)
def test_what_json_can_say_comes_back(value: object) -> None:
    """An event is read years after it was written; it must say what it said."""
    try:
        data = to_data(value)
    except BadData:
        assert "\\ud" in ascii(value)  # half of a surrogate pair is no text
    else:
        assert from_data(data) == value


def test_bytes_are_kept_as_they_are() -> None:
    """Whoever has a format of its own pays for no other."""
    assert to_data(b"\x00\xff") == b"\x00\xff"
    assert Event(version=1, at=0.0, data=b"[1]").value == [1]


@pytest.mark.parametrize("value", [math.nan, math.inf, {1j: 2}, object(), {1, 2}, "\ud800", bytearray(b"a")])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    """It would come back as something else, or not at all."""
    with pytest.raises(BadData, match="cannot keep"):
        to_data(value)


def test_what_holds_itself_is_refused() -> None:
    """It has no end."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(BadData):
        to_data(endless)


def test_the_largest_value_is_kept_and_one_byte_more_is_not() -> None:
    """A bound is tried at its edge."""
    assert len(to_data(bytes(LARGEST_DATA))) == LARGEST_DATA
    with pytest.raises(BadData, match="are the most"):
        to_data(bytes(LARGEST_DATA + 1))


@pytest.mark.parametrize("data", [b"{", b"\xff", b"", b"[" * 100_000])
def test_bytes_that_are_no_json_have_no_value(data: bytes) -> None:
    """They are there as bytes all the same."""
    with pytest.raises(BadData, match="no JSON"):
        from_data(data)


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_STORE_NAME + 1), "a\0b", "\ud800", 7, None, b"a"])
def test_a_name_that_some_database_cannot_hold_is_refused_by_all(name: object) -> None:
    """What works in one database must work in the next."""
    for make in (
        lambda: Append(name, [1]),  # type: ignore[arg-type]
        lambda: post(name, [1]),  # type: ignore[arg-type]
        lambda: Claim(name),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadStoreName):
            make()


def test_the_longest_name_is_allowed() -> None:
    """A bound is tried at its edge."""
    for name in ("x" * LONGEST_STORE_NAME, "ü" * (LONGEST_STORE_NAME // 2)):
        Append(name, [1])
        post(name, [1])
    for name in ("ü" * (LONGEST_STORE_NAME // 2) + "x", "\N{GRINNING FACE}" * (LONGEST_STORE_NAME // 4 + 1)):
        for make in (Append, post):
            with pytest.raises(BadStoreName, match=f"{len(name.encode())} bytes"):
                make(name, [1])


@pytest.mark.parametrize("prefix", ["a\0", "\ud800", 7, "x" * (LONGEST_STORE_NAME + 1)])
def test_a_prefix_is_text_too(prefix: object) -> None:
    """It may be empty, which a name may not."""
    Scan("")
    with pytest.raises(BadStoreName):
        Scan(prefix)  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", [[], b"abc", "abc", {"a": 1}, bytearray(b"abc"), None, 7])
def test_a_batch_is_a_list_of_values(batch: object) -> None:
    """Three letters are hardly meant as three jobs."""
    with pytest.raises(BadRequest, match="batch"):
        Enqueue("q", batch)  # type: ignore[arg-type]


def test_the_largest_batch_is_allowed_and_one_more_is_not() -> None:
    """A bound is tried at its edge."""
    assert len(Enqueue("q", range(LARGEST_BATCH)).jobs) == LARGEST_BATCH
    with pytest.raises(BadRequest, match="1 to"):
        Enqueue("q", range(LARGEST_BATCH + 1))


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1.0, -math.inf, "1", None])
def test_seconds_are_finite_and_not_negative(seconds: object) -> None:
    """A wrong number would be a job that never comes due, or always."""
    for make in (
        lambda: Enqueue("q", [1], delay=seconds),  # type: ignore[arg-type]
        lambda: Claim("q", lease=seconds),  # type: ignore[arg-type]
        lambda: Renew(JOB, lease=seconds),  # type: ignore[arg-type]
        lambda: Put("k", 1, ttl=-1.0 if seconds is None else seconds),  # type: ignore[arg-type]
        lambda: Fail(JOB, "no", retry_in=-1.0 if seconds is None else seconds),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadRequest, match="seconds"):
            make()


def test_a_claim_lasts_longer_than_nothing_and_a_delay_need_not() -> None:
    """A lease of no seconds is over when it is given."""
    Enqueue("q", [1], delay=0)
    with pytest.raises(BadRequest, match="positive"):
        Claim("q", lease=0)


@pytest.mark.parametrize("count", [-1, 2**63, 1.0, "1", True])
def test_counts_are_whole_and_fit_a_column(count: object) -> None:
    """SQLite has 64 bits, PostgreSQL too."""
    with pytest.raises(BadRequest, match="whole number"):
        Append("s", [1], expected=count)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, LARGEST_BATCH + 1, 1.5, True])
def test_an_answer_is_bounded(limit: object) -> None:
    """Nobody reads a million rows into memory by an oversight."""
    with pytest.raises(BadRequest, match="limit"):
        Claim("q", limit=limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("ids", [[1.5], ["1"], [-1], [2**63], [True], range(LARGEST_BATCH + 1), 7])
def test_ids_are_what_the_store_gave(ids: object) -> None:
    """Others would be refused by the database, in words of its own."""
    for make in (lambda: Replay("q", ids), lambda: Discard("q", ids)):  # type: ignore[arg-type]
        with pytest.raises(BadRequest, match="these ids"):
            make()


def test_what_to_discard_must_be_said() -> None:
    """None means all when one replays; to forget all by leaving it out would be too easy."""
    with pytest.raises(BadRequest, match="these ids"):
        Discard("q", None)  # type: ignore[arg-type]


def test_a_reason_may_come_from_anywhere() -> None:
    """It is often the text of an exception, and a job must not live on because of it."""
    assert Fail(JOB, "a\0b\ud800c").reason == "a�b�c"
    assert len(Fail(JOB, "x" * 100_000).reason) == 4_096
