"""The tree of patterns finds what a naive look at each pattern finds, and keeps nothing of what has gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from trio_smith.registry._topic_trie import TopicTrie

WORDS = st.sampled_from(["a", "b", "c"])
TOPICS = st.lists(WORDS, min_size=1, max_size=5).map(tuple)
PATTERNS = st.one_of(
    st.lists(WORDS | st.just("*"), min_size=1, max_size=5).map(tuple),
    st.lists(WORDS | st.just("*"), max_size=4).map(lambda words: (*words, ">")),
)


def matches(pattern: Sequence[str], topic: Sequence[str]) -> bool:
    """Tell it word by word, as the documentation says it."""
    if not pattern or not topic:
        return not pattern and not topic
    if pattern[0] == ">":
        return True
    return pattern[0] in ("*", topic[0]) and matches(pattern[1:], topic[1:])


@given(st.lists(PATTERNS, max_size=20), TOPICS)
@example([(">",), ("*",), ("a", ">"), ("a",)], ("a",))
def test_it_finds_what_a_naive_matcher_finds(patterns: list[tuple[str, ...]], topic: tuple[str, ...]) -> None:
    """Each entry once for each of its patterns that matches."""
    trie: TopicTrie[int] = TopicTrie()
    for number, pattern in enumerate(patterns):
        trie.add(pattern, number)
    expected = [number for number, pattern in enumerate(patterns) if matches(pattern, topic)]
    assert sorted(trie.match(topic)) == expected


class Machine(RuleBasedStateMachine):
    """Entries come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.trie: TopicTrie[int] = TopicTrie()
        self.model: set[tuple[tuple[str, ...], int]] = set()

    @rule(pattern=PATTERNS, entry=st.integers(1, 3))
    def add(self, pattern: tuple[str, ...], entry: int) -> None:
        """Twice is once."""
        self.trie.add(pattern, entry)
        self.model.add((pattern, entry))

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """One of those that are there."""
        if self.model:
            pattern, entry = data.draw(st.sampled_from(sorted(self.model)))
            self.trie.remove(pattern, entry)
            self.model.remove((pattern, entry))

    @rule(topic=TOPICS)
    def match(self, topic: tuple[str, ...]) -> None:
        """What is there and matches, no more."""
        expected = Counter(entry for pattern, entry in self.model if matches(pattern, topic))
        assert Counter(self.trie.match(topic)) == expected

    @invariant()
    def no_empty_branch_is_left(self) -> None:
        """Patterns that come and go for years leave nothing behind."""
        nodes = [self.trie._root]
        for node in nodes:
            assert all(not below.is_empty for below in node.below.values())
            nodes.extend(node.below.values())


TestTopicTrie = Machine.TestCase
TestTopicTrie.settings = settings(max_examples=100, stateful_step_count=30)


def test_to_remove_what_is_not_there_is_a_mistake() -> None:
    """Of ours: the table of subscriptions knows what is there."""
    trie: TopicTrie[int] = TopicTrie()
    trie.add(("a", "b"), 1)
    for pattern in (("a",), ("a", "b", "c"), ("a", ">"), ("x",)):
        with pytest.raises(KeyError):
            trie.remove(pattern, 1)
    with pytest.raises(KeyError):
        trie.remove(("a", "b"), 2)
    assert trie.match(("a", "b")) == [1]
