"""How long to wait before the next attempt: exponential, bounded, spread by chance."""

from __future__ import annotations

import math
from typing import Final, Protocol

import attrs

# Beyond it an exponent is no float any more. No factor but 1 stays finite even at a part of it.
LARGEST_EXPONENT: Final = 10**300


class Uniform(Protocol):
    """What is needed of a `random.Random`, whose module a pure file does not import."""

    def uniform(self, a: float, b: float) -> float:
        """Return any number between *a* and *b*, all being equally likely."""
        ...


def _check_seconds(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"Backoff.{attribute.name} must be positive and finite, in seconds, not {value!r}")


def _check_factor(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 1 <= value < math.inf:
        raise ValueError(f"Backoff.{attribute.name} must be at least 1 and finite, not {value!r}")


def _check_share(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"Backoff.{attribute.name} is a share from 0 to 1, not {value!r}")


@attrs.frozen(kw_only=True)
class Backoff:
    """Wait *initial* seconds before attempt 1, then *factor* times longer each time, up to *maximum*.

    *jitter* spreads each wait by that share both ways (0.1: 90 % to 110 %), so that many children which
    failed together do not come back together. Whoever has run for *healthy_after* seconds counts as healthy:
    the attempts are counted from 1 again.

    All but *factor* and *jitter* are seconds, positive and finite, and *maximum* is not below *initial*;
    otherwise ValueError says which field is wrong.
    """

    initial: float = attrs.field(default=0.1, validator=_check_seconds)
    factor: float = attrs.field(default=2.0, validator=_check_factor)
    maximum: float = attrs.field(default=30.0, validator=_check_seconds)
    jitter: float = attrs.field(default=0.1, validator=_check_share)
    healthy_after: float = attrs.field(default=60.0, validator=_check_seconds)

    def __attrs_post_init__(self) -> None:
        if self.maximum < self.initial:
            raise ValueError(f"Backoff.maximum, {self.maximum!r}, is below initial, {self.initial!r}")

    def delay(self, attempt: int, random: Uniform) -> float:
        """Return the seconds to wait before *attempt*, which counts from 1.

        It lies between ``1 - jitter`` and ``1 + jitter`` times the smaller one of ``maximum`` and
        ``initial * factor**(attempt - 1)``, for every attempt, however large; *random* is drawn from once.

        Raises:
            ValueError: *attempt* is below 1.
        """
        if attempt < 1:
            raise ValueError(f"attempts count from 1, so there is no delay before attempt {attempt}")
        try:
            # As a float, because an int would grow to a billion digits instead of overflowing.
            growth = float(self.factor) ** min(attempt - 1, LARGEST_EXPONENT)
        except OverflowError:
            growth = math.inf  # not exact, but an initial that notices would be below 1e-290 seconds
        # Not uniform(1 - jitter, 1 + jitter), which can round to just above its upper end.
        spread = random.uniform(-self.jitter, self.jitter)
        return min(self.maximum, self.initial * growth) * (1 + spread)
