"""Find what a piece of code has left behind: Trio tasks and open files."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import trio
from trio.lowlevel import Task

from ..errors import FailureError
from ..supervision.life import await_point


class Leaked(FailureError, AssertionError):
    """Something was left behind: ``tasks`` and ``files`` say what, in words."""

    fix = "Close it, or have its owner end it, before the block ends."

    def __init__(self, *, tasks: tuple[str, ...], files: tuple[str, ...]) -> None:
        self.tasks, self.files = tasks, files
        left = [*(f"Trio task {task}" for task in tasks), *(f"file descriptor {file}" for file in files)]
        super().__init__(what=f"{len(left)} leaked", why="; ".join(left))


@contextmanager
def no_leaks(*, tasks: bool = True, files: bool = True) -> Generator[None]:
    """Check that the block leaves no Trio tasks and no open file descriptors behind.

    Tasks are those of the run that surrounds the block, if one does; files are those of the process, where
    it can list them (not on Windows). Rubbish is collected first. If the block raises, that goes before.

    Raises:
        Leaked: There is more than before.
    """
    tasks = tasks and trio.lowlevel.in_trio_run()
    tasks_before = _tasks() if tasks else {}
    files_before = _files() if files else {}
    yield
    gc.collect()
    tasks_left = [task for task in _tasks() if task not in tasks_before] if tasks else []
    now = _files() if files else {}
    files_left = [number for number, what in now.items() if files_before.get(number) != what]
    if tasks_left or files_left:
        raise Leaked(
            tasks=tuple(f"{task.name} at {(await_point(task) or ('its start',))[-1]}" for task in tasks_left),
            files=tuple(f"{number} ({now[number]})" for number in files_left),
        )


def _tasks() -> dict[Task, None]:
    found: dict[Task, None] = {}
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root is not None else []
    while waiting:
        task = waiting.pop()
        found[task] = None
        waiting.extend(child for nursery in task.child_nurseries for child in nursery.child_tasks)
    return found


def _files() -> dict[int, str]:
    """Return each open file descriptor and what it is."""
    folder = next((one for one in (Path("/proc/self/fd"), Path("/dev/fd")) if one.is_dir()), None)
    found: dict[int, str] = {}
    for entry in list(folder.iterdir()) if folder is not None else ():
        number = int(entry.name)
        try:
            status = os.fstat(number)
        except OSError:
            continue  # the one with which the folder was read
        try:
            name = str(entry.readlink())
        except OSError:
            name = f"device {status.st_dev}"
        found[number] = f"{name}, inode {status.st_ino}"
    return found
