"""One who looks on and fails is told of once, and harms nobody."""

import logging

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith


async def test_an_observer_that_raises_is_logged_once_and_the_tree_goes_on(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes on hearing of everything, and another hears the same."""
    heard: list[object] = []
    others: list[object] = []

    def observe(event: object) -> None:
        heard.append(event)
        raise RuntimeError("observer")

    async def crashes(left: list[int]) -> None:
        if left:
            left.pop()
            raise ValueError
        await trio.sleep_forever()

    with caplog.at_level(logging.ERROR, "trio_smith.supervision"):
        async with smith.open_supervisor(observe=observe) as supervisor:
            supervisor.system.events.subscribe(others.append)
            await supervisor.start(crashes, [1, 1], name="a")
            await trio.sleep(1.0)
            assert supervisor.child("a").incarnation == 3
            await supervisor.stop()
    assert len(heard) > 5
    assert others == heard[-len(others) :]
    assert len([record for record in caplog.records if record.exc_info]) == 1
