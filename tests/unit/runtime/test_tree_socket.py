"""The socket that tells the live tree to its owner."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest
import trio

from trio_smith.runtime import TreeUnreachable, ask_tree, run_dir_of, running
from trio_smith.runtime._run_dir import private, socket_in
from trio_smith.runtime._tree_socket import NoSocket, answer, tree_socket


async def test_who_asks_gets_the_tree(tmp_path: Path, nursery: trio.Nursery) -> None:
    """And the socket is gone afterwards."""
    folder = tmp_path / "run"
    with tree_socket(folder) as listener:
        nursery.start_soon(answer, listener, lambda: "a tree ─ \udcff")
        assert await trio.to_thread.run_sync(ask_tree, folder, os.getpid()) == "a tree ─ \\udcff"
        assert await trio.to_thread.run_sync(running, folder) == (os.getpid(),)
        nursery.cancel_scope.cancel()
    assert list(folder.iterdir()) == []


def test_only_its_owner_may_use_it(tmp_path: Path) -> None:
    """The folder is closed to others, and so is the socket."""
    folder = tmp_path / "run"
    with tree_socket(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket_in(folder, os.getpid()).stat().st_mode) == 0o600


def test_a_folder_that_others_may_enter_is_not_trusted(tmp_path: Path) -> None:
    """Neither to listen in, nor to ask in; and neither is one that is a link."""
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(NoSocket, match="others have access to it"), tree_socket(folder):
        pass
    with pytest.raises(TreeUnreachable, match="others have access"):
        ask_tree(folder, 1)
    assert running(folder) == ()
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert private(link) == "it is no directory"
    assert private(tmp_path / "gone") == "No such file or directory"


def test_a_path_that_is_too_long_is_no_reason_to_fail_otherwise(tmp_path: Path) -> None:
    """It is told; sockets have short paths."""
    folder = tmp_path / ("x" * 120)
    with pytest.raises(NoSocket, match="too long"), tree_socket(folder):
        pass


def test_the_socket_of_a_dead_process_is_taken_away(tmp_path: Path) -> None:
    """One that was killed could not do it itself; and a new process of its number begins afresh."""
    tmp_path.chmod(0o700)
    for pid in (1, os.getpid()):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(socket_in(tmp_path, pid)))
    (tmp_path / "other.sock").touch()
    with pytest.raises(TreeUnreachable, match="no trio-smith run of that number"):
        ask_tree(tmp_path, 1)
    with tree_socket(tmp_path):
        assert running(tmp_path) == (os.getpid(),)
    assert [path.name for path in tmp_path.iterdir()] == ["other.sock"]


def test_a_process_that_does_not_answer_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop may be blocked."""
    monkeypatch.setattr("trio_smith.runtime._ask_tree._PATIENCE", 0.05)
    tmp_path.chmod(0o700)
    with tree_socket(tmp_path), pytest.raises(TreeUnreachable, match="it is busy"):
        ask_tree(tmp_path, os.getpid())


async def test_who_asks_and_leaves_hurts_nobody(tmp_path: Path, nursery: trio.Nursery) -> None:
    """The next one is answered."""
    with tree_socket(tmp_path / "run") as listener:
        nursery.start_soon(answer, listener, lambda: "x" * 1_000_000)
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as rude:
                rude.connect(str(socket_in(tmp_path / "run", os.getpid())))
            await trio.testing.wait_all_tasks_blocked()
        text = await trio.to_thread.run_sync(ask_tree, tmp_path / "run", os.getpid())
        assert len(text) == 1_000_000
        nursery.cancel_scope.cancel()


def test_where_the_sockets_lie(tmp_path: Path) -> None:
    """What was told, else the user's own directory, else one for temporary files."""
    assert run_dir_of("/a", {"XDG_RUNTIME_DIR": "/b"}) == Path("/a")
    assert run_dir_of(None, {"XDG_RUNTIME_DIR": "/b"}) == Path("/b/trio-smith")
    assert run_dir_of(None, {}).name == f"trio-smith-{os.getuid()}"
