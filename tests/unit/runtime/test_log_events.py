"""What happens in a tree is logged."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import trio

import trio_smith as smith
from trio_smith.runtime._log_events import LetterLog, log_event


@smith.message
class Note:
    """With something that should not be in a log."""

    text: str


class Sink(smith.Actor[Note]):
    """Crashes over what it gets."""

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Crash."""
        raise ValueError("no")


async def test_failures_are_warnings_and_giving_up_is_an_error(
    caplog: pytest.LogCaptureFixture, autojump_clock: trio.testing.MockClock
) -> None:
    """With the path, and with the exception."""

    async def crash() -> None:
        await trio.sleep(0.1)
        raise ValueError("boom")

    with caplog.at_level(logging.INFO), pytest.raises(smith.RestartIntensityExceeded):
        async with smith.open_supervisor(max_restarts=1, observe=log_event) as supervisor:
            await supervisor.start(crash, name="c")
    told = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert told == [
        ("WARNING", "c: crashed (incarnation 1)"),
        ("INFO", "c: is started again now (restart 1 of late)"),
        ("WARNING", "c: crashed (incarnation 2)"),
        ("ERROR", "root: gives up because of c, after 2 restarts"),
    ]
    assert caplog.records[0].exc_info is not None
    assert vars(caplog.records[0])["path"] == "c"


async def test_the_quiet_course_of_things_is_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody wants a line for each child that was started and stopped as planned."""
    with caplog.at_level(logging.DEBUG):
        async with smith.open_supervisor(observe=log_event) as supervisor:
            await supervisor.start(trio.sleep_forever, name="a")
            await supervisor.stop()
    assert {one.levelname for one in caplog.records} == {"DEBUG"}
    assert "a: ended: stopped" in caplog.messages


PLACE: dict[str, Any] = {"path": ("desk", "a"), "id": "a", "incarnation": 2}
BOOM = ValueError("boom")


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (smith.ChildStartFailed(**PLACE, error=BOOM), "WARNING", "desk/a: did not start"),
        (
            smith.RestartScheduled(**PLACE, delay=1.5, restarts=3),
            "INFO",
            "desk/a: is started again in 1s500ms (restart 3 of late)",
        ),
        (smith.ChildQuarantined(**PLACE, restarts=4), "ERROR", "desk/a: is set aside after 4 restarts"),
        (
            smith.ChildStuck(**PLACE, waited=5.0, await_point=("x.py:1 in f", "y.py:2 in g")),
            "WARNING",
            "desk/a: has not ended 5.0 s after it was cancelled, at y.py:2 in g",
        ),
        (smith.StopRaised(**PLACE, error=BOOM), "WARNING", "desk/a: raised while it was stopped"),
        (
            smith.AnswerDropped(**PLACE, message="secret", error=BOOM),
            "WARNING",
            "desk/a: an error had nobody to go to",
        ),
        (smith.ChildIgnored(**PLACE), "DEBUG", "desk/a: ChildIgnored"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_event_has_its_level_and_its_words(
    event: smith.SupervisionEvent, level: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What was in a message is not among them."""
    with caplog.at_level(logging.DEBUG):
        log_event(event)
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (level, text)
    assert not any("secret" in str(value) for value in vars(record).values())


async def test_dead_letters_are_logged_without_what_is_in_them(
    caplog: pytest.LogCaptureFixture, autojump_clock: trio.testing.MockClock
) -> None:
    """A message may hold anything: its class, its recipient and the reason must do. A flood is counted."""
    async with smith.open_supervisor(max_restarts=100) as supervisor:
        log = LetterLog(trio.current_time)
        supervisor.system.dead_letters.subscribe(log.take)
        sink = await supervisor.start(Sink, name="sink")
        for _ in range(15):
            await sink.tell(Note("secret"))
        await trio.sleep(2)
        await sink.tell(Note("secret"))
        await trio.sleep(1)
        await supervisor.stop()
    told = [one for one in caplog.records if one.name == "trio_smith.dead_letters"]
    assert [one.getMessage() for one in told] == ["Note for sink: crashed"] * 10 + [
        "5 more",
        "Note for sink: crashed",
    ]
    assert vars(told[0])["number"] == 1
    assert not any("secret" in str(vars(one)) for one in told)
