"""Run `trio-smith run` as a person or a service manager does: a whole process, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

COMMAND: Final = (sys.executable, "-m", "trio_smith")
PATIENCE: Final = 20.0
"""Seconds; below the minute after which the suite ends a stuck test itself."""

APPLICATION: Final = '''
import atexit, logging, os, sys, threading, time
from contextlib import asynccontextmanager

import trio
import trio_smith as smith

LOG = logging.getLogger("chatter")


@smith.message
class Job:
    """Takes a moment."""


class Worker(smith.Actor[Job]):
    mailbox_capacity = 100
    done = 0

    @asynccontextmanager
    async def lifespan(self, context):
        try:
            yield
        finally:
            print("closed after", self.done, flush=True)

    @smith.on(Job)
    async def job(self, message):
        await trio.sleep(0.005)
        self.done += 1


async def load():
    """Give the worker more than it can do, until the program drains."""
    sent, draining = 0, smith.current_runtime().draining
    worker = system().find("worker", Worker)
    while not draining.is_set():
        await worker.tell(Job())
        sent += 1
    print("sent", sent, flush=True)


def system():
    return smith.current_runtime().supervisor.system


async def slow_to_start(*, task_status=trio.TASK_STATUS_IGNORED):
    print("starting", flush=True)
    await trio.sleep_forever()


async def stubborn_to_start(*, task_status=trio.TASK_STATUS_IGNORED):
    print("starting", flush=True)
    await swallow()


async def block():
    print("blocking", flush=True)
    time.sleep(60)


async def swallow():
    while True:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)


async def ignore():
    closing = smith.stopping()
    await closing.wait()
    await trio.sleep_forever()


async def shield():
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(1.5)


async def chatter():
    """Log more than anybody reads."""
    while True:
        LOG.warning("x" * 1000)
        await trio.sleep(0)


async def crash():
    raise ValueError("boom")


async def endless():
    """Keep a message in hand for longer than anybody waits."""
    worker = system().find("worker", Worker)
    while True:
        await worker.tell(Job())


async def thread():
    threading.Thread(target=time.sleep, args=(60,)).start()
    await trio.sleep_forever()


def be_slow(place, write=os.write, sleep=time.sleep):
    write(1, f"slow {place}\\n".encode())
    sleep(0.5)


class Last:
    """Goes when Python takes itself apart."""

    def __del__(self, be_slow=be_slow):
        be_slow("last")


match os.environ.get("SLOW"):
    case "import":
        be_slow("import")
    case "atexit":
        atexit.register(be_slow, "atexit")
    case "last":
        sys.last_of_all = Last()


def tree_of(**children):
    specs = [smith.child(start, name=name) for name, start in children.items()]
    return smith.SupervisorSpec(children=specs)


quiet = tree_of(worker=Worker)
loaded = tree_of(worker=Worker, load=load)
starting = tree_of(worker=Worker, slow=slow_to_start)
chattering = tree_of(chatter=chatter)
blocked = tree_of(worker=Worker, block=block)
swallowing = tree_of(worker=Worker, swallow=swallow)
stubborn = tree_of(worker=Worker, slow=stubborn_to_start)
deaf = tree_of(worker=Worker, ignore=ignore)
shielding = tree_of(worker=Worker, shield=shield)
threaded = tree_of(worker=Worker, thread=thread)
crashing = tree_of(worker=Worker, crash=crash)
overloaded = tree_of(worker=Worker, endless=endless)
brief = tree_of(nap=lambda: trio.sleep(0.05))
'''


class Program:
    """A running program; what it says is in `log`."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self.folder = process, folder
        self.log: list[str] = []

    def wait_for(self, text: str) -> str:
        """Read its standard error up to a line with *text* in it, and return that."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if text in line:
                return line
        raise AssertionError(f"it ended before it said {text!r}: {''.join(self.log)}")

    def signal(self, *names: str) -> None:
        """Send signals."""
        for name in names:
            self.process.send_signal(getattr(signal, name))
            time.sleep(0.05)  # in earnest: two that are one moment apart may arrive as one

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return exit code and what it has said. Nothing is left of it then."""
        out, err = self.process.communicate(timeout=PATIENCE)
        self.log.append(err)
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            pass
        else:
            raise AssertionError("something of its process group is left")
        assert list((self.folder / "run").glob("*")) == [], "its socket is left"
        return self.process.returncode, out, "".join(self.log)


@contextmanager
def program(
    folder: Path, tree: str, *arguments: str, environment: Mapping[str, str] | None = None, more: str = ""
) -> Generator[Program]:
    """Run the tree of that name; kill it if it is still there at the end."""
    (folder / "application.py").write_text(APPLICATION, "utf-8")
    settings = f'[app]\ntree = "application:{tree}"\nrun_dir = "{folder}/run"\n{more}'
    (folder / "app.toml").write_text(settings, "utf-8")
    process = subprocess.Popen(
        [*COMMAND, "run", "app.toml", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Program(process, folder)
        finally:
            process.kill()


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run another command of ours to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
