"""Whoever changes a record breaks the chain."""

from __future__ import annotations

from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store.words import NO_HASH, Anchor, AuditRecord, Broken, broken_at, hash_of

START = Anchor(0, NO_HASH)


def chain_of(count: int, *, name: str = "c") -> tuple[AuditRecord, ...]:
    """Return a chain as a store would have written it."""
    records: list[AuditRecord] = []
    before = NO_HASH
    for position in range(1, count + 1):
        at, data = position / 2, b"record %d" % position
        before = hash_of(before, chain=name, position=position, at=at, data=data)
        records.append(AuditRecord(position=position, at=at, data=data, hash=before))
    return tuple(records)


def test_a_chain_as_it_was_written_is_whole() -> None:
    """Also in parts, each from the end of the one before."""
    records = chain_of(10)
    assert broken_at(records, chain="c", after=START) is None
    assert broken_at(records[4:], chain="c", after=Anchor(4, records[3].hash)) is None
    assert broken_at((), chain="c", after=START) is None


def test_a_chain_is_whole_under_its_own_name_alone() -> None:
    """Records cannot be moved to another chain."""
    assert broken_at(chain_of(3), chain="d", after=START) == Broken(
        position=1, why="its hash does not follow from its content"
    )


@given(
    st.tuples(st.binary(max_size=3), st.text("ab", min_size=1, max_size=3), st.integers(0, 3)),
    st.tuples(st.binary(max_size=3), st.text("ab", min_size=1, max_size=3), st.integers(0, 3)),
)
def test_different_records_have_different_hashes(
    left: tuple[bytes, str, int], right: tuple[bytes, str, int]
) -> None:
    """No byte can be moved from one field to the next."""

    def hashed(of: tuple[bytes, str, int]) -> bytes:
        data, chain, position = of
        return hash_of(NO_HASH, chain=chain, position=position, at=1.0, data=data)

    assert (hashed(left) == hashed(right)) == (left == right)


def test_every_change_to_a_chain_of_many_records_is_found() -> None:
    """A flipped bit, a record dropped, two swapped, one put in, a time moved: at the first wrong place."""
    records = chain_of(500)
    random = Random(20)
    for _ in range(300):
        at = random.randrange(1, len(records) - 1)
        one = records[at]
        bit = bytes([one.data[0] ^ (1 << random.randrange(8))]) + one.data[1:]
        turned = bytes([one.hash[0] ^ (1 << random.randrange(8))]) + one.hash[1:]
        changed = {
            "flip": (*records[:at], attrs.evolve(one, data=bit), *records[at + 1 :]),
            "hash": (*records[:at], attrs.evolve(one, hash=turned), *records[at + 1 :]),
            "time": (*records[:at], attrs.evolve(one, at=one.at + 0.001), *records[at + 1 :]),
            "drop": (*records[:at], *records[at + 1 :]),
            "swap": (*records[:at], records[at + 1], one, *records[at + 2 :]),
            "insert": (*records[:at], attrs.evolve(one, data=b"x"), *records[at:]),
        }
        for how, tampered in changed.items():
            broken = broken_at(tampered, chain="c", after=START)
            assert broken is not None, how
            assert broken.position == at + 1, how
