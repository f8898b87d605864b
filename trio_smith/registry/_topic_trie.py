"""Find the patterns that match a topic, without looking at those that do not."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from ._topic import ONE, REST

T = TypeVar("T", bound=Hashable)


class _Node(Generic[T]):
    __slots__ = ("below", "here", "rest")

    def __init__(self) -> None:
        self.below: dict[str, _Node[T]] = {}
        self.here: dict[T, None] = {}  # whose patterns end here
        self.rest: dict[T, None] = {}  # whose patterns end in ">" below here

    @property
    def is_empty(self) -> bool:
        return not (self.below or self.here or self.rest)


class TopicTrie(Generic[T]):
    """Entries under patterns, as a tree of words.

    A look-up costs what the topic's words and the entries found cost, however many other patterns there are:
    at each word it follows that word and "*", so of one topic no more than 2 to the number of its words ways.
    """

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, words: Sequence[str], entry: T) -> None:
        """Put *entry* under the pattern of *words*; harmless when it is there."""
        node, ends_in_rest = self._root, words[-1] == REST
        for word in words[:-1] if ends_in_rest else words:
            following = node.below.get(word)
            if following is None:
                following = node.below[word] = _Node()
            node = following
        (node.rest if ends_in_rest else node.here)[entry] = None

    def remove(self, words: Sequence[str], entry: T) -> None:
        """Take *entry* from under the pattern of *words*, and with it what is empty then.

        Raises:
            KeyError: It is not there.
        """
        ends_in_rest = words[-1] == REST
        way = list(words[:-1] if ends_in_rest else words)
        nodes = [self._root]
        for word in way:
            nodes.append(nodes[-1].below[word])
        del (nodes[-1].rest if ends_in_rest else nodes[-1].here)[entry]
        while way and nodes.pop().is_empty:
            del nodes[-1].below[way.pop()]

    def match(self, words: Sequence[str]) -> list[T]:
        """Return the entries whose patterns match the topic of *words*, one time for each pattern."""
        found: list[T] = []
        level = [self._root]
        for word in words:
            following: list[_Node[T]] = []
            for node in level:
                if node.rest:
                    found.extend(node.rest)
                below = node.below
                if below:
                    same, one = below.get(word), below.get(ONE)
                    if same is not None:
                        following.append(same)
                    if one is not None:
                        following.append(one)
            level = following
        for node in level:
            found.extend(node.here)
        return found
