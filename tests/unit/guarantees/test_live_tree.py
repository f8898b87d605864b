"""The live tree is a picture of the moment, for people, and looking at it changes nothing."""

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import trio_smith as smith


class Mute:
    """Something that cannot be shown."""

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError("no text")


@smith.message
class Work:
    """Takes a while."""

    seconds: float
    about: object = None


class Worker(smith.Actor[Work]):
    """Works."""

    @smith.on(Work)
    async def work(self, message: Work) -> None:
        """Take so long."""
        await trio.sleep(message.seconds)


async def waits_here() -> None:
    """Wait in a place of its own."""
    await trio.sleep_forever()


async def crashes_once(left: list[int]) -> None:
    """Crash in the first incarnation."""
    if left:
        left.pop()
        raise ValueError
    await trio.sleep_forever()


async def test_it_shows_who_lives_where_and_does_what(autojump_clock: MockClock) -> None:
    """Names, kinds, states, incarnations, messages waiting and in hand, and where a child waits."""
    async with smith.open_supervisor(name="root") as supervisor:
        desk = await supervisor.start_supervisor(name="desk", strategy=smith.Strategy.REST_FOR_ONE)
        ref = await desk.start(Worker, name="worker")
        await supervisor.start(waits_here, name="idle")
        await supervisor.start(crashes_once, [1], name="flaky")
        await supervisor.start(waits_here, name="down")
        await supervisor.stop_child("down")
        for _ in range(3):
            await ref.tell(Work(60.0, "sums"))
        await trio.sleep(2.0)
        text, tree = str(supervisor.tree()), supervisor.tree()
        lines = {line.split("[")[0].strip(" ├└─│"): line for line in text.splitlines()}
        assert list(lines) == ["root", "desk", "worker", "idle", "flaky", "down"]
        assert "supervisor rest_for_one, running" in lines["desk"]
        assert "actor Worker, running" in lines["worker"]
        assert "2 waiting" in lines["worker"]
        assert "handling Work(" in lines["worker"]
        assert "for 2.0 s" in lines["worker"]
        assert "in waits_here" in " ".join(tree.children[1].await_point)
        assert "incarnation 2" in lines["flaky"]
        assert "down" in lines["down"].split("[")[1]
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            tree.name = "x"  # type: ignore[misc]
        await supervisor.stop_child("desk")
        assert tree.children[0].state == "running"  # a picture of the moment at which it was taken
        await supervisor.stop()


async def test_looking_is_no_request_and_disturbs_nobody(autojump_clock: MockClock) -> None:
    """At once, although the supervisor is busy with a start; no event, no step of a child."""
    events: list[object] = []

    async def slow(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(60.0)
        task_status.started()

    async with smith.open_supervisor(observe=events.append) as supervisor, trio.open_nursery() as nursery:
        await supervisor.start(waits_here, name="idle")
        nursery.start_soon(supervisor.start, slow)
        await wait_all_tasks_blocked()
        before = len(events)
        assert "starting" in str(supervisor.tree())
        await wait_all_tasks_blocked()
        assert len(events) == before
        assert trio.current_time() == 0.0
        await supervisor.stop()


async def test_a_message_that_cannot_be_shown_does_not_spoil_it(autojump_clock: MockClock) -> None:
    """Nor does one whose text has no end."""
    async with smith.open_supervisor() as supervisor:
        mute, endless = (
            await supervisor.start(Worker, name="mute"),
            await supervisor.start(Worker, name="endless"),
        )
        await mute.tell(Work(60.0, Mute()))
        await endless.tell(Work(60.0, "x" * 1_000_000))
        await wait_all_tasks_blocked()
        assert len(str(supervisor.tree())) < 1000
        assert "mute" in str(supervisor.tree())
        await supervisor.stop()
