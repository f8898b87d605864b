"""The grammar of topics refuses what it must, and says why."""

import pytest

from trio_smith.registry import InvalidTopic
from trio_smith.registry._topic import LONGEST_TOPIC, MOST_WORDS, words_of_pattern, words_of_topic


@pytest.mark.parametrize("topic", ["orders", "orders.eu", "orders.eu.new-1", "größe.10%", "a.b/c"])
def test_words_are_joined_by_dots(topic: str) -> None:
    """A topic is a pattern too: of itself."""
    assert words_of_topic(topic) == words_of_pattern(topic) == topic.split(".")


@pytest.mark.parametrize("pattern", ["*", ">", "*.eu", "orders.*.new", "orders.>", "*.*.>"])
def test_wildcards_are_for_patterns_alone(pattern: str) -> None:
    """A message is published to one topic."""
    assert words_of_pattern(pattern) == pattern.split(".")
    with pytest.raises(InvalidTopic, match="wildcards are for those who subscribe"):
        words_of_topic(pattern)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (".", "empty"),
        ("orders..new", "empty"),
        ("orders.", "empty"),
        ("or ders", "blank"),
        ("orders.\n", "blank"),
        ("orders\x00", "does not print"),
        (".".join("a" * (MOST_WORDS + 1)), "17 words, 16 may be"),
        ("a" * (LONGEST_TOPIC + 1), "257 characters, 256 may be"),
    ],
)
def test_what_is_no_topic_is_refused_with_the_reason(text: str, reason: str) -> None:
    """By both; the bounds themselves are fine."""
    for words_of in (words_of_topic, words_of_pattern):
        with pytest.raises(InvalidTopic, match=reason) as caught:
            words_of(text)
        assert caught.value.topic == text
    assert len(words_of_topic(".".join("a" * MOST_WORDS))) == MOST_WORDS
    assert words_of_topic("a" * LONGEST_TOPIC)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [(">.eu", "not its last word"), ("a.>.>", "not its last word"), ("or*", "wildcard in it")],
)
def test_a_wildcard_stands_alone_and_the_rest_at_the_end(pattern: str, reason: str) -> None:
    """Half a word cannot be matched, and nothing comes after the rest."""
    with pytest.raises(InvalidTopic, match=reason):
        words_of_pattern(pattern)


def test_wildcards_count_as_words() -> None:
    """The bound is on what a look-up may cost."""
    with pytest.raises(InvalidTopic, match="17 words"):
        words_of_pattern(".".join("*" * (MOST_WORDS + 1)))


def test_an_enormous_text_is_not_shown_whole() -> None:
    """It may come from anywhere, and the error goes into a log."""
    with pytest.raises(InvalidTopic) as caught:
        words_of_topic("a" * 1_000_000)
    assert len(str(caught.value)) < 1_000
