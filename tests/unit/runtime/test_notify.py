"""The protocol of systemd, over a real socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from trio_smith.runtime._notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Return the socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "n"))
        listener.settimeout(0)
        yield listener


def heard(manager: socket.socket) -> list[str]:
    """Return what it was told since the last time."""
    found: list[str] = []
    while True:
        try:
            found.append(manager.recv(4096).decode())
        except BlockingIOError:
            return found


def test_states_arrive_each_call_in_one_datagram(manager: socket.socket) -> None:
    """As sd_notify sends them."""
    notifier = Notifier.of({"NOTIFY_SOCKET": manager.getsockname()})
    notifier.send("READY=1", "STATUS=running")
    notifier.reloading()
    ready, reloading = heard(manager)
    assert ready == "READY=1\nSTATUS=running"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_an_abstract_address_begins_with_an_at() -> None:
    """Linux has such sockets, and systemd uses them."""
    name = f"trio-smith-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        Notifier.of({"NOTIFY_SOCKET": f"@{name}"}).send("READY=1")
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "relative", "/gone/away", "/dev/null", "/" + "x" * 300])
def test_a_manager_that_does_not_listen_hurts_nobody(address: str) -> None:
    """It is no reason to fail."""
    notifier = Notifier.of({"NOTIFY_SOCKET": address})
    notifier.send("READY=1")
    notifier.reloading()
    Notifier.of({}).reloading()
    assert notifier.watchdog is None


@pytest.mark.parametrize(
    ("micro", "pid", "seconds"),
    [
        ("2000000", "", 2.0),
        ("2000000", "ours", 2.0),
        ("2000000", "1", None),
        ("0", "", None),
        ("x", "", None),
        ("", "", None),
        ("9" * 30, "", None),
    ],
)
def test_the_watchdog_is_ours_if_it_says_so(micro: str, pid: str, seconds: float | None) -> None:
    """A variable that a parent has left there is not."""
    whose = str(os.getpid()) if pid == "ours" else pid
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": micro, "WATCHDOG_PID": whose}
    assert Notifier.of(environment).watchdog == seconds


async def test_a_sign_of_life_comes_twice_as_often_as_it_is_expected(
    manager: socket.socket, autojump_clock: trio.testing.MockClock
) -> None:
    """So that one that is late does no harm."""
    notifier = Notifier.of({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "2000000"})
    with trio.move_on_after(3.5):
        await notifier.keep_alive()
    assert heard(manager) == ["WATCHDOG=1"] * 4
