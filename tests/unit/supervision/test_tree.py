"""Finding things by their path, and the live tree as a picture."""

# ruff: noqa: PT012 - a whole block is what raises here

import re
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    ChildNotFound,
    Condition,
    Intensity,
    NotAnActor,
    Pool,
    Restart,
    Strategy,
    Supervisor,
    SupervisorSpec,
    child,
    open_pool,
    open_supervisor,
    open_tree,
)
from trio_smith.supervision.life._await_point import await_point

from .stage import HOUR, Crash, crashing, idle, polite, returning, settle, starting


class Trader(smith.Actor[Any]):
    """An actor that takes its time."""

    @smith.on(object)
    async def handle(self, message: object) -> None:
        """Take *message* for as long as it says."""
        await trio.sleep(HOUR)


class Broker(Trader):
    """A kind of trader."""


# find --------------------------------------------------------------------------------------


async def test_everything_is_found_by_its_path() -> None:
    """As what start returned for it."""
    async with open_supervisor(name="top") as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        alice = await desk.start(Broker, name="alice")
        feed = await desk.start(idle, name="feed")
        pool = await supervisor.start_pool(child(idle), name="pool")
        find = supervisor.system.find
        assert find("desk") == desk
        assert find("desk/alice") == alice
        assert find("desk/alice", Broker) == alice
        assert find("desk/alice", Trader) == alice
        assert find("desk/feed") == feed
        assert find("pool") == pool
        assert isinstance(find("pool"), Pool)
        assert isinstance(find("desk"), Supervisor)
        await supervisor.stop()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "nobody",
        "desk/nobody",
        "desk/",
        "/desk",
        "desk/alice/x",
        "desk/feed/x",
        "top",
        "top/desk",
        "desk//alice",
    ],
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    """The outermost supervisor's own name is left out."""
    async with open_supervisor(name="top") as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        await desk.start(Trader, name="alice")
        await desk.start(idle, name="feed")
        with pytest.raises(ChildNotFound) as caught:
            supervisor.system.find(path)
        assert caught.value.child == path
        await supervisor.stop()


@pytest.mark.parametrize("path", ["desk", "feed", "alice"])
async def test_what_is_no_actor_of_that_class_is_refused(path: str) -> None:
    """A supervisor, a function, a more general actor."""
    async with open_supervisor() as supervisor:
        await supervisor.start_supervisor(name="desk")
        await supervisor.start(idle, name="feed")
        await supervisor.start(Trader, name="alice")
        with pytest.raises(NotAnActor) as caught:
            supervisor.system.find(path, Broker)
        assert (caught.value.child, caught.value.wanted) == (path, "Broker")
        await supervisor.stop()


async def test_a_child_that_is_down_or_being_restarted_is_found(autojump_clock: MockClock) -> None:
    """Its handle works when it is back."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        await supervisor.start(idle, name="down")
        await supervisor.stop_child("down")
        await supervisor.start(crashing(1.0), name="restarting")
        await trio.sleep(2.0)
        for path, state in [("down", Condition.DOWN), ("restarting", Condition.RESTARTING)]:
            found = supervisor.system.find(path)
            assert isinstance(found, smith.Child)
            assert found.state is state
        await supervisor.stop()


async def test_a_child_is_found_while_its_supervisor_starts(autojump_clock: MockClock) -> None:
    """And whoever waits for it hears of it if that start fails."""
    failing = SupervisorSpec(
        name="n",
        children=[
            child(starting(2.0), name="a"),
            child(starting(KeyError), name="b"),
            child(Trader, name="c"),
        ],
    )
    ended: list[str] = []
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:

        async def starts() -> None:
            with pytest.raises(smith.StartFailed):
                await supervisor.start(child(failing))

        async def waits(path: str) -> None:
            await supervisor.system.find(path).wait_stopped()  # type: ignore[union-attr]
            ended.append(path)

        nursery.start_soon(starts)
        await trio.sleep(1.0)
        for path in ("n/a", "n/b", "n/c"):
            nursery.start_soon(waits, path)
        ref = supervisor.system.find("n/c", Trader)
        with trio.fail_after(5.0), pytest.raises(smith.ActorStopped):
            await ref.tell("lost")
            await trio.sleep(2.0)
            await ref.tell("refused")
        await trio.sleep(1.0)
        assert sorted(ended) == ["n/a", "n/b", "n/c"]


async def test_nothing_is_found_in_a_system_that_has_not_begun() -> None:
    """There is no tree yet."""
    with pytest.raises(ChildNotFound):
        smith.System().find("a")


# Snapshots ---------------------------------------------------------------------------------


async def test_the_picture_of_a_tree(autojump_clock: MockClock) -> None:
    """Golden: names, kinds, states, incarnations, restarts, mailboxes, what is in hand, where they wait."""
    inner = SupervisorSpec(
        name="inner",
        strategy=Strategy.REST_FOR_ONE,
        children=[child(crashing(1.0), name="flaky"), child(idle, name="steady")],
    )
    async with open_supervisor(name="top", backoff=None) as supervisor:
        await supervisor.start(child(inner))
        trader = await supervisor.start(Trader, name="trader")
        await supervisor.start_pool(child(idle), name="pool")
        await supervisor.start(returning(1.0), name="done")
        await supervisor.start(crashing(1.0), name="bad", quarantine=Intensity(max_restarts=0))
        await supervisor.start(polite(0.0), name="polite")
        await supervisor.start(Trader, name="resting")
        await trio.sleep(2.0)
        for word in ("first", "second", "third"):
            await trader.tell(word)
        await trio.sleep(3.0)
        text = re.sub(r"at \w+\.py:\d+ in [\w.<>]+", "at HERE", str(supervisor.tree()))
        assert text == (
            "top  [supervisor one_for_one, running]\n"
            "├─ inner  [supervisor rest_for_one, running, 1 recent restart]\n"
            "│  ├─ flaky  [function crashes, running, incarnation 2, at HERE]\n"
            "│  └─ steady  [function idle, running, incarnation 2, at HERE]\n"
            "├─ trader  [actor Trader, running, 2 waiting, handling 'first' for 3.0 s, at HERE]\n"
            "├─ pool  [pool dynamic, running]\n"
            "├─ done  [function returns, down]\n"
            "├─ bad  [function crashes, quarantined]\n"
            "├─ polite  [function obeys, running, at HERE]\n"
            "└─ resting  [actor Trader, running]"
        )
        await supervisor.stop()


async def test_a_snapshot_is_frozen_facts(autojump_clock: MockClock) -> None:
    """It does not change when the tree does."""
    async with open_supervisor(name="top") as supervisor:
        await supervisor.start(idle, name="a")
        tree = supervisor.tree()
        await supervisor.stop_child("a")
        assert tree.children[0].state == "running"
        assert supervisor.tree().children[0].state == "down"
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            tree.name = "x"  # type: ignore[misc]
        assert (tree.name, tree.kind, tree.label, tree.incarnation, tree.restarts) == (
            "top",
            "supervisor",
            "one_for_one",
            1,
            0,
        )


async def test_the_states_of_supervisors_are_shown(autojump_clock: MockClock) -> None:
    """Starting, running, stopping, down, restarting."""
    async with (
        open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor,
        trio.open_nursery() as nursery,
    ):
        nested = await supervisor.start_supervisor(
            name="n", max_restarts=0, children=[child(polite(3.0), name="p"), child(crashing(1.0), name="c")]
        )
        await trio.sleep(2.0)  # giving up: p is being stopped
        assert nested.tree().state == "stopping"
        await trio.sleep(3.0)
        assert nested.tree().state == "restarting"
        assert nested.tree().kind == "supervisor"
        await trio.sleep(5.0)
        assert nested.tree().state == "running"
        assert nested.tree().incarnation == 2
        await supervisor.stop_child("n")
        assert nested.tree().state == "down"
        assert nested.tree().kind == "supervisor"
        nursery.start_soon(
            supervisor.start, child(SupervisorSpec(name="m", children=[child(starting(5.0), name="s")]))
        )
        await trio.sleep(1.0)
        starting_tree = supervisor.tree().children[1]
        assert starting_tree.state == "starting"
        assert starting_tree.children[0].state == "starting"
        await supervisor.stop()
    assert supervisor.tree().state == "down"


async def test_a_pool_that_is_down_is_still_a_pool() -> None:
    """In the picture."""
    async with open_supervisor() as supervisor:
        pool = await supervisor.start_pool(child(idle), name="p")
        await supervisor.stop_child("p")
        assert pool.tree().kind == "pool"


async def test_a_message_whose_repr_fails_does_not_spoil_the_picture(autojump_clock: MockClock) -> None:
    """It is the user's code; and a long one is shortened."""

    class Rude:
        def __repr__(self) -> str:
            raise KeyError

    async with open_supervisor() as supervisor:
        rude = await supervisor.start(Trader, name="rude")
        long = await supervisor.start(Trader, name="long")
        await rude.tell(Rude())
        await long.tell("x" * 100)
        await settle()
        one, two = supervisor.tree().children
        assert one.in_hand == "Rude (its __repr__ raised KeyError)"
        assert two.in_hand is not None
        assert len(two.in_hand) == 60
        await supervisor.stop()


async def test_the_tree_of_a_block_that_is_over_is_down(autojump_clock: MockClock) -> None:
    """With those children that it still knows."""
    async with open_supervisor(name="top") as supervisor:
        await supervisor.start(returning(1.0), name="a")
        await supervisor.start(returning(1.0), name="t", restart=Restart.TEMPORARY)
    assert str(supervisor.tree()) == "top  [supervisor one_for_one, down]\n└─ a  [function returns, down]"


async def test_a_child_function_is_shown_by_its_name_however_it_is_wrapped() -> None:
    """Or by nothing."""
    import functools  # noqa: PLC0415 - only here

    async with open_supervisor() as supervisor:
        await supervisor.start(functools.partial(idle), name="partial")
        await supervisor.start(lambda: idle(), name="lambda")  # noqa: PLW0108 - a lambda is what is tried
        labels = {one.name: one.label for one in supervisor.tree().children}
        assert set(labels) == {"partial", "lambda"}
        assert all(isinstance(label, str) for label in labels.values())
        await supervisor.stop()


async def test_the_root_of_a_tree_counts_its_recent_restarts(autojump_clock: MockClock) -> None:
    """Those that the intensity remembers now."""
    async with open_supervisor(max_restarts=3, within=10.0) as supervisor:
        await supervisor.start(crashing(1.0, 1.0), name="a")
        await trio.sleep(5.0)
        assert supervisor.tree().restarts == 2
        assert "2 recent restarts" in str(supervisor.tree())
        await trio.sleep(10.0)
        assert supervisor.tree().restarts == 0
        await supervisor.stop()


async def test_a_pool_shows_its_instances(autojump_clock: MockClock) -> None:
    """In start order."""
    async with open_pool(child(trio.sleep), name="p") as pool:
        for seconds in (10.0, 20.0):
            await pool.start(seconds)
        tree = pool.tree()
        assert (tree.kind, tree.label) == ("pool", "dynamic")
        assert [one.state for one in tree.children] == ["running", "running"]
        await pool.stop()


# Where somebody waits ----------------------------------------------------------------------


async def test_the_place_where_a_task_waits_is_told_without_our_own_frames() -> None:
    """Innermost last; Trio's and ours only if they are asked for."""
    async with open_tree(SupervisorSpec(children=[child(idle, name="a")])) as supervisor:
        await settle()
        runner = supervisor.child("a")._runner
        (line,) = await_point(runner.task)
        assert line.startswith("stage.py:")
        assert line.endswith(" in idle")
        everything = await_point(runner.task, ours=True)
        assert line in everything
        assert len(everything) > 1
        assert any("sleep_forever" in frame for frame in everything)
        await supervisor.stop()


async def test_nobody_waits_nowhere() -> None:
    """A child without a task."""
    assert await_point(None) == ()


async def test_a_deep_stack_is_told_by_its_innermost_frames() -> None:
    """At most 32."""

    async def deep(left: int) -> None:
        if left:
            await deep(left - 1)
        await trio.sleep_forever()

    async with open_supervisor() as supervisor:
        await supervisor.start(deep, 100, name="a")
        await settle()
        assert len(await_point(supervisor.child("a")._runner.task)) == 32
        assert len(supervisor.tree().children[0].await_point) == 32
        await supervisor.stop()


async def test_crashed_children_do_not_hold_the_failures_of_former_lives(autojump_clock: MockClock) -> None:
    """A supervisor keeps the last few failures and nothing else of a child that crashed."""
    import gc  # noqa: PLC0415 - only here
    import weakref  # noqa: PLC0415

    class Big:
        pass

    alive: list[weakref.ref[Big]] = []

    async def crashes() -> None:
        big = Big()
        alive.append(weakref.ref(big))
        if len(alive) < 40:
            raise Crash
        await trio.sleep_forever()

    async with open_supervisor(max_restarts=100) as supervisor:
        await supervisor.start(crashes)
        await settle()
        gc.collect()
        assert len(alive) == 40
        assert sum(one() is not None for one in alive) <= 8 + 1 + 1
        await supervisor.stop()
