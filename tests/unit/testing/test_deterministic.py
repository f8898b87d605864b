"""A seed decides the order of tasks, and nothing of it stays behind."""

from __future__ import annotations

from math import inf
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
    state, made = run._r.getstate(), run.CancelStatus.__attrs_post_init__
    with pytest.raises(ZeroDivisionError), scheduled_by(3):  # noqa: PT012 - what is seen inside counts
        assert run._ALLOW_DETERMINISTIC_SCHEDULING is True
        _order()
        raise ZeroDivisionError
    assert run._ALLOW_DETERMINISTIC_SCHEDULING is False
    assert run._r.getstate() == state
    assert "id" not in vars(run)
    assert run.CancelStatus.__attrs_post_init__ is made


def _order_of_aborts(*, by_deadline: bool) -> list[int]:
    order: list[int] = []

    async def wait(number: int) -> None:
        def abort(_: object) -> trio.lowlevel.Abort:
            order.append(number)
            return trio.lowlevel.Abort.SUCCEEDED

        with trio.CancelScope(deadline=5 if by_deadline else inf):
            await trio.lowlevel.wait_task_rescheduled(abort)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(wait, number)
            await trio.testing.wait_all_tasks_blocked()
            if not by_deadline:
                nursery.cancel_scope.cancel()

    with scheduled_by(0):
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return order


@pytest.mark.parametrize("by_deadline", [False, True])
def test_tasks_are_cancelled_in_one_order(*, by_deadline: bool) -> None:
    """Trio keeps them in sets, whose order goes by addresses: so it is looked for long and hard."""
    keep: list[object] = []
    orders = []
    for size in range(10):
        orders.append(_order_of_aborts(by_deadline=by_deadline))
        keep.append([object() for _ in range(size * 17)])  # other addresses next time
    assert all(order == orders[0] for order in orders)
    assert sorted(orders[0]) == list(range(20))


@pytest.mark.parametrize("name", ["_ALLOW_DETERMINISTIC_SCHEDULING", "_r", "CancelStatus"])
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
