"""The table of groups, compared with plain lists."""

from collections import Counter
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from trio_smith.registry._group_table import GroupTable

GROUPS = st.sampled_from(["a", "b"])
OWNERS = st.integers(1, 4)


class Machine(RuleBasedStateMachine):
    """Anything in any order. The model of a group is two lists: as they joined, and whose turn is next."""

    def __init__(self) -> None:
        super().__init__()
        self.table: GroupTable[int] = GroupTable()
        self.joined: dict[str, list[int]] = {"a": [], "b": []}
        self.turns: dict[str, list[int]] = {"a": [], "b": []}

    @rule(group=GROUPS, owner=OWNERS)
    def join(self, group: str, owner: int) -> None:
        """Last in both, unless it is a member."""
        self.table.join(group, owner)
        if owner not in self.joined[group]:
            self.joined[group].append(owner)
            self.turns[group].append(owner)

    @rule(group=GROUPS, owner=OWNERS)
    def leave(self, group: str, owner: int) -> None:
        """Out of both."""
        self.table.leave(group, owner)
        self._out(group, owner)

    @rule(owner=OWNERS)
    def forget(self, owner: int) -> None:
        """Out of all groups."""
        self.table.forget(owner)
        for group in self.joined:
            self._out(group, owner)

    def _out(self, group: str, owner: int) -> None:
        if owner in self.joined[group]:
            self.joined[group].remove(owner)
            self.turns[group].remove(owner)

    @rule(group=GROUPS)
    def take_a_turn(self, group: str) -> None:
        """The first goes to the end."""
        turns = self.turns[group]
        expected = turns.pop(0) if turns else None
        if expected is not None:
            turns.append(expected)
        assert self.table.next_one(group) == expected

    @rule(group=GROUPS, seed=st.integers(0, 5))
    def any_one(self, group: str, seed: int) -> None:
        """Some member, and no turn is taken by it."""
        found = self.table.any_one(group, Random(seed))
        assert found in self.joined[group] if self.joined[group] else found is None

    @invariant()
    def both_agree(self) -> None:
        """From all sides; a group without members is not there."""
        for group, members in self.joined.items():
            assert self.table.members(group) == tuple(members)
        assert set(self.table.names()) == {group for group, members in self.joined.items() if members}
        for owner in range(1, 5):
            assert set(self.table.groups(owner)) == {
                group for group, members in self.joined.items() if owner in members
            }

    @invariant()
    def nothing_is_kept_of_those_who_are_nowhere(self) -> None:
        """A table that remembers every member it ever had would grow for ever."""
        assert set(self.table._by_owner) == {owner for members in self.joined.values() for owner in members}


TestGroupTable = Machine.TestCase
TestGroupTable.settings = settings(max_examples=100, stateful_step_count=30)


def test_chance_treats_all_alike() -> None:
    """Of 3,000 picks each of three gets about a third."""
    table: GroupTable[str] = GroupTable()
    for owner in "abc":
        table.join("group", owner)
    random = Random(1)
    picks = Counter(table.any_one("group", random) for _ in range(3_000))
    assert all(900 < count < 1_100 for count in picks.values()), picks
