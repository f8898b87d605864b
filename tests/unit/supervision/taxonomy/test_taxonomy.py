"""Every exception is in one family, and the family says what is done."""

import errno
import importlib
import pkgutil
import socket
import sqlite3
import ssl
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

import trio_smith
import trio_smith as smith
from trio_smith.errors import ErrorFamily, FailureError, SmithError
from trio_smith.exits import Crashed
from trio_smith.supervision import RECOVERIES, Decision, Recovery, Severity, Taxonomy
from trio_smith.supervision.engine._rules import decision_about
from trio_smith.supervision.taxonomy._known import KNOWN

USUAL = Taxonomy()


def all_errors() -> Iterator[type[SmithError]]:
    """Yield the root and every subclass of it in the package, whoever imports it."""
    for module in pkgutil.walk_packages(trio_smith.__path__, "trio_smith."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting: list[type[SmithError]] = [SmithError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.split(".")[0] == "trio_smith":
            yield kind
        waiting.extend(kind.__subclasses__())


ERRORS = sorted(all_errors(), key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_ours_has_a_family_and_the_family_a_recovery(kind: type[SmithError]) -> None:
    """And the taxonomy finds just the one that the class names."""
    error = kind.__new__(kind)
    assert isinstance(kind.family, ErrorFamily)
    assert USUAL.family_of(error) is kind.family
    assert USUAL.recovery_of(error) is RECOVERIES[kind.family]
    assert USUAL(error) is RECOVERIES[kind.family].decision


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (smith.RestartIntensityExceeded(supervisor="s", child="a", restarts=1, within=1.0), "supervision"),
        (smith.SupervisorStopped(supervisor="s"), "resource"),
        (smith.StartTimeout(child="a", seconds=1.0), "task"),
        (smith.NameNotFound(name="a"), "actor"),
        (smith.CircuitOpen(breaker="b", retry_after=1.0, why="it is"), "network"),
        (smith.RateLimited(limit="l", retry_after=1.0, why="it is"), "resource"),
        (sqlite3.OperationalError("locked"), "persistence"),
        (tomllib.TOMLDecodeError("bad"), "configuration"),
        (MemoryError(), "resource"),
        (FileNotFoundError(), "resource"),
        (OSError(errno.EMFILE, "too many"), "resource"),
        (OSError(errno.ENOSPC, "full"), "resource"),
        (OSError("of no number"), "resource"),
        (OSError(errno.ENETUNREACH, "no way"), "network"),
        (OSError(errno.EHOSTUNREACH, "no way"), "network"),
        (ConnectionResetError(), "network"),
        (TimeoutError(), "network"),
        (socket.gaierror(socket.EAI_NONAME, "who?"), "network"),
        (ssl.SSLError(), "network"),
        (ssl.SSLCertVerificationError(), "network"),
        (trio.BrokenResourceError(), "network"),
        (trio.EndOfChannel(), "stream"),
        (EOFError(), "stream"),
        (subprocess.CalledProcessError(1, "ls"), "tool"),
        (SystemError(), "runtime"),
        (trio.TooSlowError(), "task"),
        (ValueError(), "task"),
        (KeyError(), "task"),
        (KeyboardInterrupt(), "task"),
    ],
    ids=repr,
)
def test_errors_of_others_are_known_by_their_nearest_class(error: BaseException, family: str) -> None:
    """What nobody knows is a task's."""
    assert USUAL.family_of(error) is ErrorFamily(family)


@pytest.mark.parametrize("name", KNOWN)
def test_every_name_in_the_table_is_that_of_an_exception(name: str) -> None:
    """It is looked up by its name, so a slip of the pen would never be noticed."""
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(module), kind)
    assert issubclass(found, BaseException)
    assert f"{found.__module__}.{found.__qualname__}" == name


async def test_a_connection_that_trio_could_not_make_is_the_networks() -> None:
    """Trio raises an OSError without a number; what was tried is its cause."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(OSError, match="all attempts to connect") as caught:
            await trio.open_tcp_stream("127.0.0.1", taken.getsockname()[1])
    assert USUAL.family_of(caught.value) is ErrorFamily.NETWORK


def failed(cause: BaseException) -> smith.StartFailed:
    """Return what a supervisor reports."""
    return smith.StartFailed(path=("a",), cause=cause)


def test_a_failed_start_is_in_the_family_of_its_cause() -> None:
    """The supervisor only reports it, however many are between."""
    assert USUAL.family_of(failed(failed(ConnectionError()))) is ErrorFamily.NETWORK
    group = failed(ExceptionGroup("both", [ValueError(), sqlite3.Error()]))
    assert USUAL.family_of(group) is ErrorFamily.PERSISTENCE
    assert USUAL(group) is Decision.ESCALATE
    again = failed(ConnectionError())
    assert USUAL(ExceptionGroup("twice", [again, again])) is Decision.RESTART


def test_causes_may_be_deep_and_go_in_circles() -> None:
    """Nobody promises that they do not, and a supervisor must not hang over it."""
    deep: BaseException = ConnectionError()
    for _ in range(5_000):
        deep = failed(deep)
    assert USUAL.family_of(deep) is ErrorFamily.NETWORK
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first
    assert USUAL.family_of(first) is ErrorFamily.TASK
    assert USUAL(first) is Decision.RESTART


class Elsewhere(Exception):
    """An error of somebody else."""


class Nearer(Elsewhere):
    """One below it."""


class Mine(KeyError):
    """An error of the application."""

    family: ClassVar[ErrorFamily] = ErrorFamily.NETWORK


class Odd(Exception):
    """It means another family by that word."""

    family = "Smith"


def test_a_class_of_ones_own_says_its_family_itself() -> None:
    """Whatever its base is; and what is no family is nobody's business."""
    assert USUAL.family_of(Mine()) is ErrorFamily.NETWORK
    assert USUAL.family_of(Odd()) is ErrorFamily.TASK


def test_types_say_the_family_of_what_is_not_ones_own() -> None:
    """The nearest class wins, and the table of types over the class itself."""
    taxonomy = Taxonomy(
        types={
            Elsewhere: ErrorFamily.TOOL,
            Nearer: ErrorFamily.PERSISTENCE,
            Mine: ErrorFamily.EVENT,
            smith.StartTimeout: ErrorFamily.NETWORK,
            OSError: ErrorFamily.PERSISTENCE,
        }
    )
    assert taxonomy.family_of(Elsewhere()) is ErrorFamily.TOOL
    assert taxonomy.family_of(Nearer()) is ErrorFamily.PERSISTENCE
    assert taxonomy.family_of(Mine()) is ErrorFamily.EVENT
    assert taxonomy.family_of(smith.StartTimeout(child="a", seconds=1.0)) is ErrorFamily.NETWORK
    assert taxonomy.family_of(FileNotFoundError()) is ErrorFamily.PERSISTENCE
    assert taxonomy.family_of(ConnectionResetError()) is ErrorFamily.NETWORK
    assert USUAL.family_of(Nearer()) is ErrorFamily.TASK


def test_rows_are_replaced_one_by_one() -> None:
    """The others are as ever, and so is the table of all."""
    row = Recovery(severity=Severity.CRITICAL, decision=Decision.ESCALATE)
    taxonomy = Taxonomy(recoveries={ErrorFamily.NETWORK: row})
    assert taxonomy(ConnectionError()) is Decision.ESCALATE
    assert taxonomy.recovery_of(ConnectionError()) is row
    assert taxonomy.recoveries == {**RECOVERIES, ErrorFamily.NETWORK: row}
    assert USUAL(ConnectionError()) is Decision.RESTART


def test_what_was_given_may_change_afterwards() -> None:
    """A supervisor decides by what it was given when it was made."""
    types: dict[type[BaseException], ErrorFamily] = {}
    taxonomy = Taxonomy(types=types)
    types[Elsewhere] = ErrorFamily.TOOL
    assert taxonomy.family_of(Elsewhere()) is ErrorFamily.TASK


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"types": [Elsewhere]}, "types maps"),
        ({"types": {"Elsewhere": ErrorFamily.TOOL}}, "'Elsewhere'"),
        ({"types": {int: ErrorFamily.TOOL}}, "int"),
        ({"types": {Elsewhere: "tool"}}, "Elsewhere: 'tool' cannot stand here"),
        ({"recoveries": None}, "None cannot stand here: recoveries maps"),
        ({"recoveries": {"tool": RECOVERIES[ErrorFamily.TOOL]}}, "'tool'"),
        ({"recoveries": {ErrorFamily.TOOL: Decision.STOP}}, "to a smith.Recovery"),
    ],
)
def test_a_wrong_table_is_refused_at_the_door(options: dict[str, Any], said: str) -> None:
    """With what is wrong in it, and what it takes."""
    with pytest.raises(ValueError, match="cannot stand here") as caught:
        Taxonomy(**options)
    assert said in str(caught.value)


LEAVES = st.sampled_from(
    [ConnectionError, ValueError, MemoryError, sqlite3.Error, SystemError, smith.BadSettings]
)
errors = st.recursive(
    LEAVES.map(lambda kind: kind.__new__(kind)),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda some: ExceptionGroup("some", some)),
    max_leaves=6,
)


def flat(error: BaseException) -> list[BaseException]:
    """Return what a group holds at any depth."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in flat(part)]
    return [error]


@given(errors)
def test_of_a_group_the_most_severe_one_counts(error: Exception) -> None:
    """For the row and for the supervisor, whether it asks about each leaf or somebody about the whole."""
    families = [USUAL.family_of(leaf) for leaf in flat(error)]
    assert USUAL.recovery_of(error).severity == max(RECOVERIES[one].severity for one in families)
    assert USUAL.family_of(error) in families
    assert USUAL(error) is decision_about(Crashed(error), USUAL)


def test_a_deadline_of_ones_own_class_is_not_the_networks() -> None:
    """Our errors say their family, though some are TimeoutErrors as well."""

    class Late(FailureError, TimeoutError):
        pass

    assert USUAL.family_of(Late(what="late", why="slow")) is ErrorFamily.TASK
