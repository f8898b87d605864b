"""The end of a program that was told to stop at once and is still there, wherever it hangs."""

from __future__ import annotations

import _thread
import faulthandler
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from ._exits import FAILED

WITHIN: Final = 2.0
"""Seconds after which it is ended, with its stacks on the standard error."""
_TO_WRITE: Final = 0.3
"""Seconds more that it may take to write them: nobody may read the standard error."""


class LastResort:
    """Ends the process some time after `arm`, also if its loop has ended: Python waits for threads."""

    def __init__(self) -> None:
        self._armed = False

    def arm(self) -> None:
        """End the process in two seconds, even if its loop is blocked; once more puts nothing off.

        Made to be called in the handler of a signal: it takes no lock that what was interrupted may hold.
        """
        if self._armed:
            return
        self._armed = True
        stream = sys.__stderr__
        if stream is None:
            stream = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lives
        # Needs nothing of the interpreter, but waits for whoever reads; the thread is the other way round.
        faulthandler.dump_traceback_later(WITHIN, exit=True, file=stream)
        with suppress(RuntimeError):  # from Python 3.12 on there are no new threads at its very end
            _thread.start_new_thread(self._end, ())

    @staticmethod
    def _end() -> None:
        time.sleep(WITHIN + _TO_WRITE)
        os._exit(FAILED)
