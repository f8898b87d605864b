"""How one count is kept in a store: pure."""

from __future__ import annotations

import json
from typing import Final

import attrs

from ._count import FileCount, Function, Trouble

_FORM: Final = 1


@attrs.frozen(kw_only=True)
class Stamp:
    """What shows that a file was changed: how large it is, and when it was written to."""

    size: int
    written_ns: int


def encode(count: FileCount, stamp: Stamp) -> bytes:
    """Return *count* and the *stamp* that its file had before it was read."""
    values = attrs.asdict(count)
    values["trouble"] = count.trouble.value if count.trouble is not None else None
    # In ASCII: a path may hold bytes that are no text, which came in as halves of surrogate pairs.
    return json.dumps({"form": _FORM, "stamp": attrs.asdict(stamp), "count": values}).encode("ascii")


def decode(data: bytes) -> tuple[FileCount, Stamp] | None:
    """Return what was encoded; None for what another version wrote, which is counted anew."""
    try:
        read = json.loads(data)
        if read["form"] != _FORM:
            return None
        values = read["count"]
        if values["longest"] is not None:
            values["longest"] = Function(**values["longest"])
        if values["trouble"] is not None:
            values["trouble"] = Trouble(values["trouble"])
        return FileCount(**values), Stamp(**read["stamp"])
    except (ValueError, TypeError, KeyError):
        return None
