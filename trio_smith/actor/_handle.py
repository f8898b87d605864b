"""What stands for one living thing: its copy is itself, and it does not leave the process."""

from __future__ import annotations

from typing import NoReturn, Self

from ._errors import NotPortable


class Handle:
    """Base of refs and of the handles of children and supervisors."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # a message with a ref in it can be copied; the tree behind the ref cannot

    def __reduce__(self) -> NoReturn:
        raise NotPortable(handle=repr(self))
