"""Where a Trio task waits, in words."""

from __future__ import annotations

import os
from pathlib import Path

import trio
from trio.lowlevel import Task

_INNER = tuple(f"{folder}{os.sep}" for folder in (Path(__file__).parents[2], Path(trio.__file__).parent))
_LIMIT = 32


def await_point(task: Task | None, *, ours: bool = False) -> tuple[str, ...]:
    """Return "file:line in function" for each frame that *task* waits in, outermost first.

    The frames of this library and of Trio are left out unless *ours*; at most the innermost 32 are returned.
    """
    if task is None:
        return ()
    lines: list[str] = []
    for frame, line in task.iter_await_frames():
        file = frame.f_code.co_filename
        if ours or not file.startswith(_INNER):
            lines.append(f"{Path(file).name}:{line} in {frame.f_code.co_qualname}")
            del lines[:-_LIMIT]
    return tuple(lines)
