"""Find what a settings file names as "module:name": the only place where a name becomes code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Final

from ..errors import say
from ..options import Refused, shown
from ..registry import close_names

_FORM: Final = 'Write it as in "bank.app:tree".'


def find_named(reference: str, folder: Path) -> object:
    """Import the module of *reference* and return what it names; *folder* is looked into first.

    *folder* stays at the beginning of ``sys.path``: what is imported later is looked for there too.

    Raises:
        Refused: There is no such thing, or the module does not work; with the file that is to blame.
    """
    module_name, colon, name = reference.partition(":")
    parts = module_name.split(".")
    if not colon or not all(part.isidentifier() for part in parts) or not name.isidentifier():
        raise Refused(f"{shown(reference)} names nothing", _FORM)
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
        importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise Refused(*_no_module(module_name, error.name, folder)) from None
        raise Refused(*_broken(module_name, error)) from error
    except (Exception, SystemExit) as error:
        raise Refused(*_broken(module_name, error)) from error
    if not hasattr(module, name):
        public = [one for one in vars(module) if not one.startswith("_")]
        where = getattr(module, "__file__", None) or module_name
        raise Refused(f"there is no {name} in {where}", _closest(name, public, "Name one of its objects."))
    return getattr(module, name)


def _no_module(wanted: str, missing: str, folder: Path) -> tuple[str, str]:
    # Of a.b.c the missing part may be a.b: what lies beside it is what may have been meant.
    below = folder.joinpath(*missing.split(".")[:-1])
    files: list[str] = []
    if below.is_dir():
        with os.scandir(below) as entries:
            files = [
                one.name.removesuffix(".py") for one in entries if one.name.endswith(".py") or one.is_dir()
            ]
    parent, dot, last = missing.rpartition(".")
    close = close_names(last, sorted(files))
    meant = f"Did you mean {parent}{dot}{close[0]}?" if close else None
    near = meant or f"Is it installed, or does it lie in {folder.resolve()}?"
    return f"there is no module {missing}" + (f" (of {wanted})" if missing != wanted else ""), near


def _broken(module_name: str, error: BaseException) -> tuple[str, str]:
    return f"importing {module_name} failed: {say(error)}{where_raised(error)}", "Mend the module first."


def where_raised(error: BaseException) -> str:
    """Return " (file, line n)" of the place to look at, as far as it is known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if not one.filename.startswith("<") and one.filename != __file__ and "/importlib/" not in one.filename
    ]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _closest(name: str, names: list[str], otherwise: str) -> str:
    close = close_names(name, sorted(names))
    return f"Did you mean {close[0]}?" if close else otherwise
