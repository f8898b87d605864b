"""The template of a pool, as a user writes it."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import Condition, SupervisorSpec, child, open_pool, open_supervisor

from .stage import Tape, idle, settle


@pytest.mark.parametrize("nested", [False, True])
async def test_a_template_without_options_needs_no_spec(
    autojump_clock: MockClock,
    nested: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Nothing but what is started: its arguments come with each instance."""
    tape = Tape()

    async def serve(name: str) -> None:
        tape.say(name)
        await trio.sleep_forever()

    if nested:
        async with open_supervisor() as supervisor:
            pool = await supervisor.start_pool(serve, max_children=2)
            await pool.start("a")
            await settle()
            await supervisor.stop()
    else:
        async with open_pool(serve) as pool:
            await pool.start("a")
            await settle()
            await pool.stop()
    assert tape.lines == ["a"]


async def test_a_pool_of_trees_needs_no_spec_either(autojump_clock: MockClock) -> None:
    """Each instance is a supervisor with the children of its specification."""
    async with open_pool(SupervisorSpec(children=[child(idle, name="a")])) as pool:
        instance = await pool.start()
        assert isinstance(instance, smith.Supervisor)
        assert instance.child("a").state is Condition.RUNNING
        await pool.stop()
