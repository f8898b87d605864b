"""The registry beside a simple model, while actors crash, stop, restart and come back at random.

The model knows what ought to be there: an entry is there from when it was made until it is given up or its
actor is down for good. After every step both are compared, from all sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Note, Puppet, fails, stops, tree
from tests.unit.registry.test_topic_trie import matches
from trio_smith.testing import assert_consistent

ACTORS = ("a", "b", "c", "d")
NAMES = ("prices", "orders")
PATTERNS = ("x.y", "x.*", "x.>", ">")
TOPICS = ("x", "x.y", "x.y.z", "z")
RESTART = dict(zip(ACTORS, [smith.Restart.PERMANENT] * 2 + [smith.Restart.TEMPORARY] * 2, strict=True))


@attrs.frozen
class Step:
    """One step of a plan: a verb, an actor, and a name, group, pattern or topic."""

    verb: str
    actor: str
    what: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        [
            *("register", "unregister", "join", "leave", "subscribe", "unsubscribe", "publish", "pick"),
            *("crash", "crash while registering", "stop", "stop itself", "start", "restart all"),
        ]
    ),
    st.sampled_from(ACTORS),
    st.integers(0, 3),
)


class Model:
    """What ought to be there. Every actor lives at "desk/<its name>"."""

    def __init__(self) -> None:
        self.up: set[str] = set(ACTORS)
        self.names: dict[str, str] = {}
        self.members: list[str] = []
        self.patterns: list[tuple[str, str]] = []

    def goes(self, actor: str) -> None:
        """It is down for good: nothing of it is left."""
        self.up.discard(actor)
        self.names = {name: owner for name, owner in self.names.items() if owner != actor}
        self.members = [member for member in self.members if member != actor]
        self.patterns = [(owner, pattern) for owner, pattern in self.patterns if owner != actor]


class Play:
    """Does the steps to a real system and to the model."""

    def __init__(self, supervisor: smith.Supervisor) -> None:
        self.supervisor, self.system = supervisor, supervisor.system
        self.model = Model()
        self.refs: dict[str, smith.Ref[Any]] = {}
        self.received: dict[str, list[Any]] = {name: [] for name in ACTORS}
        self.expected: dict[str, list[Any]] = {name: [] for name in ACTORS}
        self.published = 0

    async def open(self) -> None:
        """Start the desk, and the actors at it."""
        self.desk = await self.supervisor.start_supervisor(name="desk", max_restarts=1000)
        for name in ACTORS:
            await self.start_anew(name)

    async def step(self, step: Step) -> None:
        """Do one."""
        doing: Callable[[str, int], Any] = getattr(self, step.verb.replace(" ", "_"))
        await doing(step.actor, step.what)
        await wait_all_tasks_blocked()
        self.compare()

    def attempt(self, actor: str, entry: Callable[[smith.Ref[Any]], object]) -> bool:
        """Make an entry of *actor*; tell whether that is possible, which it is unless it is down."""
        try:
            entry(self.refs[actor])
        except smith.ActorStopped:
            assert actor not in self.model.up
            return False
        assert actor in self.model.up
        return True

    async def register(self, actor: str, what: int) -> None:
        """Give it a name, if nobody else has that."""
        name = NAMES[what % 2]
        try:
            done = self.attempt(actor, lambda ref: self.system.names.register(name, ref))
        except smith.NameTaken as taken:
            holder = self.model.names[name]
            if holder == actor or taken.holder != f"desk/{holder}":
                raise
        else:
            if done:
                assert self.model.names.setdefault(name, actor) == actor

    async def unregister(self, actor: str, what: int) -> None:
        """Take a name from it, if it has that."""
        name = NAMES[what % 2]
        self.system.names.unregister(name, self.refs[actor])
        if self.model.names.get(name) == actor:
            del self.model.names[name]

    async def join(self, actor: str, _what: int) -> None:
        """Make it a member."""
        if self.attempt(actor, lambda ref: self.system.groups.join("all", ref)):
            self.model.members += [actor] if actor not in self.model.members else []

    async def leave(self, actor: str, _what: int) -> None:
        """Let it leave."""
        self.system.groups.leave("all", self.refs[actor])
        self.model.members = [member for member in self.model.members if member != actor]

    async def subscribe(self, actor: str, what: int) -> None:
        """Subscribe it."""
        if self.attempt(actor, lambda ref: self.system.topics.subscribe(ref, PATTERNS[what])):
            entry = (actor, PATTERNS[what])
            self.model.patterns += [entry] if entry not in self.model.patterns else []

    async def unsubscribe(self, actor: str, what: int) -> None:
        """Let it be."""
        self.system.topics.unsubscribe(self.refs[actor], PATTERNS[what])
        entry = (actor, PATTERNS[what])
        self.model.patterns = [one for one in self.model.patterns if one != entry]

    async def publish(self, _actor: str, what: int) -> None:
        """Publish the next number to one of the topics."""
        topic = TOPICS[what]
        self.published += 1
        wanted = [
            actor for actor, pattern in self.model.patterns if matches(pattern.split("."), topic.split("."))
        ]
        for actor in wanted:
            self.expected[actor].append(self.published)
        told = self.system.topics.publish(topic, Note(self.published))
        assert told == smith.Delivery(delivered=len(wanted))

    async def pick(self, _actor: str, _what: int) -> None:
        """Some member, as long as there are any."""
        try:
            assert self.system.groups.pick("all").path.split("/")[1] in self.model.members
        except smith.GroupEmpty:
            assert self.model.members == []

    async def crash(self, actor: str, _what: int) -> None:
        """Crash it: a temporary one is gone, a permanent one keeps all that it has."""
        if actor in self.model.up:
            self.refs[actor].tell_nowait(fails(ValueError()))
            await wait_all_tasks_blocked()
            if RESTART[actor] is smith.Restart.TEMPORARY:
                self.model.goes(actor)

    async def crash_while_registering(self, actor: str, what: int) -> None:
        """Crash it in the handler in which it has just made entries."""

        def work(puppet: Puppet) -> None:
            puppet.context.join("all")
            puppet.context.subscribe(PATTERNS[what])
            raise ValueError

        if actor in self.model.up:
            self.refs[actor].tell_nowait(Do(work))
            await self.join(actor, what)
            await self.subscribe(actor, what)
            await wait_all_tasks_blocked()
            if RESTART[actor] is smith.Restart.TEMPORARY:
                self.model.goes(actor)

    async def stop(self, actor: str, _what: int) -> None:
        """Stop it for good."""
        if actor in self.model.up:
            await self.desk.stop_child(self.refs[actor])
            self.model.goes(actor)

    async def stop_itself(self, actor: str, _what: int) -> None:
        """Let it stop itself."""
        if actor in self.model.up:
            await self.refs[actor].ask(stops())
            self.model.goes(actor)

    async def start(self, actor: str, _what: int) -> None:
        """Start one that is down: behind the same ref if its place was kept, anew otherwise."""
        if actor in self.model.up:
            return
        if RESTART[actor] is smith.Restart.PERMANENT:
            await self.desk.restart_child(actor)
            self.model.up.add(actor)
        else:
            await self.start_anew(actor)

    async def start_anew(self, actor: str) -> None:
        """Start one that has no place."""
        seen = self.received[actor]
        self.refs[actor] = await self.desk.start(lambda: Puppet(seen), name=actor, restart=RESTART[actor])
        self.model.up.add(actor)

    async def restart_all(self, _actor: str, _what: int) -> None:
        """Stop the whole desk and start it again: its actors are others by then."""
        for actor in ACTORS:
            self.model.goes(actor)
        await self.supervisor.stop_child("desk")
        self.compare()
        await self.supervisor.restart_child("desk")
        for actor in ACTORS:
            await self.start_anew(actor)

    def compare(self) -> None:
        """Demand that the registry and the model say the same."""
        system, model = self.system, self.model
        assert_consistent(self.supervisor)
        names = {name: ref.path for name, ref in system.names.snapshot().items()}
        assert names == {name: f"desk/{owner}" for name, owner in model.names.items()}
        members = [ref.path for ref in system.groups.members("all")]
        assert members == [f"desk/{member}" for member in model.members]
        for actor, ref in self.refs.items():
            patterns = [one.pattern for one in system.topics.subscriptions(ref)]
            assert patterns == [pattern for owner, pattern in model.patterns if owner == actor]
            assert set(system.names.names(ref)) == {
                name for name, owner in model.names.items() if owner == actor
            }
            assert bool(system.groups.groups(ref)) == (actor in model.members)
        assert self.received == self.expected


@settings(max_examples=150)
@given(st.lists(STEPS, max_size=25))
def test_the_registry_agrees_with_a_simple_model_under_random_crashes(steps: list[Step]) -> None:
    """No entry outlives its owner, none is lost before; no subscriber is called after it left."""

    async def main() -> None:
        async with tree() as supervisor:
            play = Play(supervisor)
            await play.open()
            for step in steps:
                await play.step(step)
        assert len(supervisor.system.names) == 0
        assert supervisor.system.groups.names() == ()
        assert supervisor.system.topics._by_cell == {}

    trio.run(main, clock=MockClock(autojump_threshold=0))
