"""``trio-smith config``: show and check settings."""

from __future__ import annotations

import argparse
from typing import Final

from ..config import BadSettings, Settings, read_layers, settings_of, show_settings
from ..runtime import build_spec, load_application
from ._help import Help
from ._printing import print_result, say_problems
from ._settings_options import declare_settings, source_of

HELP: Final = "show the settings that hold, or check them"

_DESCRIPTION: Final = """\
Settings come in layers; a later one wins:

  defaults
  FILE              app.toml, which names the application
  local file        app.local.toml beside it, for this machine alone
  environment       SMITH__SECTION__KEY
  command line      --set section.key=value
"""
_EPILOG: Final = """\
examples:
  trio-smith config check app.toml
  trio-smith config show app.toml --origin
  trio-smith config show              what holds without any file

exit codes:
  0  the settings are good
  2  they are not
"""
_SHOW: Final = """\
Print every setting as it would stand in a file, secrets masked.
"""
_CHECK: Final = """\
Look at every setting of every layer, import what app.tree and app.options
name, and say all that is wrong, each with where it was written. Nothing is
started.
"""


def declare_config(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the two commands below this one."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", title="commands", required=True)
    show = commands.add_parser(
        "show", help="print every setting", description=_SHOW, epilog=_EPILOG, formatter_class=Help
    )
    declare_settings(show, needed=False)
    show.add_argument("--origin", action="store_true", help="behind each, where it came from")
    show.set_defaults(run=_show, parser=show)
    check = commands.add_parser(
        "check", help="say all that is wrong", description=_CHECK, epilog=_EPILOG, formatter_class=Help
    )
    declare_settings(check, needed=True)
    check.set_defaults(run=_check, parser=check)


def _show(options: argparse.Namespace) -> int:
    try:
        settings = _settings(options)
    except BadSettings as error:
        return say_problems("config show", error)
    return print_result("config show", show_settings(settings, origin=options.origin))


def _check(options: argparse.Namespace) -> int:
    try:
        application = load_application(source_of(options))
        build_spec(application.tree, application.settings)
    except BadSettings as error:
        return say_problems("config check", error)
    return print_result("config check", "the settings are good")


def _settings(options: argparse.Namespace) -> Settings:
    source = source_of(options)
    if source.path is not None:
        return load_application(source).settings
    found = read_layers(source).structure(None)
    if found.problems:
        raise BadSettings(problems=found.problems)
    return settings_of(found, source)
