"""The exit codes of the command line."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
NOBODY_READS: Final = 141
"""As a shell says it of a program whose reader has gone."""

TAUGHT: Final = """\
exit codes:
  0    done; of run: a clean stop, or the tree came to its own end
  1    it failed; of run: the tree gave up, or its stop was cut short
  2    bad arguments or bad settings; nothing was started
  130  Ctrl-C
  141  nobody reads the output any more
"""
