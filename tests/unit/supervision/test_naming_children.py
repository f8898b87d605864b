"""A child is named by its name, its handle, or its path, wherever one of them will do."""

import pytest

from trio_smith.supervision import ChildNotFound, ChildRunning, NotQuarantined, child, open_supervisor

from .stage import idle
from .starts import Idle


async def test_a_handle_does_for_a_name_in_every_request() -> None:
    """One that has just stopped a child by its handle wants to start or forget it by the same."""
    async with open_supervisor() as supervisor:
        for one in (
            await supervisor.start(idle, name="f"),
            await supervisor.start(Idle, name="a"),
            await supervisor.start_supervisor(name="s"),
        ):
            with pytest.raises(ChildRunning):
                await supervisor.restart_child(one)
            with pytest.raises(NotQuarantined):
                await supervisor.release_child(one)
            await supervisor.stop_child(one)
            assert await supervisor.restart_child(one) == one
            await supervisor.stop_child(one)
            await supervisor.delete_child(one)
        assert supervisor.children() == ()
        await supervisor.stop()


async def test_the_handle_of_a_forgotten_child_does_not_stand_for_its_successor() -> None:
    """Although that one has its name."""
    async with open_supervisor() as supervisor:
        old = await supervisor.start(idle, name="f")
        await supervisor.stop_child(old)
        await supervisor.delete_child(old)
        await supervisor.start(idle, name="f")
        await supervisor.stop_child("f")
        with pytest.raises(ChildNotFound, match="f"):
            await supervisor.restart_child(old)
        await supervisor.stop()


async def test_the_handle_of_a_child_of_another_is_refused() -> None:
    """As by stop_child."""
    async with open_supervisor() as supervisor:
        desk = await supervisor.start_supervisor(name="desk", children=[child(Idle, name="a")])
        with pytest.raises(ChildNotFound):
            await supervisor.delete_child(desk.child("a"))
        await supervisor.stop()


async def test_a_path_that_begins_with_the_outermost_supervisor_is_put_right() -> None:
    """Events and errors print that name, so it is the likely mistake."""
    async with open_supervisor() as supervisor:
        await supervisor.start(Idle, name="a")
        with pytest.raises(ChildNotFound, match="did you mean 'a'") as caught:
            supervisor.system.find("root/a")
        assert "paths begin below the outermost supervisor" in str(caught.value)
        with pytest.raises(ChildNotFound, match=r"supervisor\.children\(\)"):
            supervisor.system.find("a/root/a")
        await supervisor.stop()
