"""The reference of the error families says what the code does."""

from tests.docs.families_page import PAGE, page
from trio_smith.errors import ErrorFamily


def test_the_page_is_what_the_tables_say() -> None:
    """Write it anew with: python -m tests.docs.families_page."""
    assert PAGE.read_text("utf-8") == page()


def test_every_family_is_in_both_tables() -> None:
    """One that is missing would have to be guessed."""
    for family in ErrorFamily:
        assert page().count(f"\n| {family.value} |") == 2
