"""A later that fails is a crash, and a crash cancels the laters."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Puppet, begin, fails, later_fails, letters, tree
from trio_smith import DeadLetterReason


async def test_an_undeclared_error_is_a_crash_with_its_message_in_hand() -> None:
    """Asker, dead letter, on_restart: all as if the handler had raised it."""
    failures: list[smith.Failure] = []

    class Reports(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            failures.append(failure)

    async with tree() as supervisor:
        ref = await supervisor.start(Reports)
        error, message = ValueError("late"), None
        message = later_fails(1, error)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(message)
        assert caught.value.__cause__ is error
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]
        assert await ref.ask(Echo("again")) == "again"
        (failure,) = failures
        assert (failure.exception, failure.message, failure.deliveries) == (error, message, 1)


async def test_a_later_that_fails_while_a_handler_runs_crashes_after_it() -> None:
    """The message in hand is finished first and answered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        failing = await begin(nursery, lambda: ref.ask(later_fails(1, ValueError())))

        async def long(_: object) -> str:
            await trio.sleep(5)
            return "finished"

        asked = await begin(nursery, lambda: ref.ask(Do(long)))
        await trio.sleep(10)
        assert (asked.value, asked.at) == ("finished", 5)
        assert isinstance(failing.error, smith.ActorCrashed)
        assert failing.at == 5


async def test_a_crash_cancels_the_laters_and_settles_theirs_after_the_one_in_hand() -> None:
    """All were begun, so all askers hear of the crash and its cause."""
    order: list[object] = []

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            order.append("cancelled")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        supervisor.system.dead_letters.subscribe(lambda letter: order.append(letter.message))
        message, error = Do(lambda _: smith.later(work)), ValueError()
        asked = await begin(nursery, lambda: ref.ask(message))
        crash = fails(error)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(crash)
        await wait_all_tasks_blocked()
        assert order == [crash, "cancelled", message]
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.CRASHED] * 2
        assert isinstance(asked.error, smith.ActorCrashed)
        assert asked.error.__cause__ is error


async def test_the_next_incarnation_does_not_begin_before_the_laters_have_ended() -> None:
    """Two incarnations must not work on one thing."""
    order: list[str] = []

    class Reports(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            order.append("next incarnation")

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)
            order.append("unwound")

    async with tree() as supervisor:
        ref = await supervisor.start(Reports)
        ref.tell_nowait(Do(lambda _: smith.later(work)))
        await wait_all_tasks_blocked()
        ref.tell_nowait(fails(ValueError()))
        await ref.ask(Echo())
        assert trio.current_time() == 3
    assert order == ["unwound", "next incarnation"]


async def test_a_later_that_holds_up_a_crashed_actor_is_reported_as_stuck() -> None:
    """It is never abandoned, so somebody has to be told why nothing happens."""
    events: list[object] = []

    async def work() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)

    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet, grace=7.0)
        ref.tell_nowait(Do(lambda _: smith.later(work)))
        await wait_all_tasks_blocked()
        ref.tell_nowait(fails(ValueError()))
        await ref.ask(Echo())
        assert trio.current_time() == 60
        assert [event for event in events if isinstance(event, smith.ChildStuck)]


async def test_of_two_laters_that_fail_together_one_is_the_crash_and_both_are_settled() -> None:
    """No asker is forgotten."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        errors = [ValueError("one"), KeyError("other")]
        asked = [await begin(nursery, lambda error=error: ref.ask(later_fails(1, error))) for error in errors]
        await trio.sleep(2)
        assert [type(one.error) for one in asked] == [smith.ActorCrashed] * 2
        assert {one.error.__cause__ for one in asked if one.error} == set(errors)
        assert len(letters(supervisor)) == 2
        assert ref._cell.host.incarnation == 2


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("order", [1, -1])
async def test_a_later_that_wants_the_program_to_end_is_heard_also_beside_another_failure(
    fatal: type[BaseException], order: int
) -> None:
    """Fatal exceptions are never swallowed, nor is anybody restarted."""
    errors = [ValueError(), fatal()][::order]
    with pytest.raises(fatal):  # noqa: PT012 - it comes out of the block
        async with tree() as supervisor:
            ref = await supervisor.start(Puppet)
            for error in errors:
                ref.tell_nowait(later_fails(1, error))
            await trio.sleep(5)
            pytest.fail("the body should have been cancelled")


async def test_a_later_that_wants_the_program_to_end_while_it_is_cancelled_is_heard() -> None:
    """Also in the middle of somebody else's crash."""

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise SystemExit(3)

    with pytest.raises(SystemExit):  # noqa: PT012 - it comes out of the block
        async with tree() as supervisor:
            ref = await supervisor.start(Puppet)
            ref.tell_nowait(Do(lambda _: smith.later(work)))
            await wait_all_tasks_blocked()
            ref.tell_nowait(fails(ValueError()))
            await trio.sleep(5)
            pytest.fail("the body should have been cancelled")


async def test_deliveries_are_counted_for_messages_of_laters_too() -> None:
    """Poison does not become harmless by being worked on later."""

    class Thrice(Puppet):
        max_deliveries = 3

    deliveries: list[int] = []

    def work(actor: Puppet) -> Any:
        async def fail() -> None:
            await trio.sleep(1)
            raise ValueError

        deliveries.append(actor.context.delivery)
        return smith.later(fail)

    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        message = Do(work)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(message)
        assert deliveries == [1, 2, 3]
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert (letter.reason, letter.deliveries) == (DeadLetterReason.POISON, 3)
        assert letter.fingerprint is not None


@pytest.mark.parametrize("nonsense", [lambda: 5, 5, None])
async def test_a_later_of_something_else_is_a_crash(nonsense: Any) -> None:
    """Of the actor, with a bare TypeError as cause; the program lives."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(Do(lambda _: smith.later(nonsense)))
        assert isinstance(caught.value.__cause__, TypeError)
        assert await ref.ask(Echo("next")) == "next"


async def test_a_later_and_a_handler_that_raise_one_and_the_same_exception_are_one_crash() -> None:
    """It is not reported a second time beside itself."""
    error = ValueError("shared")

    async def fail() -> None:
        await trio.sleep(1)
        raise error

    async def long(_: object) -> None:
        await trio.sleep(2)
        raise error

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.tell(Do(lambda _: smith.later(fail)))
        await ref.tell(Do(long))
        assert await ref.ask(Echo("next")) == "next"
        assert len(letters(supervisor)) == 2
        assert not [event for event in events if isinstance(event, smith.StopRaised)]
