"""What the runtime can be told: the sections of a settings file that are not another package's.

They stand here, and not with the runtime, because the runtime stands above.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, Final

import attrs

from ..ids import check_name
from ..options import Exclusive, Rule, Seconds, option

_DAY: Final = 86_400.0


class Level(Enum):
    """What is logged: this, and what is more severe."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Format(Enum):
    """How a log line is written."""

    TEXT = "text"
    JSON = "json"


class Stream(Enum):
    """A standard stream."""

    STDERR = "stderr"
    STDOUT = "stdout"


@attrs.frozen(kw_only=True)
class AppOptions:
    """Which application is run."""

    name: str = option("app", about="What log lines and lists call the program.")
    tree: str | None = option(
        None,
        about='The tree to run, as "module:name": a SupervisorSpec, or a function that returns one; it may '
        "take the settings. Modules are looked for beside the settings file first.",
        from_file=True,
    )
    options: str | None = option(
        None,
        about='The class of the application\'s own options, as "module:Class"; they stand in [options].',
        from_file=True,
    )
    start_timeout: Seconds = option(
        60.0, about="How long the tree may take to start.", at_least=0.001, at_most=_DAY
    )
    run_dir: str | None = option(
        None,
        about="Where the socket lies that trio-smith tree asks. Without it: $XDG_RUNTIME_DIR/trio-smith, or "
        "trio-smith-UID in the directory for temporary files.",
    )

    def __attrs_post_init__(self) -> None:
        check_name(self.name)


@attrs.frozen(kw_only=True)
class ShutdownOptions:
    """How long the phases of a stop may take, each by itself."""

    drain: Seconds = option(
        10.0,
        about="How long the running tree may go on with the messages that wait, before it is stopped.",
        at_least=0.0,
        at_most=_DAY,
        live=True,
    )
    tree: Seconds = option(
        15.0,
        about="How long the tree may take to stop in order; after that all of it is cancelled at once.",
        at_least=0.0,
        at_most=_DAY,
        live=True,
    )
    flush: Seconds = option(
        2.0, about="How long telemetry may take to be written out.", at_least=0.0, at_most=_DAY, live=True
    )


@attrs.frozen(kw_only=True)
class LoggingOptions:
    """What is logged, how and where."""

    RULES: ClassVar[tuple[Rule, ...]] = (Exclusive("stream", "file"),)

    level: Level = option(Level.INFO, about="The least severe records that are logged.", live=True)
    format: Format = option(
        Format.TEXT,
        about="Readable lines, or one JSON object a line; either way one event a line.",
        live=True,
    )
    stream: Stream | None = option(
        None, about="The standard stream to log to; stderr unless a file is given.", live=True
    )
    file: str | None = option(
        None,
        about="The file to append to; a reload opens it anew, as log rotation wants it. A relative path "
        "begins at the settings file.",
        live=True,
    )
