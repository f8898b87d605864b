"""The example of an orderly stop, stopped as service managers and impatient people do it: by real signals."""

import re
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

import pytest

from tests.examples.program import ENVIRONMENT, PYTHON, ROOT, WITHIN


@contextmanager
def the_example_open() -> Generator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run it until it has opened; kill it if it is still there at the end."""
    program = subprocess.Popen(
        [*PYTHON, "examples/graceful_shutdown.py"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "open, press Ctrl-C to close\n"
            yield program, program.stdout
        finally:
            program.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_one_signal_closes_in_order_and_loses_nothing(number: signal.Signals) -> None:
    """Every order that was taken is served; no traceback, and the exit code of a program that is done."""
    with the_example_open() as (program, _):
        time.sleep(0.1)  # in earnest: some orders have to come in
        program.send_signal(number)
        output, errors = program.communicate(timeout=WITHIN)
    assert (program.returncode, errors) == (0, "")
    closing, door, till, lost = output.splitlines()
    assert closing == f"{number.name}: closing"
    assert lost == "orders lost: 0"
    taken = re.fullmatch(r"door: closed after (\d+) orders", door)
    served = re.fullmatch(r"till: (\d+) dishes served, book closed", till)
    assert taken is not None
    assert served is not None
    assert taken[1] == served[1]


def test_a_second_ctrl_c_still_closes_the_book() -> None:
    """It is a KeyboardInterrupt again: the exit code says so when all is closed in order."""
    with the_example_open() as (program, output):
        time.sleep(0.3)  # in earnest: the kitchen has to fall behind
        program.send_signal(signal.SIGINT)
        assert output.readline() == "SIGINT: closing\n"
        program.send_signal(signal.SIGINT)
        rest, errors = program.communicate(timeout=WITHIN)
    assert program.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert "orders lost" not in rest
    assert re.search(r"^till: \d+ dishes served, book closed$", rest, re.MULTILINE)
