"""Names beside the tree: one owner each, never stale, and whoever waits for one gets it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Note, Puppet, begin, busy, fails, stops, tree


class Named(Puppet):
    """Registers in its lifespan, and fails there if it is told to."""

    failing = False

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Register."""
        context.register("named")
        if self.failing:
            raise ValueError
        yield


class FailingNamed(Named):
    """Fails after it has registered."""

    failing = True


class Other(Puppet):
    """Of another class."""


async def test_a_name_leads_to_its_actor_wherever_that_lives() -> None:
    """Under its class, or without one; also at a nested place."""
    async with tree() as supervisor:
        names = supervisor.system.names
        desk = await supervisor.start_supervisor(name="desk")
        alice = await desk.start(Puppet, name="alice")
        names.register("prices", alice)
        names.register("dear prices", alice)
        assert names.find("prices") == names.find("prices", Puppet) == alice
        assert names.names(alice) == ("prices", "dear prices")
        assert (names.snapshot(), len(names)) == ({"prices": alice, "dear prices": alice}, 2)
        with pytest.raises(smith.NamedOtherwise, match="'prices' is no Other: it is a Puppet"):
            names.find("prices", Other)


async def test_a_name_that_is_taken_is_refused_and_the_error_says_who_has_it() -> None:
    """The first one keeps it; asking again for one's own is harmless."""
    async with tree() as supervisor:
        names = supervisor.system.names
        alice = await supervisor.start(Puppet, name="alice")
        bob = await supervisor.start(Puppet, name="bob")
        names.register("prices", alice)
        names.register("prices", alice)
        with pytest.raises(smith.NameTaken, match="the name 'prices' is taken: alice has it") as caught:
            names.register("prices", bob)
        assert (caught.value.name, caught.value.holder) == ("prices", "alice")
        names.unregister("prices", bob)  # not his to give up
        assert names.find("prices") == alice
        names.unregister("prices", alice)
        names.unregister("prices", alice)
        names.register("prices", bob)
        assert names.find("prices") == bob


async def test_a_name_that_nobody_has_is_not_found_and_a_near_one_is_proposed() -> None:
    """Names are no paths: those have `system.find`."""
    async with tree() as supervisor:
        names = supervisor.system.names
        names.register("prices", await supervisor.start(Puppet, name="alice"))
        with pytest.raises(smith.NameNotFound, match="did you mean 'prices'") as caught:
            names.find("price")
        assert isinstance(caught.value, LookupError)
        with pytest.raises(smith.NameNotFound):
            names.find("alice")


@pytest.mark.parametrize("name", ["", "a/b", " a", "a\n", "x" * 200])
async def test_a_name_keeps_the_rules_of_names(name: str) -> None:
    """It stands in errors and logs; nobody waits for what can never come."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="alice")
        with pytest.raises(ValueError, match="as a name"):
            supervisor.system.names.register(name, ref)
        with pytest.raises(ValueError, match="as a name"):
            await supervisor.system.names.wait_for(name)


async def test_a_name_outlives_restarts() -> None:
    """As the ref does: messages wait in the mailbox meanwhile."""
    async with tree() as supervisor:
        names = supervisor.system.names
        ref = await supervisor.start(Named, name="alice")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert names.find("named") == ref
        assert await ref.ask(Do(lambda actor: actor.context.incarnation)) == 2


@pytest.mark.parametrize("way", ["stop", "itself", "temporary", "supervisor", "quarantine"])
async def test_a_name_is_gone_with_its_actor(way: str) -> None:
    """However it ends for good; and another actor may have it at once."""
    async with tree() as supervisor:
        names = supervisor.system.names
        desk = await supervisor.start_supervisor(name="desk", children=[smith.child(Puppet, name="carol")])
        options = {
            "temporary": {"restart": smith.Restart.TEMPORARY},
            "quarantine": {"quarantine": smith.Intensity(max_restarts=0)},
        }.get(way, {})
        ref = await desk.start(Puppet, name="alice", **options)  # type: ignore[arg-type]
        names.register("prices", ref)
        match way:
            case "stop":
                await desk.stop_child("alice")
            case "itself":
                await ref.ask(stops())
            case "supervisor":
                await supervisor.stop_child("desk")
            case _:
                with pytest.raises(smith.ActorCrashed):
                    await ref.ask(fails(ValueError()))
        await wait_all_tasks_blocked()
        assert len(names) == 0
        other = await supervisor.start(Puppet, name="other")
        names.register("prices", other)
        with pytest.raises(smith.ActorStopped):
            names.register("late", ref)
        assert names.snapshot() == {"prices": other}


async def test_an_actor_that_crashes_while_it_registers_leaves_no_name_behind() -> None:
    """Its start has failed, and it is forgotten."""
    async with tree() as supervisor:
        with pytest.raises(smith.StartFailed):
            await supervisor.start(FailingNamed, name="alice")
        assert len(supervisor.system.names) == 0


async def test_an_actor_that_drains_its_mailbox_has_no_name_any_more() -> None:
    """It takes no messages, so nobody should find it; its successor need not wait for it."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        names = supervisor.system.names
        ref = await supervisor.start(Puppet, name="alice")
        names.register("prices", ref)
        done = await busy(ref)
        ref.tell_nowait(Note("waits"))
        nursery.start_soon(lambda: supervisor.stop_child("alice", drain=5.0))
        await wait_all_tasks_blocked()
        assert ref.lifecycle.value is smith.Lifecycle.STOPPING
        assert len(names) == 0
        done.set()


async def test_nobody_who_hears_of_a_dead_letter_finds_the_one_that_has_stopped() -> None:
    """The entry is gone before the first message is given up."""
    async with tree() as supervisor:
        names = supervisor.system.names
        ref = await supervisor.start(Puppet, name="alice", grace=1.0)
        names.register("prices", ref)
        found: list[int] = []
        supervisor.system.dead_letters.subscribe(lambda _: found.append(len(names)))
        await busy(ref)
        ref.tell_nowait(Note())
        await supervisor.stop_child("alice")
        assert found
        assert set(found) == {0}


async def test_an_actor_that_is_stopped_and_started_again_asks_for_its_name_anew() -> None:
    """In its lifespan; meanwhile somebody else could have had it."""
    async with tree() as supervisor:
        names = supervisor.system.names
        ref = await supervisor.start(Named, name="alice")
        await supervisor.stop_child("alice")
        assert len(names) == 0
        await supervisor.restart_child("alice")
        assert names.find("named") == ref


async def test_a_context_of_an_incarnation_that_has_ended_registers_nothing() -> None:
    """What it starts goes with its incarnation, so it must not begin anything afterwards."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="alice")
        context: smith.Context = await ref.ask(Do(lambda actor: actor.context))
        await supervisor.stop_child("alice")
        with pytest.raises(smith.NoActorContext):
            context.register("prices")


# Waiting ----------------------------------------------------------------------------------------


async def test_waiting_for_a_name_that_is_there_returns_at_once() -> None:
    """It is a checkpoint all the same."""
    async with tree() as supervisor:
        ref = await supervisor.start(Named, name="alice")
        with trio.testing.assert_checkpoints():
            assert await supervisor.system.names.wait_for("named", Named) == ref
        with pytest.raises(smith.NamedOtherwise):
            await supervisor.system.names.wait_for("named", Other)


async def test_all_who_wait_get_the_first_one_that_comes_even_if_it_has_gone() -> None:
    """The name is there for no longer than one step; none of those who waited has missed it."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        names = supervisor.system.names
        ref = await supervisor.start(Puppet, name="alice")
        waiting = [await begin(nursery, lambda: names.wait_for("prices")) for _ in range(3)]
        names.register("prices", ref)
        names.unregister("prices", ref)
        names.register("prices", await supervisor.start(Puppet, name="bob"))
        await wait_all_tasks_blocked()
        assert [outcome.value for outcome in waiting] == [ref] * 3


async def test_one_who_waits_and_is_cancelled_leaves_nothing_behind() -> None:
    """Also when others wait for the same name, or the name comes in the same step."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        names = supervisor.system.names
        ref = await supervisor.start(Puppet, name="alice")
        first = await begin(nursery, lambda: names.wait_for("prices"))
        second = await begin(nursery, lambda: names.wait_for("prices"))
        first.scope.cancel()
        await wait_all_tasks_blocked()
        assert first.cancelled
        assert names.waiting() == {"prices": 1}
        second.scope.cancel()
        await wait_all_tasks_blocked()
        assert names.waiting() == {}
        third = await begin(nursery, lambda: names.wait_for("prices"))
        third.scope.cancel()
        names.register("prices", ref)
        await wait_all_tasks_blocked()
        assert third.cancelled or third.value == ref
        assert names.waiting() == {}


async def test_who_waits_when_the_system_ends_is_told_so() -> None:
    """One outside of the tree, and one in the body that does not heed its cancellation."""
    async with trio.open_nursery() as nursery:
        async with smith.open_supervisor() as supervisor:
            names = supervisor.system.names
            await supervisor.start(Puppet, name="alice")
            outside = await begin(nursery, lambda: names.wait_for("prices"))
            nursery.start_soon(supervisor.stop)
            with trio.CancelScope(shield=True), pytest.raises(smith.SystemEnded, match="has ended"):
                await names.wait_for("other")
        await wait_all_tasks_blocked()
        assert isinstance(outside.error, smith.SystemEnded)
        with pytest.raises(smith.SystemEnded):
            await names.wait_for("prices")


async def test_two_systems_share_no_names() -> None:
    """Nothing is global."""
    async with tree() as one:
        one.system.names.register("prices", await one.start(Puppet, name="alice"))
        assert one.system.names.find("prices")
    async with tree() as other:
        with pytest.raises(smith.NameNotFound):
            other.system.names.find("prices")
