"""A count that is kept in a store comes out as it went in, whatever its path is."""

from hypothesis import given
from hypothesis import strategies as st

from trio_smith.cli.census._count import FileCount, Function, Trouble
from trio_smith.cli.census._record import Stamp, decode, encode

numbers = st.integers(min_value=0, max_value=2**62)
# Also the halves of surrogate pairs that stand for bytes which are no text.
texts = st.text(st.characters(codec=None), max_size=20)
functions = st.builds(Function, path=texts, line=numbers, name=texts, lines=numbers)
counts = st.builds(
    FileCount,
    path=texts,
    lines=numbers,
    functions=numbers,
    async_functions=numbers,
    classes=numbers,
    longest=st.none() | functions,
    trouble=st.none() | st.sampled_from(Trouble),
    why=texts,
)


@given(count=counts, size=numbers, written=numbers)
def test_what_was_kept_is_what_was_counted(count: FileCount, size: int, written: int) -> None:
    """Nothing of it is lost, and a path with strange bytes is still that path."""
    stamp = Stamp(size=size, written_ns=written)
    assert decode(encode(count, stamp)) == (count, stamp)


@given(data=st.binary(max_size=50))
def test_what_somebody_else_wrote_is_counted_anew(data: bytes) -> None:
    """A resumed census must not end at what it cannot read."""
    assert decode(data) is None


def test_another_form_is_counted_anew() -> None:
    """A later version may write more; this one does not guess."""
    kept = encode(FileCount(path="a.py"), Stamp(size=1, written_ns=2))
    assert decode(kept.replace(b'"form": 1', b'"form": 2')) is None
    assert decode(kept.replace(b'"lines"', b'"linez"')) is None
