"""Groups: who is in it, whose turn it is, and how all are told."""

from __future__ import annotations

from random import Random

import pytest
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Note, Puppet, busy, fails, letters, small, stops, tree


class Other(Puppet):
    """Of another class."""


async def group_of(supervisor: smith.Supervisor, *names: str) -> list[smith.Ref[Do | Note]]:
    """Start actors by these names, and let them join the group "workers"."""
    refs: list[smith.Ref[Do | Note]] = []
    for name in names:
        refs.append(await supervisor.start(Puppet, name=name))
        supervisor.system.groups.join("workers", refs[-1])
    return refs


async def test_members_are_known_in_the_order_in_which_they_joined() -> None:
    """Once each; an actor may be in several groups, and leaves the one that it is asked to."""
    async with tree() as supervisor:
        groups = supervisor.system.groups
        a, b, c = await group_of(supervisor, "a", "b", "c")
        groups.join("workers", a)
        groups.join("night shift", a)
        assert groups.members("workers") == groups.members("workers", Puppet) == (a, b, c)
        assert groups.groups(a) == ("workers", "night shift")
        assert groups.names() == ("workers", "night shift")
        groups.leave("workers", a)
        groups.leave("workers", a)
        groups.join("workers", a)
        assert groups.members("workers") == (b, c, a)
        assert groups.members("nobody") == ()
        with pytest.raises(smith.NamedOtherwise):
            groups.members("workers", Other)
        with pytest.raises(ValueError, match="as a name"):
            groups.join("", a)


async def test_turns_go_round_while_members_come_and_go() -> None:
    """Whoever has waited longest is next; who joins is last."""
    async with tree() as supervisor:
        groups = supervisor.system.groups
        a, b, c = await group_of(supervisor, "a", "b", "c")
        assert [groups.pick("workers") for _ in range(4)] == [a, b, c, a]
        groups.leave("workers", b)
        (d,) = await group_of(supervisor, "d")
        assert [groups.pick("workers", Puppet) for _ in range(4)] == [c, a, d, c]


async def test_chance_is_that_of_the_system() -> None:
    """One seed repeats the run."""
    picks: list[list[str]] = []
    for _ in range(2):
        async with tree(random=Random(3)) as supervisor:
            await group_of(supervisor, "a", "b", "c")
            picks.append(
                [supervisor.system.groups.pick("workers", by=smith.Pick.RANDOM).path for _ in range(20)]
            )
    assert picks[0] == picks[1]
    assert set(picks[0]) == {"a", "b", "c"}


@pytest.mark.parametrize("by", smith.Pick)
async def test_an_empty_group_has_nobody_to_pick(by: smith.Pick) -> None:
    """It is said, and not waited for; to tell all of nobody is no mistake."""
    async with tree() as supervisor:
        groups = supervisor.system.groups
        with pytest.raises(smith.GroupEmpty, match="'workers'"):
            groups.pick("workers", by=by)
        assert groups.tell_all_nowait("workers", Note()) == smith.Delivery()


async def test_a_membership_outlives_restarts_and_goes_with_the_member() -> None:
    """However it ends for good; it can come back only by joining again."""
    async with tree() as supervisor:
        groups = supervisor.system.groups
        a, b, c = await group_of(supervisor, "a", "b", "c")
        with pytest.raises(smith.ActorCrashed):
            await a.ask(fails(ValueError()))
        assert groups.members("workers") == (a, b, c)
        await b.ask(stops())
        assert groups.members("workers") == (a, c)
        await supervisor.stop_child("a")
        assert groups.members("workers") == (c,)
        await supervisor.restart_child("a")
        assert groups.members("workers") == (c,)
        await supervisor.stop_child("a")
        with pytest.raises(smith.ActorStopped):
            groups.join("workers", a)


async def test_an_actor_joins_by_its_context() -> None:
    """Itself; and a later incarnation of it keeps its place by joining again."""
    async with tree() as supervisor:
        a, b = await group_of(supervisor, "a", "b")
        await b.ask(Do(lambda actor: actor.context.join("readers")))
        await a.ask(Do(lambda actor: actor.context.join("readers")))
        await b.ask(Do(lambda actor: actor.context.join("readers")))
        assert supervisor.system.groups.members("readers") == (b, a)


async def test_all_are_told_and_one_that_is_full_costs_the_others_nothing() -> None:
    """What it had no room for is a dead letter, and counted."""
    async with tree() as supervisor:
        seen: list[object] = []
        full = await supervisor.start(small(1), name="full")
        idle = await supervisor.start(lambda: Puppet(seen), name="idle")
        for ref in (full, idle):
            supervisor.system.groups.join("workers", ref)
        done = await busy(full)
        told = [supervisor.system.groups.tell_all_nowait("workers", Note(number)) for number in (1, 2)]
        await wait_all_tasks_blocked()
        assert told == [smith.Delivery(delivered=2), smith.Delivery(delivered=1, dropped=1)]
        assert seen == [1, 2]
        assert letters(supervisor) == [(Note(2), smith.DeadLetterReason.OVERFLOW)]
        done.set()


async def test_a_message_that_one_member_does_not_understand_is_sent_to_nobody() -> None:
    """It is checked before the first one is told."""

    @smith.message
    class Foreign:
        pass

    class Reader(smith.Actor[Foreign]):
        @smith.on(Foreign)
        def read(self, message: Foreign) -> None:
            seen.append(message)

    seen: list[object] = []
    async with tree() as supervisor:
        reader = await supervisor.start(Reader, name="reader")
        supervisor.system.groups.join("workers", reader)
        await group_of(supervisor, "a")
        with pytest.raises(smith.NotUnderstood):
            supervisor.system.groups.tell_all_nowait("workers", Foreign())
        await wait_all_tasks_blocked()
        assert seen == []


async def test_a_member_that_a_listener_stops_in_the_midst_is_not_told() -> None:
    """Whoever hears of a dead letter may do anything."""
    async with tree() as supervisor:
        full = await supervisor.start(small(1), name="full")
        await busy(full)
        full.tell_nowait(Note())
        victim = await supervisor.start(Puppet, name="victim")
        contexts: list[smith.Context] = [await victim.ask(Do(lambda actor: actor.context))]
        for ref in (full, victim):
            supervisor.system.groups.join("workers", ref)
        supervisor.system.dead_letters.subscribe(lambda _: contexts.pop().stop() if contexts else None)
        assert supervisor.system.groups.tell_all_nowait("workers", Note()) == smith.Delivery(dropped=1)
        assert supervisor.system.groups.members("workers") == (full,)
