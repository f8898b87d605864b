"""What the promises about stores are checked with: a fresh store, its clock, and how to say what broke."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias, TypeVar

import attrs

from ..store._store import Store
from ._channel_pair import PromiseBroken, must

E = TypeVar("E", bound=Exception)


@attrs.frozen
class StoreUnderTest:
    """A fresh, empty store and how to move its clock.

    *advance* lets the database's clock go on by so many seconds, which must not go on by itself.
    *tamper*, if it can be done, changes what the audit record at a position of a chain says, as somebody
    with access to the database would, and leaves its hash as it is. *sql*: it takes `Execute` and `Select`.
    """

    store: Store
    advance: Callable[[float], Awaitable[None]] = attrs.field(kw_only=True)
    tamper: Callable[[str, int], Awaitable[None]] | None = attrs.field(default=None, kw_only=True)
    sql: bool = attrs.field(default=True, kw_only=True)


OpenStore: TypeAlias = Callable[[], AbstractAsyncContextManager[StoreUnderTest]]
"""Opens a new store for one promise."""


@attrs.frozen(kw_only=True)
class StorePromise:
    """One promise of a store, and how to find out whether it is kept."""

    sentence: str
    check: Callable[[StoreUnderTest], Awaitable[None]]
    sql: bool = False
    """It is about the application's own tables."""
    tampering: bool = False
    """It is about somebody who changes the tables behind the store's back."""


async def must_raise_from(kind: type[E], asked: Awaitable[Any], what: str) -> E:
    """Demand that *asked* raises *kind*, and return what it raised."""
    try:
        value = await asked
    except kind as error:
        return error
    except Exception as error:
        raise PromiseBroken(f"{what} raised {error!r}, not {kind.__name__}") from error
    raise PromiseBroken(f"{what} gave {value!r} and did not raise {kind.__name__}")


def must_be(value: object, wanted: object, what: str) -> None:
    """Demand that *value* is equal to *wanted*."""
    must(value == wanted, f"{what} gave {value!r}, not {wanted!r}")
