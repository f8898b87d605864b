"""From a path of the command line to a place."""

import errno
import os
import sysconfig
from pathlib import Path

import pytest

from trio_smith.cli._place import NothingToCount, place_of
from trio_smith.cli.census import Place


def test_without_a_path_it_is_the_standard_library() -> None:
    """Without what is installed beside it."""
    place = place_of(None)
    assert place.root == Path(sysconfig.get_path("stdlib"))
    paths = [source.path for source in place.sources()]
    assert "ast.py" in paths
    assert "json/decoder.py" in paths
    assert not any("-packages/" in path for path in paths)


def test_a_directory_is_counted_whole(tmp_path: Path) -> None:
    """Nothing is left out of what somebody names."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/a.py").touch()
    assert place_of(str(tmp_path)) == Place(root=tmp_path)


def test_a_file_is_counted_alone(tmp_path: Path) -> None:
    """Also one that is called otherwise."""
    (tmp_path / "script").touch()
    assert place_of(str(tmp_path / "script")) == Place(root=tmp_path, only="script")


def test_what_leads_nowhere_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Before anything is started."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").mkdir()
    for path, why in (
        ("", "it names nothing"),
        ("a\0b", "embedded null"),
        (str(tmp_path / "gone"), "No such file or directory"),
        (str(tmp_path / "pipe"), "it is neither a directory nor a file"),
        (str(tmp_path / "empty"), r"there is no \*.py in it"),
        (str(tmp_path / "pipe/below"), "Not a directory"),
    ):
        with pytest.raises(NothingToCount, match=why):
            place_of(path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To prove that it could not be read twice is not what was asked. Root may read all: hence the patch."""
    (tmp_path / "a.py").touch()

    def locked(path: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(NothingToCount, match="Permission denied"):
        place_of(str(tmp_path / "a.py"))


def test_a_refused_path_is_shown_harmlessly() -> None:
    """It comes from anywhere."""
    with pytest.raises(NothingToCount) as caught:
        place_of("/gone/\x1b[31m\n")
    assert "/gone/\\x1b[31m\\n" in str(caught.value)
