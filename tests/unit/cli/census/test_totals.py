"""Adding counts up."""

import hypothesis.strategies as st
from hypothesis import given

from trio_smith.cli.census._count import FileCount, Function, Trouble
from trio_smith.cli.census._totals import Totals, total

numbers = st.integers(0, 5)
counts = st.builds(
    FileCount,
    path=st.sampled_from("abc"),
    lines=numbers,
    functions=numbers,
    async_functions=numbers,
    classes=numbers,
    longest=st.none()
    | st.builds(
        Function, path=st.sampled_from("abc"), line=numbers, name=st.sampled_from("fg"), lines=numbers
    ),
    trouble=st.sampled_from([None, *Trouble]),
)


@given(st.lists(counts), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(some: list[FileCount], random: object) -> None:
    """Parsers finish in any order, and the plain count in another."""
    shuffled = list(some)
    random.shuffle(shuffled)
    assert total(shuffled) == total(some)


@given(st.lists(counts))
def test_each_number_is_its_own_sum(some: list[FileCount]) -> None:
    """No number may slip into another's column."""
    sums = total(some)
    assert sums.files == len(some)
    for name in ("lines", "functions", "async_functions", "classes"):
        assert getattr(sums, name) == sum(getattr(count, name) for count in some)
    assert sums.syntax_errors == sum(count.trouble is Trouble.NOT_PYTHON for count in some)
    assert sums.unreadable == sum(count.trouble is Trouble.UNREADABLE for count in some)


def test_nothing_adds_up_to_nothing() -> None:
    """The sums begin at zero."""
    assert total([]) == Totals()
