"""What the doctor looks at: each check is a finding, and how to mend it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Final, TextIO

import attrs

from ..config import BadSettings, Source
from ..runtime import load_application, run_dir_of
from ..runtime._run_dir import private

_OLDEST_PYTHON: Final = (3, 11)
_NEWEST_PYTHON: Final = (3, 13)
_OLDEST_TRIO: Final = (0, 31)
_COARSE_CLOCK: Final = 0.01
_WRONG_BEFORE: Final = 1_735_689_600  # 2025: a clock that says less was never set
_FEW_FILES: Final = 1024
_NARROW: Final = 40


class State(Enum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@attrs.frozen(kw_only=True)
class Finding:
    """What a check has found."""

    state: State
    what: str
    found: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.state.value:<5} {self.what}: {self.found}" + (f". {self.fix}" if self.fix else "")


def _ok(what: str, found: str) -> Finding:
    return Finding(state=State.OK, what=what, found=found)


def _warn(what: str, found: str, fix: str) -> Finding:
    return Finding(state=State.WARN, what=what, found=found, fix=fix)


def _fail(what: str, found: str, fix: str) -> Finding:
    return Finding(state=State.FAIL, what=what, found=found, fix=fix)


def check_python(version: tuple[int, ...], implementation: str, system: str) -> Finding:
    """Look at the interpreter and the platform."""
    found = f"{implementation} {'.'.join(map(str, version[:3]))} on {system}"
    if version[:2] < _OLDEST_PYTHON:
        return _fail("Python", found, "Use Python 3.11 or newer.")
    if version[:2] > _NEWEST_PYTHON or implementation != "CPython" or system != "Linux":
        return _warn("Python", found, "Tested are CPython 3.11 to 3.13 on Linux.")
    return _ok("Python", found)


def check_trio(version: str | None) -> Finding:
    """Look at Trio."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version or "")[:2])
    if version is None or numbers < _OLDEST_TRIO:
        return _fail("Trio", version or "not installed", "Install it: pip install 'trio>=0.31'.")
    return _ok("Trio", version)


def check_clock(resolution: float, now: float) -> Finding:
    """Look at the clocks: one for timers, one for log lines."""
    if now < _WRONG_BEFORE:
        return _warn("clock", "the wall clock was never set", "Set it, or log lines have wrong times.")
    if resolution > _COARSE_CLOCK:
        return _warn("clock", f"ticks every {resolution:g} s", "Timers are as late as that.")
    return _ok("clock", f"ticks every {resolution * 1e9:.0f} ns")


def check_files(soft: int, hard: int) -> Finding:
    """Look at how many files and sockets may be open; below 0 there is no limit."""
    if 0 <= soft < _FEW_FILES:
        more = "more" if hard < 0 or hard > soft else "more, as root"
        return _warn("open files", f"at most {soft}", f"A server needs more: allow {more} with ulimit -n.")
    return _ok("open files", "no limit" if soft < 0 else f"at most {soft}")


def check_folder(what: str, folder: Path) -> Finding:
    """See whether a file can be written in *folder*."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        why = f"{folder} cannot be written to ({error.strerror})"
        return _fail(what, why, "Make it writable, or name another one with TMPDIR.")
    return _ok(what, str(folder))


def check_run_dir(folder: Path) -> Finding:
    """See whether the sockets of ``trio-smith tree`` can lie in *folder*."""
    if not folder.exists():
        parent = folder.parent
        if os.access(parent, os.W_OK):
            return _ok("run directory", f"{folder}, made when it is needed")
        why = f"{folder} cannot be made"
        return _warn(
            "run directory", why, "Name another one with app.run_dir, or go without trio-smith tree."
        )
    if (why_not := private(folder)) is not None:
        fix = "Make it yours alone, or name another one with app.run_dir."
        return _warn("run directory", f"{folder}: {why_not}", fix)
    return _ok("run directory", str(folder))


def check_terminal(stream: TextIO | None) -> Finding:
    """Look at where results are shown; none is fine."""
    if stream is None or not stream.isatty():
        return _ok("terminal", "none, lines are printed plain and whole")
    columns, encoding = shutil.get_terminal_size().columns, stream.encoding
    if encoding.lower().replace("-", "") != "utf8":
        return _warn(
            "terminal", f"speaks {encoding}", "Trees are drawn with plain signs; LANG=C.UTF-8 helps."
        )
    if columns < _NARROW:
        return _warn("terminal", f"{columns} columns", f"Make it {_NARROW} or wider.")
    return _ok("terminal", f"{columns} columns, {encoding}")


def check_settings(source: Source) -> list[Finding]:
    """Look at the settings file, and import what it names."""
    assert source.path is not None
    what = "settings"
    try:
        load_application(source)
    except BadSettings as error:
        return [
            _fail(what, f"{one.origin}: {one.key or 'file'}: {one.why}", one.fix) for one in error.problems
        ]
    if source.path.stat().st_mode & stat.S_IWOTH:
        fix = f"It names code to run: chmod o-w {source.path}."
        return [_warn(what, f"{source.path} may be written by everybody", fix)]
    return [_ok(what, f"{source.path} is good")]


def check_extra(name: str, package: str, gain: str) -> Finding:
    """See whether an optional extra is there; without it something else is missing."""
    if (version := version_of(package)) is not None:
        return _ok(f"extra {name}", f"{package} {version}, {gain}")
    return _ok(f"extra {name}", f"not installed, so no {gain} (pip install 'trio-smith[{name}]')")


def version_of(package: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _file_limits() -> tuple[int, int]:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return -1, -1
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def examine(source: Source, environment: Mapping[str, str]) -> list[Finding]:
    """Do every check; the settings file is looked at if there is one."""
    checks: list[Callable[[], Finding]] = [
        lambda: check_python(sys.version_info[:3], platform.python_implementation(), platform.system()),
        lambda: check_trio(version_of("trio")),
        lambda: check_clock(time.get_clock_info("monotonic").resolution, time.time()),
        lambda: check_files(*_file_limits()),
        lambda: check_folder("temporary files", Path(tempfile.gettempdir())),
        lambda: check_run_dir(run_dir_of(None, environment)),
        lambda: check_terminal(sys.stdout),
        lambda: check_extra("cli", "shtab", "shell completion"),
        lambda: check_extra("testing", "pytest-trio", "testing kit"),
    ]
    found = [check() for check in checks]
    if source.path is not None:
        found += check_settings(source)
    else:
        found.append(_ok("settings", "no file given (trio-smith doctor app.toml looks at one)"))
    return found
