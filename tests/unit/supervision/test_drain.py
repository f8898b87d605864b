"""An actor whose spec names a drain handles what waits before it is stopped for good."""

import math
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    InvalidSpec,
    Restart,
    Strategy,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Tape, crashing, polite, settle


class Cook(smith.Actor[int]):
    """Takes a second for each dish."""

    def __init__(self, tape: Tape, name: str = "cook") -> None:
        self.tape, self.name = tape, name

    @smith.on(int)
    async def cook(self, dish: int) -> None:
        """Take a second."""
        await trio.sleep(1.0)
        self.tape.say(f"{self.name} {dish} at {trio.current_time():g}")


async def order(cook: smith.Ref[int], dishes: int) -> None:
    """Order so many dishes; the first is in hand when this returns."""
    for dish in range(1, dishes + 1):
        cook.tell_nowait(dish)
    await settle()


# Whatever stops it -------------------------------------------------------------------------


async def test_the_stop_of_the_whole_tree_drains(autojump_clock: MockClock) -> None:
    """Nobody has to stop that child by hand before."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Cook, tape, drain=10.0), 3)
        await supervisor.stop()
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2", "cook 3 at 3"]
    assert supervisor.system.dead_letters.total == 0


async def test_a_failing_body_drains_too(autojump_clock: MockClock) -> None:
    """The stop is as orderly as any."""
    tape = Tape()
    with pytest.raises(Crash):  # noqa: PT012 - a whole block is what raises here
        async with open_supervisor() as supervisor:
            await order(await supervisor.start(Cook, tape, drain=10.0), 2)
            raise Crash
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2"]


async def test_a_cancellation_from_outside_drains_too(autojump_clock: MockClock) -> None:
    """It lasts as long as the drains and the graces."""
    tape = Tape()
    with trio.move_on_after(1.5):
        async with open_supervisor() as supervisor:
            await order(await supervisor.start(Cook, tape, drain=10.0), 3)
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2", "cook 3 at 3"]


async def test_the_stop_of_a_nested_supervisor_drains_what_is_in_it(autojump_clock: MockClock) -> None:
    """However deep."""
    tape = Tape()
    spec = SupervisorSpec(name="n", children=[child(Cook, tape, name="cook", drain=10.0)])
    async with open_tree(SupervisorSpec(children=[child(spec)])) as tree:
        await order(tree.system.find("n/cook", Cook), 2)
        await tree.stop()
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2"]


async def test_the_instances_of_a_pool_drain_together(autojump_clock: MockClock) -> None:
    """With one deadline."""
    tape = Tape()
    async with open_pool(child(Cook, tape, drain=10.0)) as pool:
        for name in ("a", "b"):
            await order(await pool.start(name), 2)
        await pool.stop()
    assert sorted(tape.lines) == ["a 1 at 1", "a 2 at 2", "b 1 at 1", "b 2 at 2"]


async def test_one_that_stops_itself_drains(autojump_clock: MockClock) -> None:
    """As by `stop_child`; what comes after the request is refused."""
    tape = Tape()

    class Leaves(Cook):
        @smith.on(int)
        async def cook(self, dish: int) -> None:
            if dish == 1:
                self.context.stop()
            await super().cook(dish)

    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Leaves, tape, drain=10.0), 3)
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2", "cook 3 at 3"]


# What is said otherwise --------------------------------------------------------------------


@pytest.mark.parametrize("by", ["name", "handle", "context"])
async def test_a_request_may_say_otherwise(autojump_clock: MockClock, by: str) -> None:
    """A drain of 0 gives up at once what waits."""
    tape = Tape()

    class Leaves(Cook):
        @smith.on(int)
        async def cook(self, dish: int) -> None:
            if by == "context":
                self.context.stop(drain=0.0)
            await super().cook(dish)

    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Leaves, tape, name="cook", drain=10.0), 3)
        if by == "name":
            await supervisor.stop_child("cook", drain=0.0)
        elif by == "handle":
            await supervisor.child("cook").stop(drain=0.0)
    assert tape.lines == ["cook 1 at 1"]
    assert supervisor.system.dead_letters.total == 2


@pytest.mark.parametrize("pooled", [False, True], ids=["child", "instance"])
async def test_a_request_that_says_nothing_leaves_it_to_the_spec(
    autojump_clock: MockClock,
    pooled: bool,  # noqa: FBT001 - a parameter
) -> None:
    """By name as by handle."""
    tape = Tape()
    if pooled:
        async with open_pool(child(Cook, tape, drain=10.0)) as pool:
            ref = await pool.start()
            await order(ref, 2)
            await pool.stop_child(ref)
    else:
        async with open_supervisor() as supervisor:
            await order(await supervisor.start(Cook, tape, name="cook", drain=10.0), 2)
            await supervisor.stop_child("cook")
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2"]


@pytest.mark.parametrize("drain", [-1.0, math.nan, "1", True])
async def test_a_request_needs_a_number_of_seconds(drain: Any) -> None:
    """Anything else is refused at the door."""
    async with open_supervisor() as supervisor:
        await supervisor.start(Cook, Tape(), name="cook")
        with pytest.raises(smith.MisuseError):
            await supervisor.stop_child("cook", drain=drain)
        await supervisor.stop_child("cook", drain=math.inf)


# Its time ----------------------------------------------------------------------------------


async def test_the_grace_begins_when_the_drain_is_over(autojump_clock: MockClock) -> None:
    """What waits then is given up, the message in hand has the grace to finish."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Cook, tape, drain=1.5, grace=1.0), 5)
        await supervisor.stop()
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2"]
    assert supervisor.system.dead_letters.total == 3


async def test_drain_and_grace_bound_the_stop(autojump_clock: MockClock) -> None:
    """Together."""

    class Hangs(smith.Actor[int]):
        @smith.on(int)
        async def hang(self, _message: int) -> None:
            await trio.sleep_forever()

    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Hangs, drain=2.0, grace=1.0), 2)
        await supervisor.stop()
    assert trio.current_time() == 3.0


async def test_a_drain_without_a_grace_is_a_drain(autojump_clock: MockClock) -> None:
    """What is in hand at its end is cancelled at once."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Cook, tape, drain=1.5, grace=0), 5)
        await supervisor.stop()
    assert tape.lines == ["cook 1 at 1"]
    assert trio.current_time() == 1.5


async def test_a_drain_without_limit_handles_all(autojump_clock: MockClock) -> None:
    """However long it takes: nothing new comes in."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        await order(await supervisor.start(Cook, tape, drain=smith.NO_LIMIT, grace=0.5), 20)
        await supervisor.stop()
    assert len(tape.lines) == 20


async def test_children_drain_one_after_the_other(autojump_clock: MockClock) -> None:
    """So that one may still send to those in front of it."""
    tape = Tape()

    class Passes(smith.Actor[int]):
        def __init__(self, to: smith.Ref[int]) -> None:
            self.to = to

        @smith.on(int)
        async def hand_on(self, dish: int) -> None:
            await self.to.tell(dish)

    async with open_supervisor() as supervisor:
        cook = await supervisor.start(Cook, tape, drain=10.0)
        door = await supervisor.start(Passes, cook, drain=10.0)
        for dish in (1, 2, 3):
            door.tell_nowait(dish)
        await supervisor.stop()
    assert tape.lines == ["cook 1 at 1", "cook 2 at 2", "cook 3 at 3"]


# What it is not for ------------------------------------------------------------------------


async def test_a_stop_inside_a_group_restart_keeps_what_waits(autojump_clock: MockClock) -> None:
    """It is not final: the next incarnation handles it."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        cook = await supervisor.start(Cook, tape, name="cook", drain=10.0)
        await supervisor.start(crashing(0.5), name="b")
        await order(cook, 3)
        await trio.sleep(HOUR)
        await supervisor.stop()
    assert tape.of("cook", "end")[:3] == ["end b: Crash", "cook 1 at 1", "end cook: stopped"]
    assert len(tape.of("cook")) == 3


async def test_a_nested_supervisor_whose_grace_has_passed_drains_no_more(autojump_clock: MockClock) -> None:
    """All go at once then."""
    tape = Tape()
    spec = SupervisorSpec(name="n", children=[child(Cook, tape, name="cook", drain=10.0)])
    async with open_tree(SupervisorSpec(children=[child(spec, grace=1.5)])) as tree:
        await order(tree.system.find("n/cook", Cook), 5)
        await tree.stop()
    assert tape.lines == ["cook 1 at 1"]
    assert trio.current_time() == 1.5


async def test_a_drain_lengthens_the_grace_of_actors_alone(autojump_clock: MockClock) -> None:
    """Functions and supervisors have no messages that wait."""
    async with open_supervisor() as supervisor:
        await supervisor.start(polite(HOUR), name="f", grace=1.0)
        await supervisor.start_supervisor(name="n", children=[child(polite(HOUR))], grace=1.0)
        await settle()
        await supervisor.stop_child("n", drain=10.0)
        assert trio.current_time() == 1.0
        await supervisor.stop_child("f", drain=10.0)
        assert trio.current_time() == 2.0


# The spec ----------------------------------------------------------------------------------


@pytest.mark.parametrize("drain", [-1.0, math.nan, "1", None, True])
def test_the_drain_of_a_spec_is_a_number_of_seconds(drain: Any) -> None:
    """From 0."""
    with pytest.raises(InvalidSpec) as caught:
        child(Cook, Tape(), name="cook", drain=drain)
    assert (caught.value.path, caught.value.field) == (("cook",), "drain")


@pytest.mark.parametrize("start", [trio.sleep_forever, SupervisorSpec(name="n")], ids=["function", "nested"])
def test_only_an_actor_has_a_drain(start: Any) -> None:
    """Nothing waits for the others."""
    with pytest.raises(InvalidSpec) as caught:
        child(start, drain=1.0)
    assert caught.value.field == "drain"
    assert "actor" in str(caught.value)


@pytest.mark.parametrize("makes_actor", [False, True])
async def test_a_factory_may_have_a_drain(
    autojump_clock: MockClock,
    makes_actor: bool,  # noqa: FBT001 - a parameter
) -> None:
    """What it makes is known only later; a function that it makes has no use for it."""
    tape = Tape()

    def makes() -> Any:
        return Cook(tape) if makes_actor else polite(1.0)()

    async with open_supervisor() as supervisor:
        made = await supervisor.start(makes, name="made", drain=10.0, restart=Restart.TEMPORARY)
        if makes_actor:
            await order(made, 2)
        await settle()
        await supervisor.stop()
    assert tape.lines == (["cook 1 at 1", "cook 2 at 2"] if makes_actor else [])
    assert trio.current_time() == (2.0 if makes_actor else 1.0)
