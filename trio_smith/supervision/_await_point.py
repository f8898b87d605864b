"""Where a Trio task waits, in words."""

from __future__ import annotations

import os.path

import trio
from trio.lowlevel import Task

_INNER = tuple(os.path.dirname(file) + os.sep for file in (os.path.dirname(__file__), trio.__file__))
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
            lines.append(f"{os.path.basename(file)}:{line} in {frame.f_code.co_qualname}")
            del lines[:-_LIMIT]
    return tuple(lines)
