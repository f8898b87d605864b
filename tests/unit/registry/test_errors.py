"""The errors of the registry say what, why and how to mend it."""

import copy

from trio_smith.errors import SmithError
from trio_smith.registry import NameNotFound, NameTaken, RegistryError


def test_a_taken_name_is_named() -> None:
    """The fact is a field, too."""
    error = NameTaken(path="desk/alice")
    assert isinstance(error, RegistryError)
    assert isinstance(error, SmithError)
    assert error.path == "desk/alice"
    assert str(error) == (
        "cannot register 'desk/alice': another one has this name. "
        "Choose another name, or stop its owner first."
    )


def test_a_name_that_is_not_found_comes_with_what_may_have_been_meant() -> None:
    """Most such errors are typing errors."""
    error = NameNotFound(path="desk/alcie", close=("desk/alice", "desk/alec"))
    assert isinstance(error, LookupError)
    assert (error.path, error.close) == ("desk/alcie", ("desk/alice", "desk/alec"))
    assert str(error) == (
        "cannot find 'desk/alcie': nobody has this name (did you mean 'desk/alice' or 'desk/alec'?). "
        "Use a name that is registered, or ask with get() where absence is normal."
    )


def test_without_a_guess_none_is_shown() -> None:
    """No empty brackets."""
    error = NameNotFound(path="x", close=())
    assert "mean" not in str(error)
    assert str(copy.copy(error)) == str(error)
