"""A block that a function child opens joins the system."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import open_supervisor

from .stage import Tape, settle


async def test_a_block_inside_a_child_joins_the_system(autojump_clock: MockClock) -> None:
    """Names, events and dead letters are those of the outermost one."""
    systems: list[smith.System] = []
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor(name="inner") as inner:
            systems.append(inner.system)
            await inner.start(trio.sleep_forever, name="deep")

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h")
        await settle()
        assert systems == [supervisor.system]
        found = supervisor.system.find("h/deep")
        assert isinstance(found, smith.Child)
        assert found.path == "h/deep"
        assert [one.name for one in supervisor.tree().children[0].children] == ["deep"]
        await supervisor.stop()
        pytest.fail("the body is cancelled")
    assert "up h/deep" in tape.lines


async def test_two_blocks_inside_one_child_are_both_found(autojump_clock: MockClock) -> None:
    """One inside the other, or side by side."""

    async def holds() -> None:
        async with open_supervisor() as one:
            await one.start(trio.sleep_forever, name="a")
            async with open_supervisor() as two:
                await two.start(trio.sleep_forever, name="b")

    async with open_supervisor() as supervisor:
        await supervisor.start(holds, name="h")
        await settle()
        for path in ("h/a", "h/b"):
            assert isinstance(supervisor.system.find(path), smith.Child)
        assert [one.name for one in supervisor.tree().children[0].children] == ["a", "b"]
        await supervisor.stop()


async def test_two_systems_live_side_by_side(autojump_clock: MockClock) -> None:
    """Nothing is global."""
    one_tape, two_tape = Tape(), Tape()
    async with open_supervisor(observe=one_tape) as one, open_supervisor(observe=two_tape) as two:
        await one.start(trio.sleep_forever, name="a")
        await two.start(trio.sleep_forever, name="b")
        assert one.system is not two.system
        with pytest.raises(smith.ChildNotFound):
            one.system.find("b")
        with pytest.raises(smith.ChildNotFound):
            await one.stop_child(two.child("b"))
        await two.stop_child("b")
        await one.stop_child("a")
    assert one_tape.lines == ["begin .", "up a", "end a: stopped", "over .: stopped"]
    assert two_tape.lines == ["begin .", "up b", "end b: stopped", "over .: stopped"]
