"""How help is written: by hand, and broken between words where a terminal is narrow."""

from __future__ import annotations

import argparse

from .census._wrap import wrap


class Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions and examples, as far as they fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return wrap(super()._fill_text(text, width, indent), width)
