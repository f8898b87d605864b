"""The statements of leases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._errors import LeaseLost
from ..words import Lease
from ._statement import Sql

if TYPE_CHECKING:
    from ..words import Fence, LeaseHolder, ReleaseLease, RenewLease, TakeLease
    from ._statement import Program

# The row stays when the lease ends, so that its token never goes back.
TAKE: Final = """
    INSERT INTO smith_leases (name, holder, token, until_at) VALUES (:name, :holder, 1, :now + :ttl)
    ON CONFLICT (name) DO UPDATE
    SET token = smith_leases.token + CASE
            WHEN smith_leases.holder = excluded.holder AND smith_leases.until_at > :now THEN 0 ELSE 1 END,
        holder = excluded.holder, until_at = excluded.until_at
    WHERE smith_leases.until_at <= :now OR smith_leases.holder = excluded.holder
    RETURNING token, until_at"""
RENEW: Final = """
    UPDATE smith_leases SET until_at = :now + :ttl
    WHERE name = :name AND token = :token AND until_at > :now
    RETURNING until_at"""
RELEASE: Final = "UPDATE smith_leases SET until_at = 0 WHERE name = :name AND token = :token"
# Locked until the commit, so that nobody takes the lease between this look and the writes behind it.
FENCE: Final = """
    SELECT 1 FROM smith_leases WHERE name = :name AND token = :token AND until_at > :now
    /*postgres FOR SHARE */"""
HOLDER: Final = "SELECT holder, token, until_at FROM smith_leases WHERE name = :name AND until_at > :now"


def take(write: TakeLease) -> Program[Lease | None]:
    """Take the lease if nobody else holds it."""
    parameters = {"name": write.name, "holder": write.holder, "ttl": write.ttl}
    rows = (yield Sql(TAKE, parameters)).rows
    if not rows:
        return None
    ((token, until),) = rows
    return Lease(name=write.name, holder=write.holder, token=token, until=until)


def renew(write: RenewLease) -> Program[Lease]:
    """Move the end of a lease that is held."""
    lease = write.lease
    parameters = {"name": lease.name, "token": lease.token, "ttl": write.ttl}
    rows = (yield Sql(RENEW, parameters)).rows
    if not rows:
        raise LeaseLost(name=lease.name, holder=lease.holder, token=lease.token)
    return Lease(name=lease.name, holder=lease.holder, token=lease.token, until=rows[0][0])


def release(write: ReleaseLease) -> Program[None]:
    """End the lease, if it is ours."""
    yield Sql(RELEASE, {"name": write.lease.name, "token": write.lease.token})


def fence(write: Fence) -> Program[None]:
    """Go on only if the lease is held."""
    lease = write.lease
    if not (yield Sql(FENCE, {"name": lease.name, "token": lease.token})).rows:
        raise LeaseLost(name=lease.name, holder=lease.holder, token=lease.token)


def holder(query: LeaseHolder) -> Program[Lease | None]:
    """Read who holds the lease."""
    rows = (yield Sql(HOLDER, {"name": query.name})).rows
    if not rows:
        return None
    ((name, token, until),) = rows
    return Lease(name=query.name, holder=name, token=token, until=until)
