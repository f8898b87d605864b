"""The proof: it holds for equal counts, and for nothing else."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.cli.census._count import FileCount
from trio_smith.cli.census._proof import Claim, Evidence, prove
from trio_smith.cli.census._totals import total

PLAIN = [FileCount(path=path, lines=number) for number, path in enumerate("abcdefgh")]


def evidence(entries: list[FileCount] = PLAIN, **others: object) -> Evidence:
    """Return evidence of a good run, but for what is given."""
    facts = {"totals": total(entries), "planned": 3, "crashes": 3, "restarts": 3, "strange": ()}
    return Evidence(plain=PLAIN, entries=entries, **{**facts, **others})


def broken(given: Evidence) -> list[int]:
    """Return which claims do not hold."""
    return [number for number, claim in enumerate(prove(given)) if not claim.holds]


@given(st.permutations(PLAIN))
def test_equal_counts_are_proven_in_any_order(entries: list[FileCount]) -> None:
    """The ledger is filled in the order in which the parsers finish."""
    assert broken(evidence(entries)) == []


@given(st.sampled_from(PLAIN))
def test_a_lost_file_is_noticed(lost: FileCount) -> None:
    """Also if the sums are those of all files."""
    given = evidence([count for count in PLAIN if count != lost], totals=total(PLAIN))
    assert broken(given) == [0]
    assert prove(given)[0].against == (lost.path,)


@given(st.sampled_from([*PLAIN, FileCount(path="foreign")]))
def test_a_file_too_many_is_noticed(extra: FileCount) -> None:
    """Entered twice, or never found by the plain count; also if the sums are right."""
    assert broken(evidence([*PLAIN, extra], totals=total(PLAIN))) == [1]


@given(st.sampled_from(range(len(PLAIN))))
def test_another_number_is_noticed(index: int) -> None:
    """Of the same file, even where the sums agree."""
    entries = list(PLAIN)
    entries[index] = attrs.evolve(entries[index], functions=1)
    assert broken(evidence(entries, totals=total(PLAIN))) == [2]


def test_wrong_sums_are_noticed() -> None:
    """The ledger adds up as it goes, so a double addition shows here alone."""
    given = evidence(totals=attrs.evolve(total(PLAIN), lines=0))
    assert broken(given) == [3]
    assert prove(given)[3].against == ("lines: 0 entered, 28 counted plainly",)


@pytest.mark.parametrize("fact", ["planned", "crashes", "restarts"])
def test_a_crash_or_restart_too_many_is_noticed(fact: str) -> None:
    """All three numbers must be one."""
    assert broken(evidence(**{fact: 4})) == [4]


def test_a_strange_failure_is_noticed() -> None:
    """Even if the numbers happen to agree."""
    given = evidence(strange=["parser-1 crashed: ValueError: x"])
    assert prove(given)[4].against == ("parser-1 crashed: ValueError: x",)


def test_only_some_of_many_examples_are_shown() -> None:
    """A census of nothing would otherwise list everything."""
    assert prove(evidence([]))[0].against == ("a", "b", "c", "d", "e", "and 3 more")


def test_a_claim_without_objections_holds() -> None:
    """There is no third state."""
    assert Claim(text="x").holds
    assert not Claim(text="x", against=("y",)).holds
