"""The long run of signals: it works, and it notices what is not as documented."""

from __future__ import annotations

import sys

import pytest

from stress.signals import __main__ as signals
from stress.signals._cases import CASES


def by_name(name: str) -> signals.Case:
    """Return that case."""
    return next(case for case in CASES if case.name == name)


def test_one_case_runs_and_is_as_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole process, as the long run starts hundreds of."""
    monkeypatch.setattr(sys, "argv", ["signals", "hang-timeout"])
    assert signals.main() == 0
    assert "hang-timeout    as documented  exit codes 1: 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "seconds", "out", "err", "problem"),
    [
        (-15, 0.1, "", "INFO trio_smith.runtime: ready", "exit code -15"),
        (0, 9.0, "", "", "it took 9.0 s to end"),
        (0, 0.1, "sent 3\nclosed after 2\n", "", "messages were lost"),
        (0, 0.1, "", "Traceback (most recent call last):", "a traceback"),
    ],
)
def test_what_is_not_as_documented_is_noticed(
    code: int, seconds: float, out: str, err: str, problem: str
) -> None:
    """A judge that finds everything right would be none."""
    (found,) = signals._judge(by_name("start-term"), code, seconds, out=out, err=err)
    assert found.startswith(problem)


def test_who_is_ended_before_its_first_line_is_told_from_who_is_ended_later() -> None:
    """The first moments belong to Python; all later ones to us."""
    assert list(signals._judge(by_name("start-term"), -15, 0.1, out="", err="")) == []
