"""The reference of the settings says what the program does."""

from tests.docs.settings_page import PAGE, page
from trio_smith.config import SECTIONS
from trio_smith.options import options_of


def test_the_page_is_what_the_classes_say() -> None:
    """Write it anew with: python -m tests.docs.settings_page."""
    assert PAGE.read_text("utf-8") == page()


def test_every_key_is_there_with_a_sentence() -> None:
    """One that nobody explains, nobody dares to set."""
    for owner in SECTIONS.values():
        for option in options_of(owner):
            assert option.facts.about.endswith("."), option.name
            assert f"| `{option.name}` |" in page()
