# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of children: the arguments they take, and the handle one gets."""

from __future__ import annotations

import functools
from typing import Any, assert_type

import trio
from protocols import Account, Audit, Find, Name, Withdraw

import trio_smith as smith

AccountRef = smith.Ref[Withdraw | Name | Find | Audit]


async def poll(url: str, every: float = 1.0) -> None: ...


async def serve(port: int, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None: ...


def make_account(owner: str) -> Account:
    return Account(owner)


async def an_actor_gives_its_ref(supervisor: smith.Supervisor) -> None:
    assert_type(await supervisor.start(Account, "alice"), AccountRef)
    assert_type(await supervisor.start(Account, "alice", 5, name="alice"), AccountRef)
    assert_type(await supervisor.start(make_account, "alice"), AccountRef)
    assert_type(await supervisor.start(lambda: Account("alice", balance=3), name="alice"), AccountRef)
    assert_type(await supervisor.start(functools.partial(Account, "alice", balance=3)), AccountRef)


async def a_function_gives_a_child(supervisor: smith.Supervisor) -> None:
    child = await supervisor.start(poll, "https://example.org", name="feed", grace=2.0)
    assert_type(child, smith.Child)
    assert_type(child.id, str)
    assert_type(child.incarnation, int)
    assert_type(child.ignored, bool)
    assert_type(child.state, smith.Condition)
    assert_type(await child.wait_stopped(), smith.ExitReason)
    assert_type(await supervisor.start(serve, 80), smith.Child)


async def arguments_are_compared(supervisor: smith.Supervisor) -> None:
    await supervisor.start(Account)  # type: ignore[arg-type, call-arg]
    await supervisor.start(Account, 5)  # type: ignore[arg-type]
    await supervisor.start(poll)  # type: ignore[arg-type, call-arg]
    await supervisor.start(poll, 5)  # type: ignore[arg-type]
    await supervisor.start(poll, "url", 1.0, 2.0)  # type: ignore[arg-type, call-arg]


async def what_is_neither_cannot_be_started(supervisor: smith.Supervisor) -> None:
    await supervisor.start(str, 5)  # type: ignore[arg-type]
    await supervisor.start(poll("url"))  # type: ignore[call-overload]


async def options_are_members(supervisor: smith.Supervisor) -> None:
    await supervisor.start(poll, "url", restart=smith.Restart.TEMPORARY)
    await supervisor.start(poll, "url", restart="temporary")  # type: ignore[call-overload]
    await supervisor.start(poll, "url", unknown=1)  # type: ignore[call-overload]


async def supervisors_and_pools_have_their_handles(supervisor: smith.Supervisor) -> None:
    assert_type(
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            children=[smith.child(Account, "alice", name="alice"), smith.child(poll, "url")],
        ),
        smith.Supervisor,
    )
    assert_type(await supervisor.start_pool(smith.child(poll), max_children=3), smith.Pool)  # type: ignore[arg-type]
    assert_type(await supervisor.start_pool(smith.child(poll, "url")), smith.Pool)


def specs_compare_arguments() -> None:
    assert_type(smith.child(Account, "alice", name="alice"), smith.ChildSpec)
    smith.child(Account)  # type: ignore[arg-type]
    smith.child(Account, 5)  # type: ignore[arg-type]
    smith.child(poll, 5)  # type: ignore[arg-type]


async def what_is_found_has_the_protocol_of_the_class(system: smith.System) -> None:
    assert_type(system.find("desk/alice", Account), AccountRef)
    assert_type(system.find("desk/alice"), smith.Ref[Any] | smith.Child | smith.Supervisor | smith.Pool)
    system.find("desk/alice", str)  # type: ignore[arg-type]


async def blocks_give_their_supervisor() -> None:
    async with smith.open_supervisor(max_restarts=3, within=5.0) as supervisor:
        assert_type(supervisor, smith.Supervisor)
        assert_type(supervisor.system, smith.System)
        assert_type(supervisor.tree(), smith.Tree)
    async with smith.open_tree(smith.SupervisorSpec(name="bank")) as tree:
        assert_type(tree, smith.Supervisor)
    async with smith.open_pool(smith.child(poll, "url")) as pool:
        assert_type(pool, smith.Pool)
    assert_type(smith.stopping(), trio.Event)


class Parent(smith.Actor[Audit]):
    @smith.on(Audit)
    async def audit(self, message: Audit) -> None:
        assert_type(await self.context.supervisor.start(Account, "alice"), AccountRef)
        await self.context.supervisor.start(Account, 5)  # type: ignore[arg-type]
        assert_type((await self.context.supervisor.start(poll, "url")).id, str)
