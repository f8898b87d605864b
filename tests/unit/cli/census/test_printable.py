"""A stranger's text must not command the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.cli.census._printable import printable


@given(st.text(alphabet=st.characters(codec=None)))
def test_the_result_is_printable(text: str) -> None:
    """Whatever the text: surrogates and control codes too."""
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("héllo wörld.py", "héllo wörld.py"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("bad\udcff", "bad\\udcff"),
        ("\u202egnp.py", "\\u202egnp.py"),
    ],
)
def test_only_what_is_harmful_is_escaped(text: str, shown: str) -> None:
    """Letters of all languages stay as they are."""
    assert printable(text) == shown
