"""A real Ctrl-C at every line of the frames that open and close a block: the tree still ends in order."""

import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import (
    AutoShutdown,
    Restart,
    _block,
    _handle,
    _open,
    child,
    open_pool,
    open_supervisor,
)
from trio_smith.testing._deterministic import scheduled_by
from trio_smith.testing._interrupt import sigint_as_usual

from .stage import Tape, polite, returning, starting

FILES = {_open.__file__, _block.__file__, _handle.__file__}
BETWEEN = {
    getattr(contextlib._AsyncGeneratorContextManager, name).__code__ for name in ("__aenter__", "__aexit__")
}
"""The frames of contextlib that lie between the two."""


class Strike:
    """Sends one SIGINT when so many lines of our frames have begun; it is a tracer."""

    def __init__(self, line: int) -> None:
        self.left = line
        self.where: tuple[str, str] | None = None

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        """Look at the lines of these frames alone."""
        return self.line if frame.f_code.co_filename in FILES or frame.f_code in BETWEEN else None

    def line(self, frame: FrameType, event: str, _: object) -> Any:
        """Strike before a line, as a signal does that comes in between two."""
        if event == "line" and self.where is None:
            self.left -= 1
            if self.left == 0:
                self.where = frame.f_code.co_filename, frame.f_code.co_name
                signal.raise_signal(signal.SIGINT)
        return self.line


@attrs.frozen
class Played:
    """What became of a scenario that was struck at ``where``; nowhere if it had no such line."""

    where: tuple[str, str] | None
    error: BaseException | None
    lines: list[str]

    def names(self, word: str) -> list[str]:
        """Return the paths of the events that begin with *word*, in order."""
        return [line.split()[1].rstrip(":") for line in self.lines if line.split()[0] == word]


Scenario = Callable[[Tape], Awaitable[None]]


def play(scenario: Scenario, line: int) -> Played:
    """Play *scenario* and strike it at its so-manieth line."""
    tape, strike, error = Tape(), Strike(line), None

    async def main() -> None:
        before = sys.gettrace()
        sys.settrace(strike)
        try:
            await scenario(tape)
        finally:
            sys.settrace(before)

    with scheduled_by(1), sigint_as_usual():
        try:
            trio.run(main, clock=MockClock(autojump_threshold=0))
        except BaseException as caught:  # noqa: BLE001 - looked at by the test
            error = caught
    return Played(where=strike.where, error=error, lines=tape.lines)


async def waits(tape: Tape) -> None:
    """The body ends at once, and the block waits for its children."""
    children = [child(returning(2.0), name="a"), child(returning(1.0), name="b")]
    async with open_supervisor(observe=tape, children=children):
        pass


async def is_stopped(tape: Tape) -> None:
    """A start that takes its time, and an orderly stop that does."""
    children = [child(polite(1.0), name="a"), child(starting(1.0), name="b")]
    async with open_supervisor(observe=tape, children=children) as supervisor:
        await supervisor.stop()


async def is_cancelled(tape: Tape) -> None:
    """A scope round the block; what comes out besides its cancellation goes on."""
    children = [child(polite(1.0), name="a"), child(polite(1.0), name="b")]
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=tape, children=children):
            await trio.sleep_forever()


async def is_a_pool(tape: Tape) -> None:
    """Its instances stop together."""
    async with open_pool(child(polite(1.0)), observe=tape) as pool:
        await pool.start()
        await pool.stop()


async def has_a_block_inside(tape: Tape) -> None:
    """A child opens and closes a block of its own; Ctrl-C comes out in the main task."""

    async def holds() -> None:
        async with open_supervisor(name="inner") as inner:
            await inner.start(returning(1.0), name="deep")

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(1.0), name="a")
        await supervisor.start(holds, name="b")
        await trio.sleep(2.0)
        await supervisor.stop()


async def shuts_itself_down(tape: Tape) -> None:
    """While it starts: its body never begins in earnest."""
    ends = child(returning(0.0), name="b", restart=Restart.TEMPORARY, significant=True)
    async with open_supervisor(
        observe=tape,
        auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
        children=[child(polite(1.0), name="a"), ends, child(starting(1.0), name="c")],
    ):
        await trio.sleep_forever()


SCENARIOS = [waits, is_stopped, is_cancelled, is_a_pool, has_a_block_inside, shuts_itself_down]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_ctrl_c_at_any_line_of_a_block_ends_the_tree_in_order(scenario: Scenario) -> None:
    """Nothing is left open, nothing goes on, and one KeyboardInterrupt leaves, with nothing beside it."""
    struck: set[tuple[str, str]] = set()
    line = 1
    while (played := play(scenario, line)).where is not None:
        struck.add(played.where)
        assert played.error is not None, (line, played)
        assert type(played.error) is KeyboardInterrupt, (line, played)
        assert sorted(played.names("end")) == sorted(played.names("up")), (line, played)
        if {"a", "b"} <= set(played.names("end")):
            assert played.names("end").index("b") < played.names("end").index("a"), (line, played)
        assert played.names("over") == played.names("begin")[::-1], (line, played)
        assert not played.lines or played.lines[-1].startswith("over ."), (line, played)
        line += 1
    assert played.error is None
    assert {(_open.__file__, "__aenter__"), (_open.__file__, "__aexit__")} <= struck
    assert {file for file, _ in struck} == {*FILES, contextlib.__file__}
