"""Help that is set anew where a terminal is narrow."""

from trio_smith.cli._help import flow

TEXT = """\
Some words that make up a paragraph
of two lines.

examples:
  a command --with options   what it does, in
                             many words
  0  a short term

  plain line that is too long for a narrow terminal
"""


def test_what_fits_stays_as_it_is() -> None:
    """To the blank."""
    assert flow(TEXT, 80) == TEXT


def test_paragraphs_and_lists_are_set_for_a_narrow_terminal() -> None:
    """No word is lost, no line is too long, headings stay alone."""
    assert flow(TEXT, 30) == (
        "Some words that make up a\n"
        "paragraph of two lines.\n"
        "\n"
        "examples:\n"
        "  a command --with options\n"
        "      what it does, in many\n"
        "      words\n"
        "  0  a short term\n"
        "\n"
        "  plain line that is too long\n"
        "      for a narrow terminal"
    )
