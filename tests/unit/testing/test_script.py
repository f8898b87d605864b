"""A script gives the leaves of a tree something to do, one incarnation after the other."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

import trio_smith as smith
from trio_smith.testing import Beginning, Ending, FailureScript, Farewell, Life, Scripted
from trio_smith.testing.strategies import failure_scripts, specs


def _leaf(name: str) -> smith.ChildSpec:
    return smith.child(trio.sleep_forever, name=name)


async def test_lives_are_lived_in_turn(autojump_clock: trio.testing.MockClock) -> None:
    """And after the last one the leaf stays."""
    events: list[object] = []
    script = FailureScript(
        ((Life(ends=Ending.CRASHES, lasts=2), Life(delay=1, ends=Ending.CRASHES, lasts=3)),)
    )
    spec = script.cast(smith.SupervisorSpec(children=(_leaf("a"), _leaf("b"))))
    async with smith.open_tree(spec, observe=events.append) as supervisor:
        await trio.sleep(100)
        await supervisor.stop()
    crashed = [event for event in events if isinstance(event, smith.ChildEnded) and event.id == "a"]
    assert [type(event.reason) for event in crashed] == [smith.Crashed, smith.Crashed, smith.Stopped]
    assert isinstance(crashed[0].reason, smith.Crashed)
    assert isinstance(crashed[0].reason.exception, Scripted)


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (Life(ends=Ending.RETURNS, lasts=1), smith.Returned),
        (Life(ends=Ending.SHUTS_DOWN, lasts=1), smith.ShutDown),
        (Life(farewell=Farewell.SLOWLY), smith.Stopped),
        (Life(farewell=Farewell.RAISES), smith.Stopped),
        (Life(farewell=Farewell.STUBBORN), smith.Killed),
    ],
)
async def test_each_ending_is_what_it_says(
    autojump_clock: trio.testing.MockClock, life: Life, expected: type
) -> None:
    """By itself, or when it is asked to stop."""
    spec = FailureScript(((life,),)).cast(smith.SupervisorSpec(children=(_leaf("a"),)))
    async with smith.open_tree(spec) as supervisor:
        child = supervisor.child("a")
        await trio.sleep(2)
        await supervisor.stop_child("a")
        assert isinstance(await child.wait_stopped(), expected)
        await supervisor.stop()


async def test_a_beginning_can_fail_or_be_ignored(autojump_clock: trio.testing.MockClock) -> None:
    """Before the leaf is ready."""
    ignored = FailureScript(((Life(begins=Beginning.IGNORES),),))
    async with smith.open_tree(ignored.cast(smith.SupervisorSpec(children=(_leaf("a"),)))) as supervisor:
        assert supervisor.child("a").ignored
    failing = FailureScript(((Life(begins=Beginning.FAILS, delay=1),),))
    with pytest.raises(smith.StartFailed):
        async with smith.open_tree(failing.cast(smith.SupervisorSpec(children=(_leaf("a"),)))):
            raise AssertionError("it began")


async def test_nested_leaves_and_pools_are_cast_too(autojump_clock: trio.testing.MockClock) -> None:
    """In order of the tree; whatever has no leaves in its spec stays as it is."""

    async def later() -> list[smith.ChildSpec]:
        await trio.lowlevel.checkpoint()
        return []

    script = FailureScript(((), (Life(ends=Ending.RETURNS),), (Life(ends=Ending.SHUTS_DOWN),)))
    inner = smith.SupervisorSpec(name="inner", children=(_leaf("b"),))
    pool = smith.SupervisorSpec(
        name="pool", strategy=smith.Strategy.DYNAMIC, template=smith.child(trio.sleep_forever)
    )
    spec = smith.SupervisorSpec(
        children=(
            _leaf("a"),
            smith.child(inner),
            smith.child(pool),
            smith.child(smith.SupervisorSpec(name="later", children=later)),
        )
    )
    async with smith.open_tree(script.cast(spec)) as supervisor:
        b = supervisor.system.find("inner/b")
        instances = supervisor.system.find("pool")
        assert isinstance(b, smith.Child)
        assert isinstance(instances, smith.Pool)
        instance = await instances.start()
        assert isinstance(await b.wait_stopped(), smith.Returned)
        assert isinstance(await instance.wait_stopped(), smith.ShutDown)
        await supervisor.stop()


@given(specs())
def test_drawn_specs_are_valid_and_bounded(spec: smith.SupervisorSpec) -> None:
    """A spec that is not would raise when it is made; three levels, three children each."""

    def depth(one: smith.SupervisorSpec) -> int:
        children = one.children
        assert isinstance(children, tuple)
        assert len(children) <= 3
        nested = [child.start for child in children if isinstance(child.start, smith.SupervisorSpec)]
        return 1 + max(map(depth, nested), default=0)

    assert depth(spec) <= 3


@given(specs(leaf=lambda name: smith.child(trio.sleep, 5, name=name), most_children=2, depth=0))
def test_leaves_can_be_ones_own(spec: smith.SupervisorSpec) -> None:
    """Only their options are drawn."""
    assert len(spec.children) <= 2
    assert all(child.start is trio.sleep and child.args == (5,) for child in spec.children)


@given(failure_scripts(leaves=2, incarnations=3), st.data())
def test_drawn_scripts_are_bounded_and_can_be_cast_again_and_again(
    script: FailureScript, data: st.DataObject
) -> None:
    """Each cast begins from the beginning."""
    assert len(script.lives) <= 2
    assert all(len(lives) <= 3 for lives in script.lives)
    spec = data.draw(specs())
    assert script.cast(spec) is not spec
    assert [child.name for child in script.cast(spec).children] == [child.name for child in spec.children]
