"""Dead letters are kept in a bounded room, counted without bound, and shown to who wants to see them."""

from itertools import count

import attrs
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.registry import DeadLetters
from trio_smith.telemetry import DeadLetter, DeadLetterReason, DeadLetterSink, Fingerprint, Subscription

FINGERPRINT = Fingerprint(ValueError("12"))


def letters(capacity: int = 1000) -> DeadLetters:
    """Return dead letters whose clock shows one second more at each letter."""
    ticks = count()
    return DeadLetters(clock=lambda: float(next(ticks)), capacity=capacity)


def test_a_letter_keeps_all_that_was_recorded() -> None:
    """Number and time are added; it serves as the sink that the lower floors ask for."""
    dead = letters()
    sink: DeadLetterSink = dead
    sink.record("buy", recipient="desk/alice", reason=DeadLetterReason.STOPPED)
    sink.record(
        "sell", recipient="desk", reason=DeadLetterReason.POISON, fingerprint=FINGERPRINT, deliveries=5
    )
    first = DeadLetter(
        message="buy", recipient="desk/alice", reason=DeadLetterReason.STOPPED, at=0.0, number=1
    )
    second = DeadLetter(
        message="sell",
        recipient="desk",
        reason=DeadLetterReason.POISON,
        at=1.0,
        number=2,
        fingerprint=FINGERPRINT,
        deliveries=5,
    )
    assert dead.snapshot() == (first, second)


@given(st.integers(1, 5), st.lists(st.sampled_from([*DeadLetterReason, None]), max_size=30))
def test_the_latest_are_kept_and_all_are_counted(capacity: int, steps: list[DeadLetterReason | None]) -> None:
    """Compared with a list that is never bounded; None clears what is kept, not what is counted."""
    dead = letters(capacity)
    reasons: list[DeadLetterReason] = []
    cleared = 0
    for step in steps:
        if step is None:
            dead.clear()
            cleared = len(reasons)
        else:
            reasons.append(step)
            dead.record(len(reasons), recipient="desk", reason=step)
        kept = range(max(cleared, len(reasons) - capacity), len(reasons))
        assert [letter.number for letter in dead.snapshot()] == [place + 1 for place in kept]
        assert [letter.reason for letter in dead.snapshot()] == [reasons[place] for place in kept]
        assert dead.total == len(reasons)
        assert dead.counts == {reason: reasons.count(reason) for reason in DeadLetterReason}


def test_the_counts_cannot_be_written_from_outside() -> None:
    """They are a view for metrics."""
    with pytest.raises(TypeError):
        letters().counts[DeadLetterReason.STOPPED] = 5  # type: ignore[index]


def test_the_default_keeps_a_thousand() -> None:
    """The bound that the documentation names."""
    dead = DeadLetters(clock=lambda: 0.0)
    for number in range(1001):
        dead.record(number, recipient="desk", reason=DeadLetterReason.OVERFLOW)
    assert len(dead.snapshot()) == 1000
    assert dead.snapshot()[0].message == 1


@pytest.mark.parametrize("capacity", [0, -1])
def test_there_must_be_room_for_one(capacity: int) -> None:
    """Keeping none would make every question about them pointless."""
    with pytest.raises(ValueError, match="room for 1 or more"):
        DeadLetters(clock=lambda: 0.0, capacity=capacity)


def test_subscribers_see_each_letter_until_they_cancel() -> None:
    """Inside `record`, after it is kept."""
    dead = letters()
    seen: list[tuple[int, int]] = []
    subscription = dead.subscribe(lambda letter: seen.append((letter.number, len(dead.snapshot()))))
    dead.record("a", recipient="desk", reason=DeadLetterReason.STOPPED)
    dead.record("b", recipient="desk", reason=DeadLetterReason.STOPPED)
    subscription.cancel()
    dead.record("c", recipient="desk", reason=DeadLetterReason.STOPPED)
    assert seen == [(1, 1), (2, 2)]


def test_a_raising_subscriber_hurts_nobody() -> None:
    """Neither who gave the message up nor the other subscribers; it is counted, and reported once."""
    reports: list[tuple[Subscription, str]] = []
    dead = DeadLetters(
        clock=lambda: 0.0,
        on_failure=lambda subscription, error: reports.append((subscription, str(error))),
    )

    def fails(letter: DeadLetter) -> None:
        raise RuntimeError(letter.message)

    seen: list[object] = []
    bad = dead.subscribe(fails)
    dead.subscribe(lambda letter: seen.append(letter.message))
    dead.record("a", recipient="desk", reason=DeadLetterReason.STOPPED)
    dead.record("b", recipient="desk", reason=DeadLetterReason.STOPPED)
    assert seen == ["a", "b"]
    assert bad.failures == 2
    assert reports == [(bad, "a")]
    assert len(dead.snapshot()) == 2


def test_a_stream_follows_letters_and_drops_the_oldest() -> None:
    """The same letters as in the snapshot, for a reader that takes its time."""

    async def main() -> None:
        dead = letters()
        async with dead.stream() as all_of_them, dead.stream(capacity=1) as latest:
            for message in ("a", "b"):
                dead.record(message, recipient="desk", reason=DeadLetterReason.STOPPED)
            with trio.fail_after(1):
                followed = (await anext(all_of_them), await anext(all_of_them))
                assert await anext(latest) == followed[1]
            assert followed == dead.snapshot()
            assert (all_of_them.dropped, latest.dropped) == (0, 1)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_letter_is_frozen() -> None:
    """Everybody gets the same object, so nobody may change it."""
    dead = letters()
    dead.record("a", recipient="desk", reason=DeadLetterReason.STOPPED)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        dead.snapshot()[0].at = 5.0  # type: ignore[misc]
