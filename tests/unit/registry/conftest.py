"""Time is virtual in every test of the registry, as in those of actors."""

from tests.unit.actor.conftest import pytest_itemcollected

__all__ = ["pytest_itemcollected"]
