"""The README's comparison and figures come from files, not from memory."""

import re

from tests.docs.readme_tables import README, readme


def test_both_tables_are_what_the_files_say() -> None:
    """Write them anew with: python -m tests.docs.readme_tables."""
    text = README.read_text("utf-8")
    assert readme(text) == text


def test_nothing_else_in_the_readme_is_a_measured_figure() -> None:
    """A rate or a ratio that somebody typed in is one that nobody renews."""
    text = re.sub(r"<!-- figures: .*?<!-- end of figures -->", "", README.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"\d[\d.,]*\s?(?:[kM]?\s?/s|times|ms|us|µs|x|%|seconds?)\b", text) == []
