"""The grammar of topics and of their patterns, which is that of NATS subjects.

A topic is words joined by dots: "orders.eu.new". In a pattern "*" stands for any one word, and ">" as the
last word for any one or more. A word is printable and has no blank, no dot and neither sign.
"""

from __future__ import annotations

import re
from typing import Final

from ._errors import InvalidTopic

LONGEST_TOPIC: Final = 256
"""The most characters of a topic or a pattern."""

MOST_WORDS: Final = 16
"""The most words of a topic or a pattern. It bounds what wildcards can make a look-up cost."""

ONE: Final = "*"
REST: Final = ">"

_WORD: Final = re.compile(r"[^\s.*>]+")
_TOPIC: Final = re.compile(rf"{_WORD.pattern}(?:\.{_WORD.pattern}){{0,{MOST_WORDS - 1}}}")


def words_of_topic(topic: str) -> list[str]:
    """Return the words of *topic*, which may have no wildcards.

    Raises:
        InvalidTopic: It breaks a rule of the grammar, which the error names.
    """
    words = topic.split(".")
    # One look at the whole, as this is done for each message; which rule is broken is found out afterwards.
    if len(topic) > LONGEST_TOPIC or _TOPIC.fullmatch(topic) is None or not topic.isprintable():
        if ONE in topic or REST in topic:
            raise InvalidTopic(topic=topic, reason="wildcards are for those who subscribe")
        _check(topic, words)
    return words


def words_of_pattern(pattern: str) -> list[str]:
    """Return the words of *pattern*, wildcards included.

    Raises:
        InvalidTopic: It breaks a rule of the grammar, which the error names.
    """
    words = pattern.split(".")
    if REST in words[:-1]:
        raise InvalidTopic(topic=pattern, reason="'>' is not its last word")
    rest = words[:-1] if words[-1] == REST else words
    _check(pattern, [word for word in rest if word != ONE], all_words=len(words))
    return words


def _check(topic: str, words: list[str], *, all_words: int | None = None) -> None:
    if len(topic) > LONGEST_TOPIC:
        raise InvalidTopic(topic=topic, reason=f"it has {len(topic)} characters, {LONGEST_TOPIC} may be")
    count = len(words) if all_words is None else all_words
    if count > MOST_WORDS:
        raise InvalidTopic(topic=topic, reason=f"it has {count} words, {MOST_WORDS} may be")
    for word in words:
        if not word:
            raise InvalidTopic(topic=topic, reason="one of its words is empty")
        if _WORD.fullmatch(word) is None:
            raise InvalidTopic(topic=topic, reason=f"the word {word!r} has a blank or a wildcard in it")
        if not word.isprintable():
            raise InvalidTopic(topic=topic, reason=f"the word {word!r} has a character that does not print")
