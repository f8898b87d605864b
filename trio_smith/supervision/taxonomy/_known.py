"""The families of exceptions that others raise."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...errors import ErrorFamily

# By name, so that nothing is imported for it: not what a Python may lack, as sqlite3, and not Trio, by what
# only decides. A subclass belongs to the family of its nearest base that stands here.
KNOWN: Final[Mapping[str, ErrorFamily]] = MappingProxyType(
    {
        "builtins.SystemError": ErrorFamily.RUNTIME,
        "trio.TrioInternalError": ErrorFamily.RUNTIME,
        "sqlite3.Error": ErrorFamily.PERSISTENCE,
        "configparser.Error": ErrorFamily.CONFIGURATION,
        "tomllib.TOMLDecodeError": ErrorFamily.CONFIGURATION,
        "builtins.MemoryError": ErrorFamily.RESOURCE,
        "builtins.OSError": ErrorFamily.RESOURCE,
        "builtins.EOFError": ErrorFamily.STREAM,
        "trio.ClosedResourceError": ErrorFamily.STREAM,
        "trio.EndOfChannel": ErrorFamily.STREAM,
        "builtins.ConnectionError": ErrorFamily.NETWORK,
        "builtins.TimeoutError": ErrorFamily.NETWORK,  # the operating system's; a deadline is TooSlowError
        "socket.gaierror": ErrorFamily.NETWORK,
        "socket.herror": ErrorFamily.NETWORK,
        "ssl.SSLError": ErrorFamily.NETWORK,
        "trio.BrokenResourceError": ErrorFamily.NETWORK,
        "subprocess.SubprocessError": ErrorFamily.TOOL,
    }
)

# An OSError that has no class of its own for what it says.
NETWORK_NUMBERS: Final = frozenset(
    (errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH)
)


def known_family(kind: type, error: BaseException) -> ErrorFamily | None:
    """Return the family of *error* by *kind*, a class of it; None if *kind* stands in no table."""
    if kind is OSError and isinstance(error, OSError) and error.errno in NETWORK_NUMBERS:
        return ErrorFamily.NETWORK
    return KNOWN.get(f"{kind.__module__}.{kind.__qualname__}")
