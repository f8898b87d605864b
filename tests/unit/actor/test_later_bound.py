"""At most `max_later` answers are worked out at once."""

from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, later, tree


class Three(Puppet):
    """Has at most three laters at once."""

    max_later = 3


async def test_at_the_bound_no_user_messages_are_taken_but_system_calls_are() -> None:
    """Long work is bounded like everything else."""
    seen: list[object] = []

    def start_timer(actor: Puppet) -> None:
        actor.context.after(2, actor.seen.append, "timer")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, seen)
        await ref.ask(Do(start_timer))
        for seconds in (5, 6, 7):
            await begin(nursery, lambda seconds=seconds: ref.ask(later(seconds)))
        note = await begin(nursery, lambda: ref.ask(Echo("user")))
        await trio.sleep(3)
        assert seen == ["timer"]
        assert not note.done
        await trio.sleep(3)
        assert note.at == 5
    assert seen == ["timer", "user"]


async def test_at_the_bound_many_tells_do_not_make_the_actor_take_one() -> None:
    """Each wakes it, none is taken."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, seen)
        for _ in range(3):
            await begin(nursery, lambda: ref.ask(later(5)))
        for number in range(10):
            await ref.tell(Note(number))
            await wait_all_tasks_blocked()
        assert seen == []
        await trio.sleep(6)
    assert seen == list(range(10))


async def test_never_more_at_once_than_the_bound() -> None:
    """Whatever is asked of it."""
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1

    async with tree() as supervisor:
        ref = await supervisor.start(Three)
        await ref.ask_many([Do(lambda _: smith.later(work)) for _ in range(20)])
        assert most == 3
        assert trio.current_time() == 7


async def test_to_drain_at_the_bound_takes_the_waiting_messages_as_laters_end() -> None:
    """Both rules at once."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, name="puppet")
        asked = await begin(nursery, lambda: ref.ask_many([later(1, n) for n in range(9)]))
        await supervisor.stop_child("puppet", drain=10)
        await wait_all_tasks_blocked()
        assert asked.value == list(range(9))
        assert trio.current_time() == 3


async def test_the_drain_ends_in_time_also_at_the_bound() -> None:
    """The laters then have the grace, the rest is given up."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, name="puppet", grace=5.0)
        asked = [await begin(nursery, lambda: ref.ask(later(30))) for _ in range(3)]
        waiting = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("puppet", drain=2)
        assert trio.current_time() == 7
        await wait_all_tasks_blocked()
        assert [type(one.error) for one in [*asked, waiting]] == [smith.ActorStopped] * 4
