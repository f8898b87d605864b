"""Where a prefix ends."""

from __future__ import annotations

import sys

from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.store.words import after_prefix

TEXT = st.text(
    st.sampled_from("ab\ud7ff\ue000\uffff\U0010fffe" + chr(sys.maxunicode))
    | st.characters(exclude_categories=["Cs"]),
    max_size=4,
)


@given(TEXT, TEXT)
@example("\ud7ff", "\ue000")
@example("a" + chr(sys.maxunicode), "b")
@example(chr(sys.maxunicode), "")
def test_between_a_prefix_and_its_end_are_those_that_begin_with_it(prefix: str, text: str) -> None:
    """A scan by two bounds must find what a scan by prefix would, and no more."""
    end = after_prefix(prefix)
    inside = text >= prefix and (end is None or text < end)
    assert inside == text.startswith(prefix)
    assert (prefix + text).startswith(prefix)
    assert prefix + text >= prefix
    assert end is None or prefix + text < end


@given(TEXT)
def test_the_end_of_a_prefix_is_text(prefix: str) -> None:
    """Half of a surrogate pair could be sent to no database."""
    end = after_prefix(prefix)
    if end is None:
        assert set(prefix) <= {chr(sys.maxunicode)}
    else:
        end.encode()


@given(TEXT, TEXT)
def test_texts_are_ordered_as_their_bytes_are(left: str, right: str) -> None:
    """Python compares code points, databases bytes."""
    assert (left < right) == (left.encode() < right.encode())
