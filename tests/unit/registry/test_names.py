"""Names are unique, and nobody can take one that is not theirs."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from trio_smith.registry import NameNotFound, Names, NameTaken


class Owner:
    """Equal to every other one, so that only identity can tell them apart."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Owner)

    def __hash__(self) -> int:
        return 0


def test_a_registered_name_is_found() -> None:
    """By both questions."""
    names: Names[str] = Names()
    names.register("desk/alice", "ref")
    assert names.find("desk/alice") == "ref"
    assert names.get("desk/alice") == "ref"
    assert "desk/alice" in names


def test_a_name_has_one_owner() -> None:
    """An equal object is another one; registering the same once more changes nothing."""
    names: Names[Owner] = Names()
    first = Owner()
    names.register("desk", first)
    names.register("desk", first)
    with pytest.raises(NameTaken) as caught:
        names.register("desk", Owner())
    assert caught.value.path == "desk"
    assert names.find("desk") is first
    assert len(names) == 1


def test_only_the_owner_frees_a_name() -> None:
    """One that ends late must not take the name from its successor."""
    names: Names[Owner] = Names()
    first, second = Owner(), Owner()
    names.register("desk", first)
    names.unregister("desk", first)
    names.register("desk", second)
    names.unregister("desk", first)
    assert names.find("desk") is second


def test_freeing_a_name_that_nobody_has_is_harmless() -> None:
    """Clean-up may run twice. None is a value like any other."""
    names: Names[None] = Names()
    names.unregister("desk", None)
    assert len(names) == 0


def test_a_missing_name_comes_with_names_that_look_like_it() -> None:
    """The error helps; the other question answers None."""
    names: Names[int] = Names()
    for number, path in enumerate(["desk/alice", "desk/bob", "ledger"]):
        names.register(path, number)
    with pytest.raises(NameNotFound) as caught:
        names.find("desk/alcie")
    assert caught.value.path == "desk/alcie"
    assert caught.value.close == ("desk/alice",)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert names.get("desk/alcie") is None


def test_names_come_sorted_and_may_change_meanwhile() -> None:
    """A tree is printed in the same order each time; stopping what one iterates over is common."""
    names: Names[str] = Names()
    for path in ("desk/bob", "desk/alice", "ledger", "desk"):
        names.register(path, path)
    seen: list[str] = []
    for path in names:
        seen.append(path)
        names.unregister("ledger", "ledger")
    assert seen == ["desk", "desk/alice", "desk/bob", "ledger"]
    assert list(names) == seen[:-1]


class NamesMachine(RuleBasedStateMachine):
    """Names against a list of pairs: any order of registering, freeing and asking."""

    owners: Bundle[Owner] = Bundle("owners")
    paths = st.sampled_from(["a", "b", "a/b"])

    def __init__(self) -> None:
        super().__init__()
        self.names: Names[Owner] = Names()
        self.pairs: list[tuple[str, Owner]] = []

    def owner_of(self, path: str) -> Owner | None:
        """Answer from the model."""
        return next((owner for name, owner in self.pairs if name == path), None)

    @rule(target=owners)
    def make(self) -> Owner:
        """Make one more that looks like all the others."""
        return Owner()

    @rule(path=paths, owner=owners)
    def register(self, path: str, owner: Owner) -> None:
        """Succeeds exactly when the name is free or its own."""
        present = self.owner_of(path)
        if present is None:
            self.names.register(path, owner)
            self.pairs.append((path, owner))
        elif present is owner:
            self.names.register(path, owner)
        else:
            with pytest.raises(NameTaken):
                self.names.register(path, owner)

    @rule(path=paths, owner=owners)
    def unregister(self, path: str, owner: Owner) -> None:
        """Frees the pair if there is one."""
        self.names.unregister(path, owner)
        self.pairs = [(name, other) for name, other in self.pairs if name != path or other is not owner]

    @rule(path=paths)
    def ask(self, path: str) -> None:
        """Both questions agree with the model."""
        present = self.owner_of(path)
        assert self.names.get(path) is present
        assert (path in self.names) == (present is not None)
        if present is None:
            with pytest.raises(NameNotFound):
                self.names.find(path)
        else:
            assert self.names.find(path) is present

    @invariant()
    def the_list_is_the_models(self) -> None:
        """Length and sorted order."""
        assert list(self.names) == sorted(name for name, _ in self.pairs)
        assert len(self.names) == len(self.pairs)


TestNamesMachine = NamesMachine.TestCase
TestNamesMachine.settings = settings(max_examples=50, stateful_step_count=30)
