"""Leases: one holder at a time, until a moment of the database's clock, with a token that only grows."""

from __future__ import annotations

import attrs

from ._data import a_name, positive_seconds, to_seconds
from ._request import Query, Write


@attrs.frozen(kw_only=True)
class Lease:
    """*holder* has *name* until *until* (epoch seconds, the database's clock).

    *token* is a fencing token: larger than that of every lease of this name before.
    """

    name: str
    holder: str
    token: int
    until: float


@attrs.frozen
class TakeLease(Write[Lease | None]):
    """Take the lease *name* for *ttl* seconds; the answer is None while somebody else holds it.

    Its own holder gets the same token again, for longer: so give each incarnation a holder's name of its
    own.
    """

    grant = True
    name: str = attrs.field(validator=a_name)
    holder: str = attrs.field(validator=a_name)
    ttl: float = attrs.field(kw_only=True, converter=to_seconds, validator=positive_seconds)


@attrs.frozen
class RenewLease(Write[Lease]):
    """Hold *lease* for *ttl* seconds from now. Raises `LeaseLost`."""

    grant = True
    lease: Lease
    ttl: float = attrs.field(kw_only=True, converter=to_seconds, validator=positive_seconds)


@attrs.frozen
class ReleaseLease(Write[None]):
    """Give *lease* back; does nothing if it is lost already."""

    lease: Lease

    @property
    def wakes(self) -> str:
        """Return the topic on which others wait for the lease."""
        return lease_topic(self.lease.name)


@attrs.frozen
class Fence(Write[None]):
    """Let the other writes of this commit happen only if *lease* is held now. Raises `LeaseLost`."""

    lease: Lease


@attrs.frozen
class LeaseHolder(Query[Lease | None]):
    """Ask who holds *name* now; None if nobody does."""

    name: str = attrs.field(validator=a_name)


def lease_topic(name: str) -> str:
    """Return the topic on which those wait who want the lease *name*."""
    return f"lease:{name}"
