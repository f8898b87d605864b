"""A secret that does not print itself."""

import copy
import pickle

import pytest

from trio_smith.options import Secret


def test_a_secret_is_never_printed() -> None:
    """Neither by any of the ways to make a text of it."""
    secret = Secret("hunter2")
    for text in (str(secret), repr(secret), f"{secret}", f"{secret!r:>20}", "%s" % secret, repr([secret])):  # noqa: UP031 - one of the ways
        assert "hunter2" not in text
    assert secret.reveal() == "hunter2"


def test_a_secret_is_not_pickled_nor_copied() -> None:
    """It would be in clear where it arrives."""
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            way(Secret("hunter2"))


def test_equal_secrets_are_equal() -> None:
    """A reload asks whether it has changed."""
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"
