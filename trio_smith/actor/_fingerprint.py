"""A short name for a failure, so that the same failure is recognised again."""

from __future__ import annotations

import hashlib
import os.path

_FRAMES = 3


def fingerprint(error: BaseException) -> str:
    """Return 12 hexadecimal digits that depend on the type of *error* and its innermost frames.

    The text of the error does not count (it often holds the data), nor do line numbers of outer
    frames, nor where the files lie.
    """
    frames: list[str] = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{os.path.basename(code.co_filename)}:{code.co_qualname}:{traceback.tb_lineno}")
        del frames[:-_FRAMES]
        traceback = traceback.tb_next
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return hashlib.blake2b("|".join([name, *frames]).encode(), digest_size=6).hexdigest()
