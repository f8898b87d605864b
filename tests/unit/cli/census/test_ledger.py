"""The ledger: to enter twice is to enter once."""

from hypothesis import given
from hypothesis import strategies as st

from trio_smith.cli.census._count import FileCount
from trio_smith.cli.census._ledger import Ledger
from trio_smith.cli.census._totals import total

counts = st.builds(FileCount, path=st.sampled_from("abcd"), lines=st.integers(0, 3))


@given(st.lists(counts))
def test_each_path_is_entered_once_and_the_first_count_stays(some: list[FileCount]) -> None:
    """Whatever comes again: the same result, or another after the file was changed."""
    ledger = Ledger()
    for count in some:
        ledger.enter(count)
    first: dict[str, FileCount] = {}
    for count in some:
        first.setdefault(count.path, count)
    assert ledger.entries == list(first.values())
    assert ledger.paths == set(first)
    assert ledger.totals == total(first.values())
    assert ledger.repeats == len(some) - len(first)
