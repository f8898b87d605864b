"""A tree that is run as a program, on a virtual clock."""

from __future__ import annotations

import logging
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.config import LoggingOptions, ShutdownOptions, Stream


@smith.message
class Job:
    """Takes a second."""


class Worker(smith.Actor[Job]):
    """Counts what it has done."""

    done = 0
    closed = 0

    @asynccontextmanager
    async def lifespan(self, _context: smith.Context) -> AsyncGenerator[None, None]:
        """Count the end too."""
        try:
            yield
        finally:
            type(self).closed += 1

    @smith.on(Job)
    async def job(self, _message: Job) -> None:
        """Take a second."""
        await trio.sleep(1)
        type(self).done += 1


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Count from 0."""
    Worker.done = Worker.closed = 0


def spec(*children: smith.ChildSpec) -> smith.SupervisorSpec:
    """Return a tree."""
    return smith.SupervisorSpec(children=children)


WORKER = spec(smith.child(Worker, name="worker", grace=30.0))
NO_LOG = {"configure_logging": False}


async def stubborn() -> None:
    """Swallow a cancellation, for a while."""
    with trio.CancelScope(shield=True):
        await trio.sleep(100)


async def test_the_body_begins_when_the_tree_is_up_and_a_stop_cancels_it() -> None:
    """And the block ends quietly."""
    async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
        assert runtime.ready
        assert runtime.supervisor.children() == ("worker",)
        assert runtime.tree().name == "app"
        runtime.stop()
        assert not runtime.ready
        await trio.sleep_forever()
    assert runtime.exit_code == 0
    assert [outcome.name for outcome in runtime.outcomes] == ["drain", "tree", "flush"]
    assert Worker.closed == 1


async def test_a_body_that_ends_waits_for_the_tree(autojump_clock: MockClock) -> None:
    """As in a nursery; the runtime is ready until then."""
    async with smith.open_runtime(
        tree=spec(smith.child(trio.sleep, 5, name="s")), configure_logging=False
    ) as runtime:
        pass
    assert trio.current_time() == 5.0
    assert (runtime.exit_code, runtime.stopped_by, runtime.ready) == (0, None, False)


async def test_messages_that_wait_are_handled_before_the_tree_stops(autojump_clock: MockClock) -> None:
    """That is the drain; who takes in work is told first."""
    taken: list[float] = []

    async def door() -> None:
        await smith.current_runtime().draining.wait()
        taken.append(trio.current_time())

    async with smith.open_runtime(
        tree=spec(smith.child(Worker, name="worker"), smith.child(door, name="door")), configure_logging=False
    ) as runtime:
        worker = runtime.supervisor.system.find("worker", Worker)
        for _ in range(3):
            await worker.tell(Job())
        runtime.stop()
    assert taken == [0.0]
    assert Worker.done == 3
    assert 3.0 <= trio.current_time() <= 3.5
    assert runtime.supervisor.system.dead_letters.total == 0


async def test_who_is_told_of_the_drain_may_send_a_last_message(autojump_clock: MockClock) -> None:
    """Although nothing waited when the stop began; without a drain there is no time for that."""

    async def source() -> None:
        await smith.current_runtime().draining.wait()
        await smith.current_runtime().supervisor.system.find("worker", Worker).tell(Job())

    for drain, done in ((10.0, 1), (0.0, 0)):
        Worker.done = 0
        async with smith.open_runtime(
            smith.Settings(shutdown=ShutdownOptions(drain=drain)),
            tree=spec(smith.child(Worker, name="worker"), smith.child(source, name="source")),
            configure_logging=False,
        ) as runtime:
            runtime.stop()
        assert Worker.done == done


async def test_the_drain_has_a_limit(autojump_clock: MockClock) -> None:
    """What waits then is dead; the one in hand has its grace. It is no failure."""
    settings = smith.Settings(shutdown=ShutdownOptions(drain=1.5))
    async with smith.open_runtime(settings, tree=WORKER, configure_logging=False) as runtime:
        worker = runtime.supervisor.system.find("worker", Worker)
        for _ in range(5):
            await worker.tell(Job())
        runtime.stop()
    assert Worker.done == 2
    assert trio.current_time() == pytest.approx(2.0)
    assert runtime.supervisor.system.dead_letters.total == 3
    assert (runtime.exit_code, runtime.hurried) == (0, False)


async def test_a_tree_that_does_not_stop_in_time_is_cancelled_at_once(autojump_clock: MockClock) -> None:
    """Its graces notwithstanding; and that was no clean stop."""
    hurried: list[float] = []

    async def slow() -> None:
        await smith.stopping().wait()
        await trio.sleep_forever()

    settings = smith.Settings(shutdown=ShutdownOptions(tree=3.0))
    async with smith.open_runtime(
        settings,
        tree=spec(*(smith.child(slow, name=name, grace=50.0) for name in "abc")),
        configure_logging=False,
        on_hurry=lambda: hurried.append(trio.current_time()),
    ) as runtime:
        runtime.stop()
    assert trio.current_time() == pytest.approx(3.0, abs=0.1)
    assert hurried == [pytest.approx(3.0, abs=0.1)]
    assert (runtime.exit_code, runtime.hurried) == (1, True)


async def test_a_hurry_cuts_the_drain_short(autojump_clock: MockClock) -> None:
    """As a second signal does."""
    async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
        worker = runtime.supervisor.system.find("worker", Worker)
        for _ in range(5):
            await worker.tell(Job())
        runtime.stop()
        with trio.CancelScope(shield=True):
            await trio.sleep(0.5)
        runtime.hurry()
    assert Worker.done == 0
    assert trio.current_time() == 0.5
    assert runtime.exit_code == 1


async def test_what_a_failing_tree_raises_comes_out_bare_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As from `open_supervisor`."""

    async def crash() -> None:
        raise ValueError("boom")

    with pytest.raises(smith.RestartIntensityExceeded):
        async with smith.open_runtime(
            tree=spec(smith.child(crash, name="c")), configure_logging=False
        ) as runtime:
            await trio.sleep_forever()
    assert not runtime.ready
    assert "app failed" in caplog.messages


async def test_what_the_body_raises_comes_out_bare() -> None:
    """And the tree is stopped in order."""
    with pytest.raises(KeyError):
        async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
            raise KeyError
    assert not runtime.ready
    assert Worker.closed == 1


async def test_a_cancellation_from_outside_is_an_orderly_stop(autojump_clock: MockClock) -> None:
    """Without the drain."""
    with trio.move_on_after(2) as scope:
        async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert not runtime.ready
    assert Worker.closed == 1


async def test_a_tree_that_starts_too_slowly_is_stopped(autojump_clock: MockClock) -> None:
    """And says so."""

    async def never(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep_forever()

    tree = spec(smith.child(Worker, name="worker"), smith.child(never, name="never"))
    with pytest.raises(smith.StartTooSlow, match="longer than 1m"):
        async with smith.open_runtime(tree=tree, configure_logging=False):
            pytest.fail("it began")
    assert trio.current_time() == 60.0
    assert Worker.closed == 1


async def test_a_tree_that_does_not_start_says_why() -> None:
    """With its own error."""

    def broken() -> smith.Actor[Job]:
        raise ValueError("no")

    with pytest.raises(smith.StartFailed):
        async with smith.open_runtime(tree=spec(smith.child(broken, name="b")), configure_logging=False):
            pytest.fail("it began")


async def test_a_signal_while_it_starts_stops_what_has_started(autojump_clock: MockClock) -> None:
    """The body never does anything; the stop was a clean one."""

    async def terminate(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        signal.raise_signal(signal.SIGTERM)
        await trio.sleep_forever()

    tree = spec(smith.child(Worker, name="worker"), smith.child(terminate, name="t"))
    began = False
    async with smith.open_runtime(tree=tree, configure_logging=False) as runtime:
        await trio.lowlevel.checkpoint()
        began = True
    assert not began
    assert Worker.closed == 1
    assert (runtime.stopped_by, runtime.exit_code) == ("SIGTERM", 0)


async def test_signal_handlers_are_set_back() -> None:
    """Whatever they were."""
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
    before = [signal.getsignal(name) for name in names]
    async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
        assert all(signal.getsignal(name) != was for name, was in zip(names, before, strict=True))
        runtime.stop()
    assert [signal.getsignal(name) for name in names] == before
    async with smith.open_runtime(tree=WORKER, configure_logging=False, handle_signals=False) as runtime:
        assert [signal.getsignal(name) for name in names] == before
        runtime.stop()


async def test_in_another_thread_it_runs_without_signals() -> None:
    """They reach the main thread only."""

    async def main() -> int:
        async with smith.open_runtime(tree=WORKER, configure_logging=False) as runtime:
            runtime.stop()
        return runtime.exit_code

    assert await trio.to_thread.run_sync(trio.run, main) == 0


async def test_logging_is_set_back(capsys: pytest.CaptureFixture[str]) -> None:
    """The library installs nothing for good."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    settings = smith.Settings(logging=LoggingOptions(stream=Stream.STDOUT))
    async with smith.open_runtime(settings, tree=WORKER) as runtime:
        logging.getLogger("theirs").info("hello")
        runtime.stop()
    assert (root.level, root.handlers) == before
    out, err = capsys.readouterr()
    assert " INFO    theirs: hello\n" in out
    assert "app is ready" in out
    assert err == ""


async def test_the_runtime_is_found_from_within_and_from_nowhere_else() -> None:
    """By what runs in its tree."""
    found: list[smith.Runtime] = []

    async def look() -> None:
        found.append(smith.current_runtime())

    with pytest.raises(smith.NoRuntime, match="there is no runtime here"):
        smith.current_runtime()
    async with smith.open_runtime(tree=spec(smith.child(look, name="l")), configure_logging=False) as runtime:
        with pytest.raises(smith.NoRuntime):
            smith.current_runtime()
    assert found == [runtime]


async def test_settings_override_the_intensity_of_the_outermost_supervisor() -> None:
    """Where they say something."""
    settings = smith.load_settings(environment={}, overrides=["supervision.max_restarts=7", "app.name=x"])
    async with smith.open_runtime(settings, tree=WORKER, configure_logging=False) as runtime:
        assert runtime.supervisor.name == "x"
        shell = runtime.shell
        assert shell is not None
        assert (shell.spec.max_restarts, shell.spec.within) == (7, 5.0)
        runtime.stop()


async def test_a_function_may_take_the_settings(tmp_path: Path) -> None:
    """Or nothing; it is called before anything starts."""
    got: list[object] = []

    def with_settings(settings: smith.Settings) -> smith.SupervisorSpec:
        got.append(settings)
        return WORKER

    settings = smith.Settings()
    for tree in (with_settings, lambda: WORKER):
        async with smith.open_runtime(settings, tree=tree, configure_logging=False) as runtime:
            runtime.stop()
    assert got == [settings]


async def test_a_run_dir_that_cannot_be_used_is_no_reason_not_to_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged."""
    (tmp_path / "file").touch()
    async with smith.open_runtime(tree=WORKER, configure_logging=False, run_dir=tmp_path / "file") as runtime:
        runtime.stop()
    assert any("it is no directory" in message for message in caplog.messages)
