"""Signals within this process: what they do to a runtime, on a virtual clock."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith


async def slow() -> None:
    """Take long to stop."""
    await smith.stopping().wait()
    await trio.sleep_forever()


SLOW = smith.SupervisorSpec(children=(smith.child(slow, name="slow", grace=100.0),))


async def shielded(*signals: signal.Signals, wait: float = 0.5) -> None:
    """Send signals, some time apart, though the body is cancelled by the first."""
    with trio.CancelScope(shield=True):
        for one in signals:
            signal.raise_signal(one)
            await trio.sleep(wait)


async def test_a_second_signal_is_heard_in_the_handler_itself(autojump_clock: MockClock) -> None:
    """A loop that is blocked hears nothing else; Ctrl-C first counts as Ctrl-C."""
    heard: list[float] = []
    async with smith.open_runtime(
        tree=SLOW, configure_logging=False, on_hurry=lambda: heard.append(trio.current_time())
    ) as runtime:
        await shielded(signal.SIGINT)
        assert not heard
        signal.raise_signal(signal.SIGTERM)
        assert heard == [0.5]
    assert trio.current_time() == 0.5
    assert (runtime.stopped_by, runtime.exit_code, runtime.hurried) == ("SIGINT", 130, True)


async def test_a_program_that_stops_does_not_reload(
    tmp_path: Path, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """But it still shows its tree, whatever the level of the log."""
    file = tmp_path / "app.toml"
    settings_file(file, "1s")
    settings = smith.load_settings(file, environment={})
    async with smith.open_runtime(settings, tree=SLOW, configure_logging=False) as runtime:
        await shielded(signal.SIGHUP)
        settings_file(file, "2s")
        await shielded(signal.SIGHUP)
        assert runtime.settings.shutdown.tree == 2.0
        await shielded(signal.SIGTERM, wait=0.1)
        settings_file(file, "9s")
        await shielded(signal.SIGHUP, signal.SIGUSR1, wait=0.1)
        assert runtime.settings.shutdown.tree == 2.0
    assert (runtime.stopped_by, runtime.exit_code) == ("SIGTERM", 1)
    (line,) = [line for line in caplog.messages if "└─" in line]
    assert line.startswith("tree: └─ slow  [function slow, stopping, at test_signals.py:")


def settings_file(file: Path, tree: str) -> None:
    """Write one."""
    file.write_text(f'[shutdown]\ntree = "{tree}"\n[logging]\nlevel = "error"\n', "utf-8")
