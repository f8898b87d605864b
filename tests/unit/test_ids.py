"""Ids and names: what prints can be read back, and what cannot be printed safely is refused."""

import copy
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.errors import SmithError
from trio_smith.ids import (
    LARGEST_NUMBER,
    LONGEST_NAME,
    ActorPath,
    IdSource,
    InvalidId,
    InvalidName,
    MessageId,
    check_name,
    process_prefix,
)

prefixes = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", fullmatch=True)
message_ids = st.builds(MessageId, prefix=prefixes, number=st.integers(1, LARGEST_NUMBER))


def is_name(text: str) -> bool:
    """Say the rules again in other words: the model that `check_name` is compared with."""
    return (
        1 <= len(text) <= LONGEST_NAME
        and all(letter.isprintable() and letter != "/" for letter in text)
        and not text.startswith(" ")
        and not text.endswith(" ")
    )


names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/"), min_size=1, max_size=20)
paths = st.lists(names, max_size=4).map(lambda parts: ActorPath(tuple(parts)))


@given(message_ids)
@example(MessageId(prefix="a", number=2**63 - 1))
def test_a_message_id_is_read_back_as_it_was_printed(message_id: MessageId) -> None:
    """Ids travel as text through logs, wires and databases."""
    assert MessageId.parse(str(message_id)) == message_id


@given(st.one_of(st.text(), st.from_regex(r"m-[a-z0-9-]{1,6}-[0-9]{1,3}", fullmatch=True)))
@example("m-a-1-2")
@example("m-a-01")
def test_a_message_id_has_one_spelling(text: str) -> None:
    """Whatever parses prints as the same text, so comparing texts and comparing ids is the same."""
    try:
        message_id = MessageId.parse(text)
    except InvalidId:
        return
    assert str(message_id) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "m-",
        "m-a",
        "m-a-",
        "m-a-0",
        "m-a-01",
        "m-a--1",
        "m--1",
        "m-a-b",
        "x-a-1",
        "m-a-1\n",
        " m-a-1",
        "m-a-٣",
        "m-ä-1",
        "m-a/b-1",
        f"m-a-{2**63}",
        "m-a-" + "9" * 10_000,
        f"m-{'a' * 65}-1",
    ],
)
def test_a_text_that_is_no_message_id_is_refused(text: str) -> None:
    """One error for all of them, for those who catch ours and for those who catch ValueError."""
    with pytest.raises(InvalidId) as caught:
        MessageId.parse(text)
    assert isinstance(caught.value, SmithError)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 500


def test_the_error_says_what_was_read_and_how_it_should_look() -> None:
    """What, why and how to mend it, and the facts as fields."""
    with pytest.raises(InvalidId) as caught:
        MessageId.parse("message 7")
    assert str(caught.value) == (
        "cannot read 'message 7' as a message id: it is not of the form m-<prefix>-<number>. "
        "Pass the text just as str() of the id printed it."
    )
    assert (caught.value.kind, caught.value.text) == ("a message id", "message 7")
    assert str(copy.copy(caught.value)) == str(caught.value)


@pytest.mark.parametrize("number", [0, -1, 2**63])
def test_a_number_out_of_range_is_refused_at_construction(number: int) -> None:
    """Such an id would print as a text that does not parse."""
    with pytest.raises(InvalidId, match="numbers run from 1"):
        MessageId(prefix="a", number=number)


@pytest.mark.parametrize("prefix", ["", "-a", "a-", ".", "a b", "a/b", "ä", "a\n", "a" * 65])
def test_a_source_refuses_a_prefix_that_would_not_print_cleanly(prefix: str) -> None:
    """At the door, not at the first message."""
    with pytest.raises(InvalidId, match="the prefix of message ids"):
        IdSource(prefix)


def test_a_source_counts_from_one() -> None:
    """Ids are counted, not drawn: two runs with one seed give the same ids."""
    source = IdSource("k7q2")
    assert [str(source.next()) for _ in range(3)] == ["m-k7q2-1", "m-k7q2-2", "m-k7q2-3"]


@given(prefixes, prefixes)
@example("a", "a-1")
@example("a-1", "a")
def test_sources_with_different_prefixes_never_give_the_same_text(left: str, right: str) -> None:
    """A prefix may contain the separator, and ids still cannot be confused."""
    one, other = IdSource(left), IdSource(right)
    texts = {str(one.next()) for _ in range(12)} & {str(other.next()) for _ in range(12)}
    assert bool(texts) == (left == right)


@given(st.integers(), st.integers(min_value=0, max_value=2**64))
def test_a_process_prefix_is_eight_characters_that_an_id_may_begin_with(seed: int, pid: int) -> None:
    """Whatever the seed and the pid, also pids larger than today's."""
    prefix = process_prefix(Random(seed), pid)
    assert len(prefix) == 8
    assert set(prefix) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert str(IdSource(prefix).next()) == f"m-{prefix}-1"


@given(st.integers(), st.sets(st.integers(0, 2**40 - 1), min_size=2, max_size=5))
def test_forked_processes_with_one_seed_get_different_prefixes(seed: int, pids: set[int]) -> None:
    """A fork copies the random generator's state; only the pid tells parent and child apart."""
    assert len({process_prefix(Random(seed), pid) for pid in pids}) == len(pids)


def test_process_prefixes_of_one_pid_differ_by_chance() -> None:
    """In containers every process has pid 1."""
    assert len({process_prefix(Random(seed), 1) for seed in range(1_000)}) == 1_000


@given(st.one_of(names, st.text(max_size=5), st.text("ab /\n\x00\u2028\u200f\u00a0", max_size=4)))
@example("a" * LONGEST_NAME)
@example("a" * (LONGEST_NAME + 1))
@example("two words")
def test_a_name_is_checked_by_the_rules(text: str) -> None:
    """A name is returned unchanged or refused; nothing is mended in silence."""
    if is_name(text):
        assert check_name(text) == text
    else:
        with pytest.raises(InvalidName) as caught:
            check_name(text)
        assert caught.value.name == text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "it is empty"),
        ("a" * 129, "it has 129 characters"),
        ("a/b", "it contains '/'"),
        ("a\tb", "does not print"),
        ("a\x1b[31m", "does not print"),
        ("\ud800", "does not print"),
        (" a", "begins or ends with a blank"),
        ("a ", "begins or ends with a blank"),
    ],
)
def test_the_error_says_which_rule_a_name_breaks(name: str, reason: str) -> None:
    """What, why and how to mend it; the text is shown escaped."""
    with pytest.raises(InvalidName, match=reason) as caught:
        check_name(name)
    assert isinstance(caught.value, ValueError)
    assert caught.value.reason in str(caught.value)
    assert str(caught.value).endswith(InvalidName.fix)
    assert str(caught.value).isprintable()


def test_the_error_of_a_huge_name_is_not_huge() -> None:
    """Names come from outside, too; an error goes into a log."""
    with pytest.raises(InvalidName) as caught:
        check_name("x" * 1_000_000)
    assert len(str(caught.value)) < 500
    assert len(caught.value.name) == 1_000_000


@given(paths)
def test_a_path_is_read_back_as_it_was_printed(path: ActorPath) -> None:
    """Also the path of the root, which prints as the empty text."""
    assert ActorPath.parse(str(path)) == path


@given(paths, names)
def test_a_childs_path_knows_its_name_and_its_parent(path: ActorPath, name: str) -> None:
    """Going down and up again leads back."""
    child = path / name
    assert child.parts == (*path.parts, name)
    assert child.name == name
    assert child.parent == path
    assert len({child, path}) == 2


def test_a_path_prints_with_slashes() -> None:
    """The form that people type."""
    assert str(ActorPath.parse("desk/alice")) == "desk/alice"
    assert ActorPath.parse("desk/alice").parts == ("desk", "alice")


def test_the_root_has_no_name_and_no_parent() -> None:
    """The walk upwards ends there."""
    assert ActorPath().name == ""
    assert ActorPath().parent is None
    assert str(ActorPath()) == ""


@pytest.mark.parametrize("text", ["/", "/desk", "desk/", "desk//alice", "desk/ alice", "desk/a\nb", " "])
def test_a_text_with_a_part_that_is_no_name_is_no_path(text: str) -> None:
    """The error shows the whole text and names the part; its cause is the refusal of the name."""
    with pytest.raises(InvalidId, match="as an actor path: its part ") as caught:
        ActorPath.parse(text)
    assert caught.value.text == text
    assert isinstance(caught.value.__cause__, InvalidName)


def test_a_path_cannot_be_built_around_the_rules_for_names() -> None:
    """Each door checks: the constructor and going down."""
    with pytest.raises(InvalidName):
        ActorPath(("desk", "a/b"))
    with pytest.raises(InvalidName):
        _ = ActorPath(("desk",)) / "a/b"
