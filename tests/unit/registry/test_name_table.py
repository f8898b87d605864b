"""The table of names, compared with a plain dictionary."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from trio_smith.registry._name_table import NameTable

NAMES = st.sampled_from(["a", "b", "c"])
OWNERS = st.integers(1, 3)


class Machine(RuleBasedStateMachine):
    """Anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.table: NameTable[int] = NameTable()
        self.model: dict[str, int] = {}

    @rule(name=NAMES, owner=OWNERS)
    def claim(self, name: str, owner: int) -> None:
        """The first one has it."""
        assert self.table.claim(name, owner) == self.model.setdefault(name, owner)

    @rule(name=NAMES, owner=OWNERS)
    def release(self, name: str, owner: int) -> None:
        """Only its owner gives it up."""
        self.table.release(name, owner)
        if self.model.get(name) == owner:
            del self.model[name]

    @rule(owner=OWNERS)
    def forget(self, owner: int) -> None:
        """All of an owner's names go at once."""
        self.table.forget(owner)
        self.model = {name: other for name, other in self.model.items() if other != owner}

    @invariant()
    def both_agree(self) -> None:
        """From both sides, and in the order of claiming."""
        assert list(self.table.owners.items()) == list(self.model.items())
        for owner in range(1, 4):
            mine = tuple(name for name, other in self.model.items() if other == owner)
            assert self.table.names(owner) == mine

    @invariant()
    def nothing_is_kept_of_those_who_have_nothing(self) -> None:
        """A table that remembers everybody who ever had a name would grow for ever."""
        assert set(self.table._by_owner) == set(self.model.values())


TestNameTable = Machine.TestCase
TestNameTable.settings = settings(max_examples=100, stateful_step_count=30)
