"""``trio-smith run``: the tree that a settings file names, as a program."""

from __future__ import annotations

import argparse
import os
from typing import Final

import trio

from ..config import BadSettings, Settings, Stream
from ..errors import SmithError, say
from ..runtime import build_spec, load_application, open_runtime, run_dir_of
from ..supervision import SupervisorSpec
from ._exits import FAILED, TAUGHT
from ._last_resort import LastResort
from ._outside import after_the_runtime, before_the_runtime
from ._printing import say_problems, screen
from ._settings_options import declare_settings, source_of

HELP: Final = "run the tree that a settings file names"

_DESCRIPTION: Final = """\
Run the tree that a settings file names, until it comes to its end or a signal
stops it. The file says at least which tree:

  [app]
  tree = "bank.app:tree"     a SupervisorSpec in bank/app.py beside the file,
                             or a function that returns one

Nothing is started if anything is wrong with the settings.
"""
_EPILOG: Final = f"""\
signals:
  SIGTERM, SIGINT   stop in order: take no more work, handle what waits, stop
                    the tree; a second one stops it at once, within 2 s
  SIGHUP            read the settings again; bad ones change nothing
  SIGUSR1           log the live tree, with where each child waits

examples:
  trio-smith run app.toml
  trio-smith run app.toml --set shutdown.drain=30s --log-format json
  SMITH__LOGGING__LEVEL=debug trio-smith run app.toml

{TAUGHT}"""


def declare_run(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options of the command."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    declare_settings(parser, needed=True)
    parser.add_argument("--log-format", metavar="FORMAT", help="text or json: logging.format")
    parser.add_argument("--log-level", metavar="LEVEL", help="debug, info, warning or error: logging.level")


def run_run(options: argparse.Namespace) -> int:
    """Run the application; return the exit code.

    The process is expected to end then: the signal handlers are left as they are right for that.
    """
    before_the_runtime()
    last_resort = LastResort()
    try:
        application = load_application(source_of(options))
        spec = build_spec(application.tree, application.settings)
        return trio.run(_live, spec, application.settings, last_resort)
    except BadSettings as error:
        return say_problems("run", error)


async def _live(spec: SupervisorSpec, settings: Settings, last_resort: LastResort) -> int:
    runtime = None
    try:
        async with open_runtime(
            settings,
            tree=spec,
            run_dir=run_dir_of(settings.app.run_dir, os.environ),
            on_hurry=last_resort.arm,
        ) as runtime:
            pass  # until the tree has ended, or a signal has stopped it
    except BadSettings:  # the log file cannot be opened
        raise
    except Exception as error:  # noqa: BLE001 - whatever made the tree fail
        if settings.logging.file is not None or settings.logging.stream is Stream.STDOUT:
            # On the standard error nobody has read it yet.
            screen().say(f"trio-smith run: {error if isinstance(error, SmithError) else say(error)}")
        return FAILED
    finally:
        after_the_runtime(last_resort.arm)
    return runtime.exit_code
