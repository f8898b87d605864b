"""A class declared as a message: frozen, keyword-friendly, with a wire name and a version."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

import trio_smith as smith
from trio_smith.errors import MisuseError
from trio_smith.messages import declaration_of
from trio_smith.messages._message import BadMessageDeclaration, declared_errors


class Declared(Exception):
    """An error that is an answer."""


class Another(Exception):
    """Another one."""


@smith.message
class Plain:
    """With fields."""

    number: int
    text: str = ""


@smith.message(name="bank.Withdraw-2", version=2, raises=(Declared,))
class Named(smith.Request[int]):
    """With everything."""

    amount: int


@smith.message(raises=(Another, Declared))
class Derived(Named):
    """With errors of its own."""

    extra: int = 0


class Undeclared(Named):
    """Not declared itself."""


def test_a_message_is_a_frozen_value() -> None:
    """Sender and recipient share it, so nobody may change it."""
    message = Plain(number=1)
    assert message == Plain(1, "")
    assert message != Plain(number=2)
    assert hash(message) == hash(Plain(1))
    assert repr(message) == "Plain(number=1, text='')"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        message.number = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        Plain()  # type: ignore[call-arg]


def test_a_message_survives_copying_and_pickling() -> None:
    """Within one machine that is how it may travel."""
    for message in (Plain(1, "x"), Named(amount=3), Derived(amount=3, extra=4)):
        assert copy.copy(message) == message
        assert copy.deepcopy(message) == message
        assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - our own


def test_a_message_may_have_no_fields_at_all() -> None:
    """Its class says it all."""

    @smith.message
    class Ping:
        pass

    assert Ping() == Ping()


def test_the_declaration_notes_name_version_and_errors() -> None:
    """The name is that of the class unless another is given."""
    plain, named = declaration_of(Plain), declaration_of(Named)
    assert plain is not None
    assert (plain.name, plain.version, plain.raises) == ("Plain", 1, ())
    assert named is not None
    assert (named.name, named.version, named.raises) == ("bank.Withdraw-2", 2, (Declared,))


def test_a_subclass_is_a_message_of_its_own_or_none() -> None:
    """The note of a base does not count: two classes must not share a wire name."""
    derived = declaration_of(Derived)
    assert derived is not None
    assert (derived.name, derived.version) == ("Derived", 1)
    assert declaration_of(Undeclared) is None
    assert declaration_of(int) is None


def test_the_errors_of_the_bases_count_each_once() -> None:
    """A handler of the base may raise them."""
    assert declared_errors(Derived) == (Another, Declared)
    assert declared_errors(Undeclared) == (Declared,)
    assert declared_errors(Plain) == ()


@pytest.mark.parametrize("name", ["a", "_a", "A1", "a.b-c_d", "Überweisung", "x" * 128])
def test_a_wire_name_is_of_letters_digits_and_a_few_signs(name: str) -> None:
    """Also those of other alphabets, as in a class name."""
    declared: Any = smith.message(name=name)(type("Message", (), {}))
    noted = declaration_of(declared)
    assert noted is not None
    assert noted.name == name


@pytest.mark.parametrize("name", ["", " a", "a b", "1a", ".a", "-a", "a\n", "a/b", "x" * 129, 5, b"a"])
def test_other_names_are_refused(name: Any) -> None:
    """They would not survive a log line, a path or a file."""
    with pytest.raises(BadMessageDeclaration, match="is no wire name"):
        smith.message(name=name)(type("Message", (), {}))


@pytest.mark.parametrize("version", [0, -1, True, 1.5, "1", None])
def test_a_version_counts_from_one(version: Any) -> None:
    """It is compared with others."""
    with pytest.raises(BadMessageDeclaration, match="not a whole number from 1"):
        smith.message(version=version)(type("Message", (), {}))


@pytest.mark.parametrize(
    "raises",
    [
        Declared,  # the comma forgotten: the likeliest slip of all
        [Declared],
        (Declared(),),
        (int,),
        ("Declared",),
        (KeyboardInterrupt,),
        (BaseException,),
        (Declared, StopIteration),  # Python lets nobody raise it in an async function
        None,
        5,
    ],
)
def test_errors_are_a_tuple_of_exception_classes(raises: Any) -> None:
    """What is no Exception can be no answer."""
    with pytest.raises(BadMessageDeclaration) as caught:
        smith.message(raises=raises)(type("Message", (), {}))
    assert isinstance(caught.value, MisuseError)
    assert caught.value.message.__name__ == "Message"
    assert "raises" in str(caught.value)


@pytest.mark.parametrize("thing", ["name", 5, lambda: None])
def test_only_a_class_can_be_a_message(thing: Any) -> None:
    """``@smith.message("name")`` looks plausible, and a function may stand below it by mistake."""
    with pytest.raises((BadMessageDeclaration, TypeError), match=r"message|class"):
        smith.message(thing)


def test_nothing_is_registered_anywhere() -> None:
    """Two messages may have one name, until a node is given both."""

    def make() -> type:
        @smith.message
        class Twin:
            number: int = 0

        return Twin

    one, other = make(), make()
    assert one is not other
    assert declaration_of(one) == declaration_of(other)
