"""What was noted is known to the next census, as long as its file is as it was."""

import os
from pathlib import Path

import pytest

from trio_smith.cli.census._count import FileCount
from trio_smith.cli.census._notebook import StoredNotebook
from trio_smith.cli.census._source import Place, Source
from trio_smith.store import Store, open_store


async def note(store: Store, place: Place, *paths: str) -> list[FileCount]:
    """Count files and note them."""
    notebook = StoredNotebook(store, place)
    counts = []
    for path in paths:
        stamp = place.stamp(path)
        counts.append(place.count(Source(path=path)))
        await notebook.note(counts[-1], stamp)
    return counts


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place with three files."""
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text("x = 1\n", "utf-8")
    return Place(root=tmp_path)


async def test_a_file_that_was_not_changed_is_known(place: Place) -> None:
    """Also to another notebook of the same place, which is what a later run has."""
    async with open_store("memory:") as store:
        counts = await note(store, place, "a.py", "b.py")
        assert await StoredNotebook(store, place).read() == counts


async def test_a_file_that_was_changed_or_is_gone_is_not_known(place: Place) -> None:
    """By its size or by its time alone."""
    async with open_store("memory:") as store:
        await note(store, place, "a.py", "b.py", "c.py")
        (place.root / "a.py").write_text("x = 12\n", "utf-8")
        os.utime(place.root / "b.py", ns=(1, 1))
        (place.root / "c.py").unlink()
        assert await StoredNotebook(store, place).read() == []


async def test_of_two_notes_about_a_file_the_last_one_counts(place: Place) -> None:
    """It was changed in between."""
    async with open_store("memory:") as store:
        await note(store, place, "a.py")
        (place.root / "a.py").write_text("x = 1\ny = 2\n", "utf-8")
        second = await note(store, place, "a.py")
        assert await StoredNotebook(store, place).read() == second


async def test_a_file_without_a_stamp_is_not_noted(place: Place) -> None:
    """What could not be read is tried again."""
    async with open_store("memory:") as store:
        await note(store, place, "nowhere.py")
        assert await StoredNotebook(store, place).read() == []


async def test_two_places_in_one_store_know_nothing_of_each_other(place: Place, tmp_path: Path) -> None:
    """The same path below another root is another file; and one file is another place than its directory."""
    async with open_store("memory:") as store:
        await note(store, place, "a.py")
        assert await StoredNotebook(store, Place(root=tmp_path / "elsewhere")).read() == []
        assert await StoredNotebook(store, Place(root=place.root, only="a.py")).read() == []
