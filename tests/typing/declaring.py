# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of messages and mailboxes."""

from __future__ import annotations

from typing import Generic, TypeVar, assert_type

from protocols import Find, Withdraw

import trio_smith as smith

T = TypeVar("T")


@smith.message(name="Deposit", version=2)
class Deposit(smith.Request[int]):
    amount: int
    note: str = ""


@smith.message
class Echo(smith.Request[T], Generic[T]):
    value: T


class Echoes(smith.Actor[Echo[int] | Deposit]):
    @smith.on(Echo[int])
    def echo(self, message: Echo[int]) -> int:
        return message.value

    @smith.on(Deposit)
    def deposit(self, message: Deposit) -> int:
        return message.amount


async def a_generic_request_has_its_answer(ref: smith.Ref[Echo[int] | Deposit]) -> None:
    assert_type(await ref.ask(Echo(value=3)), int)
    await ref.ask(Echo(value="3"))  # type: ignore[arg-type]


def messages_are_made_with_their_fields() -> None:
    assert_type(Deposit(amount=1).note, str)
    assert_type(Deposit(1, "x").amount, int)
    assert_type(Find(pattern="a*").limit, int)
    Deposit()  # type: ignore[call-arg]
    Deposit(amount="1")  # type: ignore[arg-type]
    Deposit(amount=1, other=2)  # type: ignore[call-arg]


def messages_are_frozen(message: Withdraw) -> None:
    message.amount = 2  # type: ignore[misc]


def raises_holds_exception_classes() -> None:
    smith.message(raises=(ValueError, OSError))
    smith.message(raises=ValueError)  # type: ignore[call-overload]
    smith.message(raises=(int,))  # type: ignore[arg-type]
    smith.message(version="2")  # type: ignore[call-overload]


async def a_mailbox_has_a_type_of_message() -> None:
    send, receive = smith.open_mailbox[int](16, overflow=smith.Overflow.DROP_OLDEST)
    assert_type(send, smith.MailboxSender[int])
    assert_type(receive, smith.MailboxReceiver[int])
    assert_type(send.clone(), smith.MailboxSender[int])
    assert_type(await receive.receive(), int)
    assert_type(receive.receive_nowait(), int)
    async for message in receive:
        assert_type(message, int)
    assert_type(await send.send(1), None)
    send.send_nowait(2, lane=smith.Lane.SYSTEM)
    await send.send("1")  # type: ignore[arg-type]
    send.send_nowait("1")  # type: ignore[arg-type]


def a_mailbox_is_bounded() -> None:
    smith.open_mailbox[int](float("inf"))  # type: ignore[arg-type]
    smith.open_mailbox[int](3, overflow="wait")  # type: ignore[arg-type]


def a_sender_of_more_serves_for_less(sender: smith.MailboxSender[int]) -> smith.MailboxSender[bool]:
    return sender


def a_receiver_of_less_serves_for_more(receiver: smith.MailboxReceiver[bool]) -> smith.MailboxReceiver[int]:
    return receiver
