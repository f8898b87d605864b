"""Finding the files and reading them: a real directory, with everything that may lie in one."""

import inspect
import os
import sys
from pathlib import Path

import pytest

from trio_smith.cli.census._count import Trouble
from trio_smith.cli.census._source import LARGEST, Place, Source


def write(root: Path, *paths: str) -> None:
    """Make empty files."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def found(place: Place) -> list[str]:
    """Return the paths that a place yields."""
    return [source.path for source in place.sources()]


def test_files_come_sorted_and_depth_first(tmp_path: Path) -> None:
    """The order is the same on every system, so that two counts can be compared while they run."""
    write(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a.py", "c/x.py", "c/notes.txt")
    assert found(Place(root=tmp_path)) == ["a.py", "b.py", "a/z.py", "a/b/c.py", "c/x.py"]


def test_a_directory_that_is_called_like_a_file_is_a_directory(tmp_path: Path) -> None:
    """It is walked, not parsed."""
    write(tmp_path, "dir.py/inner.py")
    assert found(Place(root=tmp_path)) == ["dir.py/inner.py"]


def test_directories_can_be_left_out_wherever_they_are(tmp_path: Path) -> None:
    """As site-packages of the standard library is. A file of that name stays."""
    write(tmp_path, "skipped/a.py", "kept/skipped/a.py", "kept/a.py", "skipped.py")
    assert found(Place(root=tmp_path, skip=frozenset({"skipped", "skipped.py"}))) == [
        "skipped.py",
        "kept/a.py",
    ]


def test_one_file_is_a_place_whatever_it_is_called(tmp_path: Path) -> None:
    """A script need not end in .py if somebody names it."""
    (tmp_path / "script").write_text("def f(): pass\n", "utf-8")
    place = Place(root=tmp_path, only="script")
    assert found(place) == ["script"]
    assert place.count(Source(path="script")).functions == 1


def test_links_make_no_circles(tmp_path: Path) -> None:
    """A link to a directory is not entered, one to a file is read, and one to nowhere is named."""
    write(tmp_path, "a/real.py")
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "a/self.py").symlink_to(".")
    (tmp_path / "a/link.py").symlink_to("real.py")
    (tmp_path / "a/nowhere.py").symlink_to("gone")
    (tmp_path / "a/loop.py").symlink_to("loop.py")
    place = Place(root=tmp_path)
    whys = {source.path: place.count(source).why for source in place.sources()}
    assert whys == {
        "a/link.py": "",
        "a/loop.py": "Too many levels of symbolic links",
        "a/nowhere.py": "No such file or directory",
        "a/real.py": "",
        "a/self.py": "not a regular file",
    }


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path) -> None:
    """To open it plainly would wait for a writer, for ever."""
    os.mkfifo(tmp_path / "pipe.py")
    place = Place(root=tmp_path)
    (source,) = place.sources()
    count = place.count(source)
    assert (count.trouble, count.why) == (Trouble.UNREADABLE, "not a regular file")


@pytest.mark.parametrize(("size", "why"), [(LARGEST, ""), (LARGEST + 1, "larger than 8 MiB")])
def test_a_file_may_be_so_large_and_no_larger(tmp_path: Path, size: int, why: str) -> None:
    """Parsing takes a hundred times as much memory. One comment, so that the test is quick."""
    (tmp_path / "big.py").write_bytes(b"#" * size)
    assert Place(root=tmp_path).count(Source(path="big.py")).why == why


def test_a_directory_that_cannot_be_listed_is_a_result_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is unknown, so that it is missing must be said; root may list every directory."""
    write(tmp_path, "a.py", "locked/b.py", "open/c.py")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    place = Place(root=tmp_path)
    counts = [place.count(source) for source in place.sources()]
    assert [(count.path, count.why) for count in counts] == [
        ("a.py", ""),
        ("locked", "Permission denied"),
        ("open/c.py", ""),
    ]
    assert counts[1].trouble is Trouble.UNREADABLE


def test_a_tree_may_be_deeper_than_the_stack(tmp_path: Path) -> None:
    """No recursion. The stack is made short here, so that whoever cleans up can still recurse."""
    levels = 300
    (tmp_path / ("d/" * levels)).mkdir(parents=True)
    write(tmp_path, "d/" * levels + "bottom.py")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        paths = found(Place(root=tmp_path))
    finally:
        sys.setrecursionlimit(limit)
    assert paths == ["d/" * levels + "bottom.py"]


def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    """On Linux a name is bytes; the ones that are no UTF-8 come as surrogates, and lead back to the file."""
    name = b"bad\xff.py"
    (tmp_path / os.fsdecode(name)).write_bytes(b"x = 1\n")
    place = Place(root=tmp_path)
    (source,) = place.sources()
    assert os.fsencode(source.path) == name
    assert place.count(source).lines == 1


def test_every_file_is_closed_again(tmp_path: Path) -> None:
    """Also those that turn out not to be files: a big tree would use up the descriptors."""
    write(tmp_path, "a.py")
    (tmp_path / "self.py").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.py")
    place = Place(root=tmp_path)
    descriptors = Path("/dev/fd")
    before = len(list(descriptors.iterdir()))
    for source in place.sources():
        place.count(source)
    assert len(list(descriptors.iterdir())) == before
