"""What commands leave as it is, because their process ends, is set back here."""

from __future__ import annotations

import atexit
import signal
from collections.abc import Iterator

import pytest

from trio_smith.cli import _outside

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)


@pytest.fixture(autouse=True)
def signals_are_set_back() -> Iterator[None]:
    """Set the handlers back, so that the tests can still be interrupted."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    atexit.unregister(_outside._set)
    for number, handler in before.items():
        signal.signal(number, handler)
