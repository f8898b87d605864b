"""What a subclass takes over from the protocol and the handlers of its bases."""

from __future__ import annotations

from typing import Generic, TypeVar

import trio_smith as smith
from tests.unit.actor.protocols import Add, Reset, refused

K = TypeVar("K")
M = TypeVar("M")


def test_a_second_handler_in_a_subclass_under_another_name_is_an_error_too() -> None:
    """Overriding goes by the name of the method."""

    class Base(smith.Actor[Reset]):
        @smith.on(Reset)
        def one(self, message: Reset) -> None: ...

    def make() -> None:
        class Broken(Base):
            @smith.on(Reset)
            def other(self, message: Reset) -> None: ...

    assert refused(make) == "one and other both handle Reset"


def test_an_override_needs_no_second_mark() -> None:
    """Python's own rule: the name is what is overridden."""

    class Base(smith.Actor[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Derived(Base):
        def reset(self, message: Reset) -> None: ...

    method, handler = Derived.__handlers__[Reset]
    assert method is Derived.reset
    assert (handler.name, handler.message) == ("reset", Reset)


def test_an_override_may_mark_itself_for_other_options() -> None:
    """The newest mark counts."""

    class Base(smith.Actor[Add]):
        @smith.on(Add)
        async def add(self, message: Add) -> int:
            return 1

    class Derived(Base):
        @smith.on(Add, cancellable=True)
        async def add(self, message: Add) -> int:
            return 2

    assert not Base.__handlers__[Add][1].cancellable
    assert Derived.__handlers__[Add][1].cancellable


def test_a_handler_that_is_taken_away_is_missing() -> None:
    """Setting it to None is Python's way to say that a subclass does not do this."""

    class Base(smith.Actor[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    def make() -> None:
        class Broken(Base):
            reset = None  # type: ignore[assignment]

    assert refused(make) == "no handler for Reset"


def test_handlers_may_come_from_a_class_beside_it() -> None:
    """What several actors share need not be an actor."""

    class Resets:
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Both(Resets, smith.Actor[Add | Reset]):
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

    assert set(Both.__handlers__) == {Add, Reset}


def test_a_subclass_inherits_the_protocol() -> None:
    """It cannot take messages away nor add some without saying so."""

    class Base(smith.Actor[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Derived(Base): ...

    assert Derived.__protocol__ == (Reset,)

    def make() -> None:
        class Broken(Base):
            @smith.on(Add)
            def add(self, message: Add) -> int:
                return 0

    assert refused(make) == "it handles Add, which its protocol does not name"


def test_a_subclass_may_name_a_wider_protocol() -> None:
    """The inherited handler counts."""

    class Base(smith.Actor[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Wider(Base, smith.Actor[Reset | Add]):
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

    assert set(Wider.__handlers__) == {Add, Reset}


def test_a_generic_base_leaves_the_protocol_to_its_subclasses() -> None:
    """What many actors have in common is written once."""

    class Base(smith.Actor[M]):
        pass

    class Derived(Base[Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert Base.__protocol__ is None
    assert Derived.__protocol__ == (Reset,)

    def make() -> None:
        class Broken(Base[Reset]): ...

    assert refused(make) == "no handler for Reset"


def test_a_generic_base_may_have_other_parameters_before_the_protocol() -> None:
    """Only the argument of Actor[...] itself is the protocol."""

    class Base(smith.Actor[M], Generic[K, M]):
        pass

    class Derived(Base[int, Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    assert Derived.__protocol__ == (Reset,)


def test_a_generic_base_may_add_messages_of_its_own() -> None:
    """``Actor[M | Reset]`` leaves one part open and says the other."""

    class Base(smith.Actor[M | Reset]):
        @smith.on(Reset)
        def reset(self, message: Reset) -> None: ...

    class Derived(Base[Add]):
        @smith.on(Add)
        def add(self, message: Add) -> int:
            return 0

    assert set(Derived.__protocol__ or ()) == {Add, Reset}
