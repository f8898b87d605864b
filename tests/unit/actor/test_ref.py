"""References: equal if they lead to the same actor, valid over restarts, honest about numbers."""

from __future__ import annotations

import copy

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, small, tree


async def test_two_refs_of_one_actor_are_equal() -> None:
    """However one came by them; they may be keys."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        other = await supervisor.start(Puppet, name="other")
        own = await ref.ask(Do(lambda actor: actor.context.ref))
        found = supervisor.system.find("actor", Puppet)
        assert ref == own == found
        assert len({ref, own, found, other}) == 2
        assert ref != other
        assert ref != "actor"
        assert (ref == 5) is False


async def test_a_ref_stays_equal_over_restarts_and_stops() -> None:
    """It is the address, not the incarnation."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        before = hash(ref)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await supervisor.stop_child("actor")
        again = await supervisor.restart_child("actor")
        assert again == ref
        assert hash(ref) == before


async def test_a_copied_ref_leads_to_the_same_actor() -> None:
    """A message that holds one may be copied as a whole, as ``dataclasses.asdict`` does."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        message = Note([ref])
        assert copy.copy(ref) == ref
        assert copy.deepcopy(message) == message
        assert await copy.deepcopy(ref).ask(Echo("here")) == "here"


async def test_a_ref_says_where_it_leads() -> None:
    """In a log, and for looking it up again."""
    async with tree() as supervisor:
        await supervisor.start_supervisor(name="desk", children=[smith.child(Puppet, name="alice")])
        ref = supervisor.system.find("desk/alice", Puppet)
        assert ref.path == "desk/alice"
        assert repr(ref) == "<Ref desk/alice>"


async def test_a_ref_is_small_and_closed() -> None:
    """Refs are made by the thousand, and nobody may hang things on them."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(AttributeError):
            ref.note = "mine"  # type: ignore[attr-defined]


async def test_the_numbers_add_up_at_every_moment() -> None:
    """Sent == received + dropped + withdrawn + depth, and each counts what it says."""
    sent = 0
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(4), name="actor")

        def look(**expected: int) -> None:
            numbers = ref.statistics()
            assert numbers.sent == sent
            assert numbers.sent == numbers.received + numbers.dropped + numbers.withdrawn + numbers.depth
            assert numbers.depth <= numbers.peak <= numbers.capacity == 4
            assert {name: getattr(numbers, name) for name in expected} == expected

        look(depth=0)
        release = await busy(ref)
        sent += 1
        look(received=1, depth=0)
        ref.tell_nowait(Note())
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        sent += 2
        look(depth=2)
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        look(depth=1, withdrawn=1, peak=2)
        many = await begin(nursery, lambda: ref.ask_many([Echo(), Echo(), Echo(), Echo()]))
        sent += 3
        look(depth=4, senders_waiting=1)
        many.scope.cancel()
        await wait_all_tasks_blocked()
        look(depth=1, withdrawn=4, senders_waiting=0)
        release.set()
        await wait_all_tasks_blocked()
        look(received=2, depth=0)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        sent += 1
        await busy(ref)
        sent += 1
        ref.tell_nowait(Note())
        sent += 1
        await begin(nursery, lambda: supervisor.stop_child("actor"))
        look(dropped=1, depth=0)


async def test_what_waits_in_the_system_lane_is_counted_apart() -> None:
    """It is no message of anybody."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Do(lambda actor: actor.context.after(1, actor.seen.append, 1) and None))
        release = await busy(ref)
        await trio.sleep(2)
        numbers = ref.statistics()
        assert (numbers.system_depth, numbers.depth, numbers.sent) == (1, 0, 2)
        release.set()
