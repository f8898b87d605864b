"""A dead letter is a frozen value."""

import attrs
import pytest

from trio_smith.telemetry import DeadLetter, DeadLetterReason, DeadLetterSink, Fingerprint

FINGERPRINT = Fingerprint(ValueError("12"))


def test_a_letter_says_what_was_lost_where_and_why() -> None:
    """What was not told is the most common case: no fingerprint, delivered once."""
    letter = DeadLetter(
        message="buy", recipient="desk/alice", reason=DeadLetterReason.CRASHED, at=1.5, number=7
    )
    assert (letter.fingerprint, letter.deliveries) == (None, 1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        letter.number = 8  # type: ignore[misc]


def test_the_first_letter_may_be_one_that_was_never_delivered() -> None:
    """The bounds themselves: a message that waited in a mailbox whose actor stopped."""
    letter = DeadLetter(
        message="buy", recipient="desk", reason=DeadLetterReason.STOPPED, at=0.0, number=1, deliveries=0
    )
    assert (letter.number, letter.deliveries) == (1, 0)


def test_the_reasons_are_these() -> None:
    """Their values go into metrics and stores, so they do not change in silence."""
    assert {reason.name: reason.value for reason in DeadLetterReason} == {
        "STOPPED": "stopped",
        "CRASHED": "crashed",
        "POISON": "poison",
        "OVERFLOW": "overflow",
        "NOT_HANDLED": "not_handled",
        "UNSUBSCRIBED": "unsubscribed",
    }


def test_the_port_is_met_by_any_object_with_its_method() -> None:
    """Whoever gives up messages knows this port alone, not who keeps them."""

    class Bin:
        def __init__(self) -> None:
            self.taken: list[tuple[object, str, DeadLetterReason, str | None, int]] = []

        def record(
            self,
            message: object,
            *,
            recipient: str,
            reason: DeadLetterReason,
            fingerprint: Fingerprint | None = None,
            deliveries: int = 1,
        ) -> None:
            self.taken.append((message, recipient, reason, fingerprint, deliveries))

    bin_ = Bin()
    sink: DeadLetterSink = bin_
    sink.record(
        "buy", recipient="desk", reason=DeadLetterReason.POISON, fingerprint=FINGERPRINT, deliveries=5
    )
    assert bin_.taken == [("buy", "desk", DeadLetterReason.POISON, FINGERPRINT, 5)]
