"""The options that several commands have: which settings."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..config import Source


def declare_settings(parser: argparse.ArgumentParser, *, needed: bool) -> None:
    """Give *parser* the settings file and ``--set``."""
    parser.add_argument(
        "file", metavar="FILE", nargs=None if needed else "?", help="the settings file, such as app.toml"
    )
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="one more setting, such as shutdown.drain=30s, above all files and the environment",
    )


def source_of(options: argparse.Namespace) -> Source:
    """Return from where the settings of this command come."""
    arguments = [("--set", text) for text in options.overrides]
    arguments += [
        (option, f"logging.{key}={value}")
        for option, key, value in (
            ("--log-format", "format", getattr(options, "log_format", None)),
            ("--log-level", "level", getattr(options, "log_level", None)),
        )
        if value is not None
    ]
    return Source(
        path=None if options.file is None else Path(options.file),
        arguments=tuple(arguments),
        environment=dict(os.environ),
    )
