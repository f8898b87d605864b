"""What a store keeps, and what things in it may be called: checked once, at the door."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard

from .._errors import BadData, BadRequest, BadStoreName

if TYPE_CHECKING:
    import attrs

Data: TypeAlias = "bytes | str | int | float | bool | list[object] | dict[str, object] | None"
"""Bytes are kept as they are; everything else as the UTF-8 text of its JSON."""

_ENCODER: Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))

LARGEST_DATA: Final = 16 * 1024 * 1024
"""The most bytes that one value has."""

LONGEST_STORE_NAME: Final = 1_024
"""The most bytes that any name has in UTF-8: of a stream, a queue, a key, a lease, a destination …

An index of PostgreSQL has 2,704 bytes for an entry, and there may be two names in one.
"""

OUTBOX_PREFIX: Final = "smith:outbox:"
"""How the names of those streams begin that are outboxes."""

TIMERS_PREFIX: Final = "smith:timers:"
"""How the names of the queues begin in which durable timers come due."""

BEYOND_LARGEST: Final = 2**63
"""No number is that large: a signed 64-bit column could not hold it."""

LONGEST_REASON: Final = 4_096
"""How much of the reason for which a job failed is kept, in characters."""

LARGEST_BATCH: Final = 10_000
"""The most values in one write, and the most answers to one query."""


def to_data(value: object) -> bytes:
    """Return the bytes that are kept for *value*; raises BadData for what JSON cannot say."""
    data = value if isinstance(value, bytes) else _json(value)
    if len(data) > LARGEST_DATA:
        raise BadData(why=f"it has {len(data)} bytes, and {LARGEST_DATA} are the most")
    return data


def to_batch(values: Iterable[object]) -> tuple[bytes, ...]:
    """Return the bytes of each of *values*; raises BadData, or BadRequest for none or too many."""
    kind = type(values)
    usual = kind is list or kind is tuple
    if not usual and (issubclass(kind, (bytes, bytearray, str, dict)) or not issubclass(kind, Iterable)):
        raise BadRequest(
            what="cannot write this batch",
            why=f"a list of values is needed, and one {kind.__name__} came",
            fix="Put it into a list.",
        )
    batch = tuple(map(to_data, values))
    if not 1 <= len(batch) <= LARGEST_BATCH:
        raise BadRequest(
            what="cannot write this batch",
            why=f"it has {len(batch)} values, and 1 to {LARGEST_BATCH} can be written at once",
            fix="Write them in several commits.",
        )
    return batch


def from_data(data: bytes) -> object:
    """Return the value whose JSON *data* is; raises BadData if it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadData(why=f"these bytes are no JSON ({error})") from None


def _json(value: object) -> bytes:
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:  # a lone surrogate is a ValueError too
        raise BadData(why=str(error)) from None


def a_name(_owner: object, attribute: attrs.Attribute[str], value: object) -> None:
    """Check that *value* can be a name in every store."""
    check_name(attribute.name, value)


def a_prefix(_owner: object, attribute: attrs.Attribute[str], value: object) -> None:
    """Check that names in every store can begin with *value*, which may be empty."""
    if value != "":
        check_name(attribute.name, value)


def check_name(field: str, value: object) -> None:
    """Raise BadStoreName unless *value* can be the name of *field* in every store."""
    if not isinstance(value, str):
        raise BadStoreName(field=field, why=f"it is {type(value).__name__}, not str")
    if (why := not_text(value)) is not None:
        raise BadStoreName(field=field, why=why)
    # What we put before a name to keep it apart from others takes nothing away from it.
    length = len(value.removeprefix(OUTBOX_PREFIX).removeprefix(TIMERS_PREFIX).encode())
    if not 1 <= length <= LONGEST_STORE_NAME:
        raise BadStoreName(field=field, why=f"it has {length} bytes in UTF-8")


def not_text(value: str) -> str | None:
    """Return why some database cannot hold *value*; None if all can."""
    if "\0" in value:
        return "there is a NUL in it"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "there is half of a surrogate pair in it"
    return None


def to_reason(text: str) -> str:
    """Return the beginning of *text*, as every database can hold it: it comes from anywhere."""
    kept = text[:LONGEST_REASON].replace("\0", "\ufffd")
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_seconds(value: float) -> float:
    """Return a whole number of seconds as a float, so that equal requests look equal."""
    return float(value) if type(value) is int else value


def positive_seconds(owner: object, attribute: attrs.Attribute[float], value: object) -> None:
    """Check that *value* is a positive, finite number of seconds."""
    if not (isinstance(value, float) and 0 < value < math.inf):
        raise _out_of_bounds(owner, attribute, value, "positive and finite, in seconds")


def some_seconds(owner: object, attribute: attrs.Attribute[float], value: object) -> None:
    """Check that *value* is a finite number of seconds, not negative."""
    if not (isinstance(value, float) and 0 <= value < math.inf):
        raise _out_of_bounds(owner, attribute, value, "not negative and finite, in seconds")


def a_count(owner: object, attribute: attrs.Attribute[int], value: object) -> None:
    """Check that *value* counts from 0 and fits a signed 64-bit column."""
    if not (_whole(value) and 0 <= value < BEYOND_LARGEST):
        raise _out_of_bounds(owner, attribute, value, "a whole number from 0 to 2⁶³ - 1")


def a_limit(owner: object, attribute: attrs.Attribute[int], value: object) -> None:
    """Check that *value* is a number of rows that one answer may have."""
    if not (_whole(value) and 1 <= value <= LARGEST_BATCH):
        raise _out_of_bounds(owner, attribute, value, f"a whole number from 1 to {LARGEST_BATCH}")


def to_ids(values: Iterable[object]) -> tuple[int, ...]:
    """Return *values* as a tuple; raises BadRequest for what is no id, or for too many."""
    asked: object = values
    given: tuple[object, ...] = tuple(asked) if isinstance(asked, Iterable) else (None,)
    ids = tuple(one for one in given if _whole(one) and 0 <= one < BEYOND_LARGEST)
    if len(ids) != len(given) or len(ids) > LARGEST_BATCH:
        raise BadRequest(
            what="cannot use these ids",
            why=f"at most {LARGEST_BATCH} whole numbers from 0 to 2⁶³ - 1 are needed",
            fix="Pass ids that the store gave.",
        )
    return ids


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _out_of_bounds(owner: object, attribute: attrs.Attribute[Any], value: object, rule: str) -> BadRequest:
    return BadRequest(
        what=f"cannot make this {type(owner).__name__}",
        why=f"{attribute.name} is {value!r}, and must be {rule}",
        fix="Pass such a number.",
    )
