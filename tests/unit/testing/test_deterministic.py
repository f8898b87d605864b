"""A seed decides the order of tasks, and nothing of it stays behind."""

from __future__ import annotations

from random import Random

import pytest
import trio

from trio_smith.testing import TrioChanged
from trio_smith.testing._deterministic import about_to_raise, scheduled_by


def _order() -> list[int]:
    order: list[int] = []

    async def note(number: int) -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
            order.append(number)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(6):
                nursery.start_soon(note, number)

    trio.run(main)
    return order


def test_one_seed_gives_one_order() -> None:
    """Or the k-th step would not be the same twice."""
    orders = []
    for seed in (1, 1, 2):
        with scheduled_by(seed):
            orders.append(_order())
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_all_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests must not run by our seed, also when something raised inside."""
    run = trio._core._run  # type: ignore[attr-defined]
    monkeypatch.setattr(run, "_ALLOW_DETERMINISTIC_SCHEDULING", False)
    state = run._r.getstate()
    with pytest.raises(ZeroDivisionError), scheduled_by(3):  # noqa: PT012 - what is seen inside counts
        assert run._ALLOW_DETERMINISTIC_SCHEDULING is True
        _order()
        raise ZeroDivisionError
    assert run._ALLOW_DETERMINISTIC_SCHEDULING is False
    assert run._r.getstate() == state


@pytest.mark.parametrize("name", ["_ALLOW_DETERMINISTIC_SCHEDULING", "_r"])
def test_a_trio_without_the_private_names_is_refused_clearly(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """They are private, so they may go; then an error says what is missing, and nothing was run."""
    monkeypatch.delattr(trio._core._run, name)  # type: ignore[attr-defined]
    with pytest.raises(TrioChanged, match=name), scheduled_by(0):
        raise AssertionError("it ran")


def test_a_trio_whose_names_mean_something_else_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name alone proves nothing."""
    monkeypatch.setattr(trio._core._run, "_r", object())  # type: ignore[attr-defined]
    with pytest.raises(TrioChanged, match="Random"), scheduled_by(0):
        raise AssertionError("it ran")
    monkeypatch.setattr(trio._core._run, "_r", Random())  # type: ignore[attr-defined]
    monkeypatch.delattr(trio.lowlevel.Task, "_next_send")
    with pytest.raises(TrioChanged, match="_next_send"), scheduled_by(0):
        raise AssertionError("it ran")


def test_a_trio_without_its_core_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module may move as well."""
    monkeypatch.delattr(trio, "_core")
    with pytest.raises(TrioChanged, match=r"_core\._run"), scheduled_by(0):
        raise AssertionError("it ran")


def test_one_can_see_what_arrives_at_a_task() -> None:
    """The sweep follows a cancellation by it."""
    seen: list[BaseException | None] = []

    class Look(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            if task.name == "sleeper":
                seen.append(about_to_raise(task))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever, name="sleeper")
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()

    trio.run(main, instruments=[Look()])
    first, last = seen
    assert first is None
    assert isinstance(last, trio.Cancelled)
