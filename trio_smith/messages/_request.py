"""A request is a message that has one answer, whose type the checkers know."""

from __future__ import annotations

from typing import Any, Generic, Protocol, Self, TypeVar

RefT_contra = TypeVar("RefT_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")


class Answers(Protocol[RefT_contra, R_co]):
    """Static only: a message that a reference of type ``RefT`` can be asked, with an answer of type ``R``.

    Both strict checkers solve the answer of ``ref.ask(message)`` through it; see
    ``tests/typing`` for what they accept and refuse.
    """

    def __ask__(self, ref: RefT_contra, /) -> R_co:
        """Never called: it ties a message to the references that take it and to its answer."""
        ...


class Request(Generic[R]):
    """Base of messages that are answered: ``class Withdraw(Request[int])`` is answered by an int."""

    __slots__ = ()

    def __ask__(self, ref: Accepts[Self], /) -> R:
        """Never called: it ties a message to the references that take it and to its answer."""
        raise AssertionError("__ask__ is for type checkers only")


Q = TypeVar("Q", bound="Request[Any]")
M_contra = TypeVar("M_contra", contravariant=True)


class Accepts(Protocol[M_contra]):
    """Static only: whatever takes messages of type ``M``; a `Ref` does."""

    def tell_nowait(self, message: M_contra, /) -> None:
        """Take *message*, or raise."""
        ...
