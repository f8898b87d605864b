"""Let those who enqueue at once commit together, as one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import outcome
import trio

from .._errors import OutcomeUnknown
from ..words import Enqueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Ids: TypeAlias = tuple[int, ...]

LARGEST: Final = 1_000
"""Jobs in a group: so many are carried out in the time of one statement."""


@attrs.define(eq=False)
class _Waiting:
    write: Enqueue
    woken: trio.Event = attrs.Factory(trio.Event)
    taken: bool = False
    gone: bool = False
    answer: outcome.Outcome[Ids] | None = None


class Groups:
    """Gathers what waits while others are written; one of those who wait leads, and writes for all.

    Only jobs that are put in without a key: they wait for no lock, so what one process writes together can
    never stand in the way of another process.

    *carry_out* writes what the function that it is given takes, wholly or not at all. *failed* makes of what
    it raises the error that each gets. *grace*: seconds that whoever is cancelled waits at the most for the
    one that leads.
    """

    def __init__(
        self,
        carry_out: Callable[[Callable[[], tuple[Enqueue, ...]]], Awaitable[tuple[Ids, ...]]],
        *,
        failed: Callable[[BaseException], Exception],
        grace: float,
    ) -> None:
        self._carry_out, self._failed, self._grace = carry_out, failed, grace
        self._waiting: list[_Waiting] = []
        self._led = False

    async def commit(self, write: Enqueue) -> Ids:
        """Write it, with what else waits.

        Cancellation: atomic, as all commits.
        """
        one = _Waiting(write)
        self._waiting.append(one)
        if self._led:
            try:
                await self._follow(one)
            except BaseException:
                self._leave(one)
                raise
        if one.answer is None:
            self._led = True
            await self._lead(one)
        assert one.answer is not None
        return one.answer.unwrap()

    async def _follow(self, one: _Waiting) -> None:
        """Return when it is written, or when it is its turn to lead."""
        try:
            await one.woken.wait()
        except trio.Cancelled:
            if one.taken:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + self._grace):
                    await one.woken.wait()
            if isinstance(one.answer, outcome.Value):
                return  # noqa: ASYNC104 - it is there, and Trio cancels at the next checkpoint
            if one.answer is None and one.taken:
                why = f"it was cancelled, and the server did not answer within {self._grace:g} s"
                raise OutcomeUnknown(why=why) from None  # noqa: ASYNC104 - it says more than that
            if isinstance(one.answer, outcome.Error) and isinstance(one.answer.error, OutcomeUnknown):
                return  # noqa: ASYNC104 - nobody knows, which says more
            raise

    async def _lead(self, one: _Waiting) -> None:
        """Write for all who wait; if it is cancelled, nothing was written and another one leads."""
        group: list[_Waiting] = []
        try:
            answers = await self._carry_out(lambda: self._take(one, group))
        except trio.Cancelled:
            self._give_up(one, group)
            raise
        except BaseException as error:
            if not group:
                # What keeps one from a connection keeps all from it.
                group, self._waiting = self._waiting, []
            self._end(group, [outcome.Error(self._failed(error)) for _ in group])
            if not isinstance(error, Exception):
                raise
        else:
            self._end(group, [outcome.Value(ids) for ids in answers])

    def _take(self, one: _Waiting, group: list[_Waiting]) -> tuple[Enqueue, ...]:
        """Fill *group*; only when it can be written, for the longer that took, the more are in it."""
        jobs = 0
        for each in (one, *(other for other in self._waiting if other is not one)):
            jobs += len(each.write.jobs)
            if group and jobs > LARGEST:
                break
            each.taken = True
            group.append(each)
        self._waiting = [each for each in self._waiting if not each.taken]
        return tuple(each.write for each in group)

    def _end(self, group: list[_Waiting], answers: Sequence[outcome.Outcome[Ids]]) -> None:
        for each, answer in zip(group, answers, strict=True):
            each.answer = answer
            each.woken.set()
        self._next()

    def _give_up(self, one: _Waiting, group: list[_Waiting]) -> None:
        """Let *one* be gone, and the others be the first to be written."""
        for each in group:
            each.taken = False
        one.gone = True
        self._waiting = [each for each in (*group, *self._waiting) if not each.gone]
        self._next()

    def _leave(self, one: _Waiting) -> None:
        """Let nobody wait for *one*: it leads no more, also if whoever has taken it puts it back."""
        one.gone = True
        if one in self._waiting:
            self._waiting.remove(one)
            if one.woken.is_set():
                self._next()  # it was to lead

    def _next(self) -> None:
        self._led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].woken.set()
