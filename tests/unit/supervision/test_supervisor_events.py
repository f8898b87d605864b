"""When a supervisor is said to begin and to have ended: each beginning has its end, whatever happens."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import ChildSpec, StartFailed, SupervisorSpec, child, open_supervisor, open_tree

from .stage import HOUR, Crash, Tape, settle, starting

Children = Callable[[], Awaitable[list[ChildSpec]]]


def children_of(tape: Tape, *, fails: BaseException | None = None, after: float = 0.0) -> Children:
    """Return a children function that says when it is called, and may fail."""

    async def children() -> list[ChildSpec]:
        tape.say("children asked")
        await trio.sleep(after)
        if fails is not None:
            raise fails
        return [child(trio.sleep_forever, name="a")]

    return children


async def test_a_block_begins_before_its_children_function_is_called(autojump_clock: MockClock) -> None:
    """What that function does belongs to the start of the supervisor."""
    tape = Tape()
    async with open_supervisor(children=children_of(tape), observe=tape) as supervisor:
        await supervisor.stop()
    assert tape.lines == ["begin .", "children asked", "up a", "end a: stopped", "over .: stopped"]


async def test_a_nested_supervisor_begins_before_its_children_function_is_called(
    autojump_clock: MockClock,
) -> None:
    """At every start."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start_supervisor(name="n", children=children_of(tape))
        await supervisor.stop_child("n")
        await supervisor.restart_child("n")
        await supervisor.stop()
    once = ["children asked", "up n/a"]
    assert tape.lines[1:5] == ["begin n", *once, "up n"]
    assert tape.lines[7:11] == ["begin n#2", *once, "up n#2"]


@pytest.mark.parametrize("error", [Crash(), smith.Ignore()])
async def test_a_children_function_that_fails_ends_a_nested_supervisor(
    autojump_clock: MockClock, error: Exception
) -> None:
    """Before its own supervisor does anything about it."""
    tape = Tape()
    spec = SupervisorSpec(name="n", children=children_of(tape, fails=error))
    async with open_supervisor(observe=tape) as supervisor:
        try:
            await supervisor.start(child(spec))
        except StartFailed:
            tape.say("told")
        await supervisor.stop()
    word = type(error).__name__
    after = ["ignored n"] if isinstance(error, smith.Ignore) else ["failed n: Crash", "told"]
    assert tape.lines == [
        "begin .",
        "begin n",
        "children asked",
        f"over n: shut down, {word}",
        *after,
        "over .: stopped",
    ]


async def test_a_children_function_that_fails_ends_the_block(autojump_clock: MockClock) -> None:
    """It began, so it ends."""
    tape = Tape()
    with pytest.raises(StartFailed):
        async with open_supervisor(children=children_of(tape, fails=Crash()), observe=tape):
            pytest.fail("the body must not begin")
    assert tape.lines == ["begin .", "children asked", "over .: shut down, StartFailed"]


@pytest.mark.parametrize("where", ["its function", "its children"])
async def test_a_start_that_takes_too_long_has_an_end(autojump_clock: MockClock, where: str) -> None:
    """Whatever it waits for."""
    tape = Tape()
    spec = SupervisorSpec(
        name="n",
        children=children_of(tape, after=HOUR)
        if where == "its function"
        else [child(starting(HOUR), name="slow")],
    )
    async with open_supervisor(observe=tape) as supervisor:
        with pytest.raises(StartFailed):
            await supervisor.start(child(spec, start_timeout=2.0))
        await supervisor.stop()
    assert tape.of("begin", "over") == ["begin .", "begin n", "over n: killed", "over .: stopped"]
    assert tape.lines.index("over n: killed") < tape.lines.index("failed n: StartTimeout")


@pytest.mark.parametrize("how", ["its own stop", "the stop above"])
async def test_a_start_that_is_overtaken_by_a_stop_has_an_end(autojump_clock: MockClock, how: str) -> None:
    """What has begun by then is stopped in order."""
    tape = Tape()
    spec = SupervisorSpec(
        name="n", children=[child(trio.sleep_forever, name="a"), child(starting(0.0, HOUR), name="slow")]
    )
    async with (
        trio.open_nursery() as outside,
        open_tree(SupervisorSpec(children=[child(spec)]), observe=tape) as tree,
    ):
        nested = tree.system.find("n")
        assert isinstance(nested, smith.Supervisor)
        await tree.stop_child("n")
        tape.take()

        async def restarts() -> None:
            with pytest.raises((StartFailed, smith.SupervisorStopped)):
                await tree.restart_child("n")

        outside.start_soon(restarts)
        await settle()
        if how == "its own stop":
            await nested.stop()
        await tree.stop()
    assert tape.lines == [
        "begin n#2",
        "up n/a",
        "failed n/slow: StartCancelled",
        "end n/a: stopped",
        "over n#2: stopped",
        "failed n#2: StartCancelled",
        "over .: stopped",
    ]


async def test_the_supervisor_of_an_actor_begins_and_ends(autojump_clock: MockClock) -> None:
    """Opened on first use."""

    class Owner(smith.Actor[str]):
        @smith.on(str)
        async def handle(self, message: str) -> None:
            await self.context.supervisor.start(trio.sleep_forever, name=message)

    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        ref = await supervisor.start(Owner, name="o")
        await ref.tell("a")
        await settle()
        await supervisor.stop()
    assert tape.of("begin", "over") == ["begin .", "begin o", "over o: stopped", "over .: stopped"]
