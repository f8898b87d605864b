"""A reload: good settings take effect, bad ones change nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import trio_smith as smith
from trio_smith.config import Level

TREE = smith.SupervisorSpec()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a settings file that logs to a file beside it."""
    path = tmp_path / "app.toml"
    path.write_text('[logging]\nfile = "app.log"\n', "utf-8")
    return path


def write(file: Path, text: str | None) -> None:
    """Replace the settings, or take them away; outside of an async function, for the linter's sake."""
    file.unlink()
    if text is not None:
        file.write_text(text, "utf-8")


def lines(file: Path, name: str = "app.log") -> list[str]:
    """Return what was logged, without the times."""
    return [line.partition(" ")[2] for line in (file.parent / name).read_text("utf-8").splitlines()]


async def test_what_is_live_takes_effect_at_once(file: Path) -> None:
    """What is not, at the next start; both are told."""
    async with smith.open_runtime(smith.load_settings(file, environment={}), tree=TREE) as runtime:
        write(
            file,
            '[app]\nname = "other"\n[logging]\nfile = "app.log"\nlevel = "debug"\n[shutdown]\ndrain = "1s"\n',
        )
        assert runtime.reload()
        logging.getLogger("theirs").debug("seen")
        assert runtime.settings.shutdown.drain == 1.0
        assert runtime.settings.logging.level is Level.DEBUG
        runtime.stop()
    told = lines(file)
    assert (
        'WARNING trio_smith.runtime: reload: app.name = "other" (was "app") takes effect at the next start'
        in told
    )
    assert 'INFO    trio_smith.runtime: reload: shutdown.drain = "1s" (was "10s")' in told
    assert "DEBUG   theirs: seen" in told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[shutdown]\ndrain = 5\n", "line 2: shutdown.drain: 5 has no unit"),
        ("[[[", "line 1: it is not TOML"),
        (None, "there is no such file"),
        ('[logging]\nfile = "no/such/folder"\n', "reload: logging.file: it cannot be opened (No such file"),
    ],
    ids=["a wrong value", "no TOML", "gone", "a log file that cannot be"],
)
async def test_bad_settings_change_nothing(file: Path, text: str | None, why: str) -> None:
    """The last good ones stay, and lines in the log say why."""
    async with smith.open_runtime(smith.load_settings(file, environment={}), tree=TREE) as runtime:
        before = runtime.settings
        write(file, text)
        assert not runtime.reload()
        assert runtime.settings is before
        assert runtime.ready
        logging.getLogger("theirs").info("still here")
        runtime.stop()
    told = lines(file)
    assert any(line.startswith("ERROR") and why in line for line in told), told
    assert "the last good settings stay" in "\n".join(told)
    assert "INFO    theirs: still here" in told


async def test_a_reload_opens_the_log_file_anew(file: Path) -> None:
    """As whoever rotates logs expects it."""
    async with smith.open_runtime(smith.load_settings(file, environment={}), tree=TREE) as runtime:
        (file.parent / "app.log").rename(file.parent / "app.log.1")
        assert runtime.reload()
        runtime.stop()
    assert "INFO    trio_smith.runtime: reload: the settings are as before" in lines(file)
    assert any("is ready" in line for line in lines(file, "app.log.1"))


async def test_settings_that_a_program_made_itself_stay() -> None:
    """There is nothing to read again."""
    settings = smith.Settings()
    async with smith.open_runtime(settings, tree=TREE, configure_logging=False) as runtime:
        assert runtime.reload()
        assert runtime.settings is settings
        runtime.stop()
