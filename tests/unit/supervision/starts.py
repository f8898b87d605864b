"""What the tests of specs let a child be."""

from collections.abc import AsyncGenerator, Awaitable
from typing import Any

import trio

import trio_smith as smith

from .stage import Ready


async def work(first: int = 0, second: str = "") -> None:
    """Be a child."""


async def ready(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
    """Be a child that reports."""


async def numbers() -> AsyncGenerator[int, None]:
    """Be no child."""
    yield 1


def make_work() -> Awaitable[None]:
    """Be a factory."""
    return work()


class Idle(smith.Actor[Any]):
    """An actor."""


class Callee:
    """A callable object."""

    async def __call__(self, *, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        """Be a child."""

    async def method(self, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        """Be a child too."""
