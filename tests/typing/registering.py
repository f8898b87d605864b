# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of names, groups, topics and events.

A marked line is one that both checkers must refuse: mypy by the code in the mark, pyright in any way.
"""

from __future__ import annotations

from typing import Any, assert_type

from protocols import Account, Audit, Foreign, Name, Withdraw

import trio_smith as smith

AccountRef = smith.Ref[Withdraw | Name | Audit]


async def names_lead_to_refs_of_their_actors(system: smith.System) -> None:
    found = system.names.find("bank", Account)
    assert_type(await found.ask(Withdraw(amount=1)), int)
    waited = await system.names.wait_for("bank", Account)
    assert_type(await waited.ask(Name()), str)
    assert_type(system.names.find("bank"), smith.Ref[Any])
    assert_type(await system.names.wait_for("bank"), smith.Ref[Any])
    await found.ask(Foreign())  # type: ignore[arg-type]


async def so_do_groups(system: smith.System) -> None:
    assert_type(await system.groups.pick("banks", Account).ask(Name()), str)
    for member in system.groups.members("banks", Account):
        await member.ask(Foreign())  # type: ignore[arg-type]


def a_subscription_is_to_messages_of_the_protocol(system: smith.System, ref: AccountRef) -> None:
    system.topics.subscribe(ref, "bank.>")
    system.topics.subscribe(ref, "bank.>", of=Audit)
    system.topics.subscribe(ref, "bank.>", of=(Audit, Withdraw))
    system.topics.subscribe(ref, "bank.>", of=Foreign)  # type: ignore[misc]


def _ended(event: smith.ChildEnded) -> None:
    assert_type(event.reason, smith.ExitReason)


def events_of_a_class_reach_a_callback_of_that_class(system: smith.System) -> None:
    system.events.subscribe(_ended, of=smith.ChildEnded, where=lambda event: event.incarnation > 1)
    assert_type(system.events.stream(of=smith.ChildEnded), smith.EventStream[smith.ChildEnded])
    assert_type(system.events.stream(), smith.EventStream[object])
    system.events.subscribe(_ended)  # type: ignore[arg-type]
    system.events.subscribe(_ended, of=smith.GaveUp)  # type: ignore[arg-type]


class Speaker(smith.Actor[Audit]):
    @smith.on(Audit)
    def audit(self, message: Audit) -> None:
        context = self.context
        context.register("speaker")
        context.join("speakers")
        assert_type(context.subscribe("bank.>", of=Audit), smith.TopicSubscription)
        assert_type(context.system.topics.publish("bank.eu", message), smith.Delivery)
        assert_type(context.system, smith.System)
