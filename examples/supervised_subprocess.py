"""A process of the operating system as a supervised child: it crashes, is started again, and goes with us.

The child is a function that lives as long as the process. An exit code that is not 0 is a crash, so the
supervisor starts another one. A stop cancels the function, and that asks the process to end (SIGTERM) and
after five seconds kills it: whatever happens, no process outlives the block.

Try breaking it: let PROGRAM ignore SIGTERM, with ``signal.signal(signal.SIGTERM, signal.SIG_IGN)`` in its
first line: the stop takes five seconds, Trio warns that it had to kill, and nothing is left all the same.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

import trio

import trio_smith as smith

PROGRAM = """
import os, signal, sys, time
for number in range(1, 100):
    print(os.getpid(), number, flush=True)
    time.sleep(0.01)
    if number == 3 and sys.argv[1] == "1":
        sys.exit(1)
"""


@smith.message
class Said:
    """A part of what a process says."""

    pid: int
    part: bytes


class Reader(smith.Actor[Said]):
    """Takes what is said; it lives on when the process does not."""

    def __init__(self, enough: trio.Event) -> None:
        self.enough = enough
        self.heard: set[int] = set()

    @smith.on(Said)
    def said(self, said: Said) -> None:
        """Show that a process speaks."""
        if said.pid not in self.heard:
            self.heard.add(said.pid)
            print(f"process number {len(self.heard)} speaks")
        if len(self.heard) == 2:
            self.enough.set()


async def run(reader: smith.Ref[Said], pids: list[int]) -> None:
    """Run one process to its end, and hand on what it says."""
    command = [sys.executable, "-c", PROGRAM, str(len(pids) + 1)]
    async with trio.open_nursery() as nursery:
        process = await nursery.start(partial(trio.run_process, command, stdout=subprocess.PIPE))
        pids.append(process.pid)
        assert process.stdout is not None
        async for part in process.stdout:
            await reader.tell(Said(process.pid, part))


def report(event: object) -> None:
    """Say how the child that runs the process has ended."""
    if isinstance(event, smith.ChildEnded) and event.id == "process":
        print("crashed:" if isinstance(event.reason, smith.Crashed) else "ended:", "the process")


async def main() -> None:
    """Run it until the second process has said something, then stop."""
    pids: list[int] = []
    enough = trio.Event()
    async with smith.open_supervisor(observe=report) as supervisor:
        reader = await supervisor.start(Reader, enough, name="reader")
        await supervisor.start(run, reader, pids, name="process")
        await enough.wait()
        await supervisor.stop()
    print("processes:", len(pids), "left:", sum(Path(f"/proc/{pid}").is_dir() for pid in pids))  # noqa: ASYNC240


if __name__ == "__main__":
    trio.run(main)
