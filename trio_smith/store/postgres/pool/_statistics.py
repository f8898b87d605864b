"""What a pool has done, in numbers."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class PoolStatistics:
    """How a pool stands: *size* at most, of which so many are lent, idle, or waited for.

    The others count since it was opened: how often a connection was lent, how often one had to be waited
    for, how many waited in vain; how many connections were opened, and how many were closed because they
    were broken or in the midst of something (*discarded*) or had been idle or alive for long (*retired*).
    """

    size: int
    in_use: int
    idle: int
    waiting: int
    lent: int
    waited: int
    timed_out: int
    opened: int
    discarded: int
    retired: int
