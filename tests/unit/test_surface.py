"""The package as a whole: what one gets by importing it."""

from importlib import metadata, resources

import trio_smith


def test_the_package_carries_the_version_it_was_published_with() -> None:
    """A report of a fault names a version; it has to be the one that is installed."""
    assert trio_smith.__version__ == metadata.version("trio-smith")


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    """Without the marker file every checker treats us as untyped, silently."""
    assert resources.files(trio_smith).joinpath("py.typed").is_file()
