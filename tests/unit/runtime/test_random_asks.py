"""A runtime that is asked for anything at any time: it ends in time, with the right exit code."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.runtime import open_runtime
from trio_smith.runtime._signal_table import CAUGHT, Ask, ask_of
from trio_smith.testing import no_leaks

SIGNALS = st.lists(st.tuples(st.sampled_from(CAUGHT), st.sampled_from([0.0, 0.1, 0.5, 2.0])), max_size=6)
LIMITS = ("shutdown.drain=1s", "shutdown.tree=3s", "logging.level=error", "app.start_timeout=10s")


@smith.message
class Job:
    """Takes a while."""


class Worker(smith.Actor[Job]):
    """Works."""

    @smith.on(Job)
    async def job(self, _message: Job) -> None:
        """Take a while."""
        await trio.sleep(0.05)


async def slow(seconds: float, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Take a while to start, then run for a while, and a while longer when it is cancelled."""
    await trio.sleep(seconds)
    task_status.started()
    try:
        await trio.sleep(4.0)
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)


@pytest.mark.long
@given(SIGNALS, st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 40))
def test_signals_of_any_kind_at_any_time_end_in_time_with_the_right_exit_code(
    signals: list[tuple[str, float]], seconds: float, jobs: int
) -> None:
    """The first wish to stop decides the exit code, a second one makes it 1; nothing else does."""

    async def main() -> None:
        settings = smith.load_settings(environment={}, overrides=LIMITS)
        children = (
            smith.child(Worker, name="worker"),
            smith.child(slow, seconds, name="slow", restart=smith.Restart.TEMPORARY),
        )
        tree = smith.SupervisorSpec(children=children)
        asked: list[Ask] = []
        began = trio.current_time()

        async def ask(runtime: smith.Runtime) -> None:
            """Do as the handler of signals does, and stop in the end."""
            for name, pause in (*signals, ("SIGTERM", 0.0)):
                await trio.sleep(pause)
                what = ask_of(name, stopping=Ask.STOP in asked)
                if what is not None:
                    asked.append(what)
                    runtime.on_ask(what, name)

        with no_leaks():
            async with (
                trio.open_nursery() as nursery,
                open_runtime(settings, tree=tree, handle_signals=False, configure_logging=False) as runtime,
            ):
                worker = runtime.supervisor.system.find("worker", Worker)
                for _ in range(jobs):
                    worker.tell_nowait(Job())
                nursery.start_soon(ask, runtime)
                await trio.sleep_forever()
        first = next(name for name, _ in (*signals, ("SIGTERM", 0.0)) if name in ("SIGTERM", "SIGINT"))
        hurried = runtime.hurried
        assert runtime.exit_code == (130 if first == "SIGINT" else 1 if hurried else 0)
        assert not hurried or Ask.HURRY in asked
        assert not runtime.ready
        assert runtime.draining.is_set()
        assert [outcome.name for outcome in runtime.outcomes] == ["drain", "tree", "flush"]
        assert (
            trio.current_time() - began <= seconds + sum(pause for _, pause in signals) + 1.0 + 3.0 + seconds
        )

    trio.run(main, clock=MockClock(autojump_threshold=0))
