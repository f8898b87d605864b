"""A handle stands for one living thing: it can be compared, printed and copied, but not sent elsewhere."""

import copy
import pickle

import pytest

import trio_smith as smith
from trio_smith.supervision import child, open_supervisor

from .stage import idle
from .starts import Idle


async def test_a_handle_can_be_copied_printed_and_not_pickled() -> None:
    """A deep copy of a message with a ref in it would otherwise copy the tree, or fail inside of it."""
    async with open_supervisor() as supervisor:
        desk = await supervisor.start_supervisor(name="desk")
        handles = [
            (supervisor, "<Supervisor root>"),
            (desk, "<Supervisor desk>"),
            (await desk.start_pool(child(idle), name="pool"), "<Pool desk/pool>"),
            (await desk.start(idle, name="f"), "<Child desk/f: running>"),
            (await desk.start(Idle, name="a"), "<Ref desk/a>"),
        ]
        for handle, shown in handles:
            assert repr(handle) == shown
            assert copy.copy(handle) is handle
            assert copy.deepcopy({"in": [handle]})["in"][0] is handle
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with pytest.raises(smith.NotPortable, match=f"cannot pickle {shown}") as caught:
                    pickle.dumps(handle, protocol)
                assert caught.value.handle == shown
        await supervisor.stop()
