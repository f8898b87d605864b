"""The rules of a circuit, one by one; what they are together is for the state machine beside this file."""

from __future__ import annotations

import math

import pytest

from trio_smith.resilience import CircuitBreaker, CircuitState
from trio_smith.resilience._circuit import Circuit, Permit, Refusal
from trio_smith.resilience._failures import Verdict

CLOSED, OPEN, HALF_OPEN = CircuitState
SUCCESS, FAILURE, NEITHER = Verdict


def admitted(circuit: Circuit, now: float) -> Permit:
    """Let a call through."""
    permit = circuit.enter(now)
    assert isinstance(permit, Permit)
    return permit


def call(circuit: Circuit, now: float, verdict: Verdict) -> None:
    """Make a call that takes no time."""
    circuit.leave(admitted(circuit, now), verdict, now)


def opened(now: float = 0.0, *, probes: int = 1, successes: int = 1) -> Circuit:
    """Return one that opened at *now*, for 10 seconds."""
    circuit = Circuit(failures=1, reset_after=10.0, probes=probes, successes=successes)
    call(circuit, now, FAILURE)
    assert circuit.state is OPEN
    return circuit


def test_so_many_failures_in_a_row_open_it() -> None:
    """A success between them begins the count anew; what is neither does not."""
    circuit = Circuit(failures=3)
    for verdict in (FAILURE, FAILURE, SUCCESS, FAILURE, NEITHER, FAILURE):
        call(circuit, 0.0, verdict)
    assert circuit.state is CLOSED
    call(circuit, 0.0, FAILURE)
    assert circuit.state is OPEN


def test_so_many_failures_within_a_time_open_it_whatever_succeeds_between_them() -> None:
    """For what fails every other time, and would never fail three times in a row."""
    circuit = Circuit(failures=3, within=10.0)
    for now in (0.0, 6.0, 12.0):
        call(circuit, now, FAILURE)
        call(circuit, now, SUCCESS)
    assert circuit.state is CLOSED
    call(circuit, 13.0, FAILURE)
    assert circuit.state is OPEN


def test_an_open_one_refuses_until_its_time_has_passed() -> None:
    """And says when that is; then the next call goes through, and with it the circuit is half-open."""
    circuit = opened(5.0)
    assert circuit.enter(5.0) == circuit.enter(math.nextafter(15.0, 0)) == Refusal(15.0)
    assert circuit.state is OPEN
    admitted(circuit, 15.0)
    assert circuit.state is HALF_OPEN


def test_a_half_open_one_has_so_many_places() -> None:
    """Who comes when all are taken is told when a place is free at the latest."""
    circuit = opened(probes=2, successes=2)
    first = admitted(circuit, 10.0)
    admitted(circuit, 12.0)
    assert circuit.enter(13.0) == Refusal(20.0)
    circuit.leave(first, SUCCESS, 14.0)
    admitted(circuit, 14.0)
    assert circuit.state is HALF_OPEN


def test_a_probe_that_is_cancelled_gives_its_place_back_and_proves_nothing() -> None:
    """One that kept it would close the door for ever."""
    circuit = opened()
    for now in range(10, 20):
        call(circuit, float(now), NEITHER)
    assert (circuit.state, circuit.probing) == (HALF_OPEN, 0)
    call(circuit, 20.0, SUCCESS)
    assert circuit.state is CLOSED


def test_one_probe_that_fails_opens_it_for_as_long_again() -> None:
    """What the others find out afterwards is old."""
    circuit = opened(probes=2)
    slow = admitted(circuit, 10.0)
    call(circuit, 11.0, FAILURE)
    circuit.leave(slow, SUCCESS, 12.0)
    assert circuit.state is OPEN
    assert circuit.enter(20.0) == Refusal(21.0)


def test_what_was_let_through_before_a_change_says_nothing_after_it() -> None:
    """A failure of the bad times must not open a circuit that has just been closed, nor keep it open."""
    circuit = Circuit(failures=1, reset_after=10.0)
    old = [admitted(circuit, 0.0) for _ in range(4)]
    circuit.leave(old[0], FAILURE, 1.0)
    circuit.leave(old[1], FAILURE, 9.0)
    assert circuit.enter(10.0) == Refusal(11.0)
    probe = admitted(circuit, 11.0)
    circuit.leave(old[2], SUCCESS, 11.0)
    assert (circuit.state, circuit.probing) == (HALF_OPEN, 1)
    circuit.leave(probe, SUCCESS, 12.0)
    circuit.leave(old[3], FAILURE, 13.0)
    assert circuit.state is CLOSED


def test_a_probe_that_never_ends_does_not_keep_the_others_out() -> None:
    """After reset_after its place is free; if it ends all the same, that counts."""
    circuit = opened()
    stuck = admitted(circuit, 10.0)
    assert circuit.enter(19.0) == Refusal(20.0)
    admitted(circuit, 20.0)
    circuit.leave(stuck, SUCCESS, 25.0)
    assert circuit.state is CLOSED


def test_the_numbers_add_up() -> None:
    """Whatever was let through has ended in one way, or is in flight."""
    circuit = Circuit(failures=1, reset_after=10.0)
    for verdict in (SUCCESS, NEITHER, FAILURE):
        call(circuit, 0.0, verdict)
    circuit.enter(5.0)
    admitted(circuit, 10.0)
    numbers = circuit.statistics()
    assert (numbers.succeeded, numbers.undecided, numbers.failed, numbers.in_flight) == (1, 1, 1, 1)
    assert (numbers.state, numbers.refused, numbers.opened) == (HALF_OPEN, 1, 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"failures": 0}, "failures must be a whole number from 1, not 0"),
        ({"failures": True}, "failures must be a whole number from 1, not True"),
        ({"failures": 2.0}, "failures must be a whole number from 1, not 2.0"),
        ({"within": 0.0}, "within must be positive, in seconds, not 0.0"),
        ({"within": math.nan}, "within must be positive, in seconds, not nan"),
        ({"reset_after": math.inf}, "reset_after must be positive and finite, in seconds, not inf"),
        ({"reset_after": "30"}, "reset_after must be positive and finite, in seconds, not '30'"),
        ({"probes": 0}, "probes must be a whole number from 1, not 0"),
        ({"successes": 0}, "successes must be a whole number from 1, not 0"),
    ],
)
def test_an_option_out_of_bounds_is_refused_at_the_door(options: dict[str, float], sentence: str) -> None:
    """By the name that the user has written."""
    with pytest.raises(ValueError, match=sentence):
        CircuitBreaker(**options)  # type: ignore[arg-type]  # that is the point
