# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of refs: which messages they take, and what comes back.

A marked line is one that both checkers must refuse: mypy by the code in the mark, pyright in any way.
"""

from __future__ import annotations

from typing import assert_type

import protocols
from protocols import Account, Audit, Find, Foreign, Name, Withdraw, WithdrawAll

import trio_smith as smith

AccountRef = smith.Ref[Withdraw | Name | Find | Audit]


async def answers_are_inferred(ref: AccountRef) -> None:
    assert_type(await ref.ask(Withdraw(amount=1)), int)
    assert_type(await ref.ask(Name()), str)
    assert_type(await ref.ask(Find()), list[str] | None)
    assert_type(await ref.ask(WithdrawAll(amount=1)), int)


async def answers_of_a_narrow_ref_are_inferred(ref: smith.Ref[Name]) -> None:
    assert_type(await ref.ask(Name()), str)


async def batches_are_lists(ref: AccountRef) -> None:
    assert_type(await ref.ask_many([Withdraw(amount=1), Withdraw(amount=2)]), list[int])
    assert_type(await ref.ask_many(Name() for _ in range(3)), list[str])
    assert_type(await ref.ask_many([Withdraw(amount=1)], outcomes=False), list[int])
    assert_type(await ref.ask_many([Withdraw(amount=1)], outcomes=True), list[int | Exception])


async def tells_take_the_protocol(ref: AccountRef) -> None:
    assert_type(ref.tell_nowait(Audit(note="x")), None)
    assert_type(await ref.tell(Audit(note="x")), None)
    await ref.tell(Withdraw(amount=1))
    ref.tell_nowait(WithdrawAll(amount=1))


async def a_request_of_another_protocol_cannot_be_asked(ref: AccountRef) -> None:
    await ref.ask(Foreign())  # type: ignore[arg-type]


async def what_has_no_answer_cannot_be_asked(ref: AccountRef) -> None:
    await ref.ask(Audit(note="x"))  # type: ignore[arg-type]


async def a_class_cannot_be_asked(ref: AccountRef) -> None:
    await ref.ask(Name)  # type: ignore[arg-type]


async def an_answer_is_what_it_is(ref: AccountRef) -> None:
    wrong: str = await ref.ask(Withdraw(amount=1))  # type: ignore[arg-type]
    assert_type(wrong, str)


async def a_batch_holds_requests_of_the_protocol(ref: AccountRef) -> None:
    await ref.ask_many([Foreign()])  # type: ignore[arg-type]
    await ref.ask_many([Audit(note="x")])  # type: ignore[arg-type]


async def a_foreign_message_cannot_be_told(ref: AccountRef) -> None:
    ref.tell_nowait(Foreign())  # type: ignore[arg-type]
    await ref.tell("text")  # type: ignore[arg-type]


def a_wider_ref_serves_where_a_narrow_one_is_wanted(ref: AccountRef) -> smith.Ref[Name]:
    return ref


def a_narrow_ref_does_not_serve_for_a_wide_one(ref: smith.Ref[Name]) -> AccountRef:
    return ref  # type: ignore[return-value]


async def a_ref_says_how_its_actor_fares(ref: AccountRef) -> None:
    assert_type(ref.path, str)
    assert_type(ref.lifecycle, smith.LifecycleView)
    assert_type(ref.lifecycle.value, smith.Lifecycle)
    assert_type(ref.statistics(), smith.MailboxStatistics)
    assert_type(await ref.wait_stopped(), smith.ExitReason)
    assert_type(await ref.lifecycle.wait_value(smith.Lifecycle.STOPPED), smith.Lifecycle)


def its_protocol_may_be_had_from_its_class(actor: type[Account]) -> None:
    assert_type(protocols.Account("alice").balance, int)
    actor()  # type: ignore[call-arg]
