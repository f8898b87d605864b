"""What was left behind is found and named; what was there before is not."""

from __future__ import annotations

import os
import socket

import pytest
import trio

from trio_smith.testing import Leaked, no_leaks


async def _finish() -> str:
    await trio.lowlevel.checkpoint()
    return "finished"


def test_nothing_left_is_fine() -> None:
    """Also when much was open in between."""
    with no_leaks():
        left, right = socket.socketpair()
        left.close()
        right.close()
        assert trio.run(_finish) == "finished"


def test_an_open_file_is_found() -> None:
    """It is named by its number and by what it is."""
    with pytest.raises(Leaked) as leaked, no_leaks():
        read, write = os.pipe()
    os.close(write)
    os.close(read)
    assert len(leaked.value.files) == 2
    assert leaked.value.files[0].startswith(f"{read} (")
    assert "pipe" in str(leaked.value)


def test_a_number_that_means_something_else_now_is_found() -> None:
    """A number is used again at once; what it stands for counts."""
    read, write = os.pipe()

    def exchange() -> None:
        os.close(read)
        assert os.open("/dev/null", os.O_RDONLY) == read

    with pytest.raises(Leaked) as leaked, no_leaks():
        exchange()
    os.close(read)
    os.close(write)
    assert len(leaked.value.files) == 1


def test_rubbish_is_collected_first() -> None:
    """A circle that holds a file is not yet a leak of the file."""
    closed: list[int] = []

    class Circle:
        def __init__(self) -> None:
            self.descriptor = os.open("/dev/null", os.O_RDONLY)
            self.itself = self

        def __del__(self) -> None:
            os.close(self.descriptor)
            closed.append(self.descriptor)

    with no_leaks():
        Circle()
        assert closed == []
    assert len(closed) == 1


async def test_a_task_is_found() -> None:
    """It is named with the place where it waits."""
    async with trio.open_nursery() as nursery:

        async def forget() -> None:
            nursery.start_soon(trio.sleep_forever, name="forgotten")
            await trio.testing.wait_all_tasks_blocked()

        with pytest.raises(Leaked) as leaked, no_leaks():
            await forget()
        nursery.cancel_scope.cancel()
    (task,) = leaked.value.tasks
    assert task.startswith("forgotten at ")


async def test_a_task_that_has_not_begun_is_found() -> None:
    """It has no place yet."""
    async with trio.open_nursery() as nursery:
        with pytest.raises(Leaked, match="forgotten"), no_leaks():
            nursery.start_soon(trio.sleep_forever, name="forgotten")
        nursery.cancel_scope.cancel()


async def test_tasks_of_before_and_of_inside_are_fine() -> None:
    """Only what is there afterwards and was not before counts."""
    async with trio.open_nursery() as outer:
        outer.start_soon(trio.sleep_forever)
        await trio.testing.wait_all_tasks_blocked()
        with no_leaks():
            async with trio.open_nursery() as inner:
                inner.start_soon(trio.lowlevel.checkpoint)
                assert len(inner.child_tasks) == 1
        assert len(outer.child_tasks) == 1
        outer.cancel_scope.cancel()


async def test_either_can_be_left_out() -> None:
    """Files are those of the whole process, and others may be at work there."""
    descriptors: list[int] = []

    async with trio.open_nursery() as nursery:

        def forget() -> None:
            nursery.start_soon(trio.sleep_forever)
            descriptors.append(os.open("/dev/null", os.O_RDONLY))

        with no_leaks(tasks=False, files=False):
            forget()
        with pytest.raises(Leaked) as no_task, no_leaks(tasks=False):
            forget()
        with pytest.raises(Leaked) as no_file, no_leaks(files=False):
            forget()
        nursery.cancel_scope.cancel()
    for descriptor in descriptors:
        os.close(descriptor)
    assert (len(no_task.value.tasks), len(no_task.value.files)) == (0, 1)
    assert (len(no_file.value.tasks), len(no_file.value.files)) == (1, 0)


def test_what_the_block_raises_goes_before() -> None:
    """The leak is then its consequence."""
    descriptors: list[int] = []

    def forget_and_fail() -> None:
        descriptors.append(os.open("/dev/null", os.O_RDONLY))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), no_leaks():
        forget_and_fail()
    os.close(descriptors[0])
