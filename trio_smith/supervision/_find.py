"""Find a child by its path: names are unique because the tree is, and cost nothing until one looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ..registry import close_names
from ._errors import ChildNotFound

if TYPE_CHECKING:
    from ._shell import Shell
    from .life import Runner


def find_below(root: Shell, path: str) -> Runner:
    """Return the record of what lives at *path* below *root*.

    Raises:
        ChildNotFound: There is no such child.
    """
    shells: Sequence[Shell] = (root,)
    runner: Runner | None = None
    for name in path.split("/"):
        found = [one.engine.slots[name] for one in shells if name in one.engine.slots]
        if not found:
            known = (other for one in shells for other in one.engine.slots)
            first, _, rest = path.partition("/")
            if runner is None and rest and first == root.name:
                fix = "Leave its name out: paths begin below the outermost supervisor."
                raise ChildNotFound(child=path, near=(rest,), fix=fix)
            raise ChildNotFound(child=path, near=close_names(name, known))
        runner = cast("Runner", found[-1])
        shells = runner.inner or ()
    assert runner is not None
    return runner
