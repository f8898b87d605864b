"""Every error of ours says what happened, why, and how to mend it, and keeps the facts."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import trio

import trio_smith
import trio_smith as smith
from trio_smith.config import Layer, Origin, Problem
from trio_smith.errors import FailureError, MisuseError, SmithError, say
from trio_smith.mailbox import Overflow
from trio_smith.testing import Stage

# Facts for those whose parameters do not say it by their names.
FACTS: dict[str, Any] = {
    "cause": ValueError("cause"),
    "failure": ValueError("failure"),
    "failures": (ValueError("one"), KeyError("other")),
    "path": ("desk", "alice"),
    "chain": ("a", "b", "a"),
    "close": ("alice", "alec"),
    "near": ("alice", "alec"),
    "understood": ("Add", "Reset"),
    "known": ("name", "grace"),
    "capacity": 3,
    "overflow": Overflow.REFUSE,
    "restarts": 4,
    "within": 5.0,
    "seconds": 1.5,
    "retry_after": 2.5,
    "max_children": 2,
    "caused": 7,
    "message": int,
    **dict.fromkeys(("expected", "actual", "job", "claim", "token", "sequence", "mark"), 3),
    "promise": "it holds",
    "stage": Stage(seed=1, point=None),
    "problems": (
        Problem(origin=Origin(layer=Layer.BASE, place="app.toml"), why="it is wrong", fix="Mend it."),
    ),
}


def everything_imported() -> None:
    """Import every module of the package: an error in a corner is an error too."""
    for module in pkgutil.walk_packages(trio_smith.__path__, "trio_smith."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def ours(kind: type) -> bool:
    """Whether it belongs to the package; those that tests make up do not count."""
    return kind.__module__.split(".")[0] == "trio_smith"


def below(kind: type[SmithError]) -> Iterator[type[SmithError]]:
    """Yield all subclasses of *kind* that belong to the package, each once."""
    seen: set[type[SmithError]] = set()
    waiting = list(kind.__subclasses__())
    while waiting:
        one = waiting.pop(0)
        if one not in seen and ours(one):
            seen.add(one)
            yield one
        waiting.extend(one.__subclasses__())


everything_imported()
ALL = sorted(below(SmithError), key=lambda kind: kind.__qualname__)
LEAVES = [kind for kind in ALL if not any(ours(sub) for sub in kind.__subclasses__())]


def example(kind: type[SmithError]) -> SmithError:
    """Make one, with made-up facts."""
    facts: dict[str, Any] = {}
    for name, one in inspect.signature(kind).parameters.items():
        facts[name] = f"some {name}" if one.annotation == "str" else FACTS.get(name, f"some {name}")
    return kind(**facts)


def facts_of(error: SmithError) -> dict[str, Any]:
    """Return what it keeps, without what every error keeps."""
    return {name: value for name, value in vars(error).items() if name not in {"what", "why"}}


def test_the_tree_is_known() -> None:
    """A new error joins it by itself; this only shows that they were found."""
    assert len(LEAVES) > 25
    names = {kind.__name__ for kind in LEAVES}
    assert {"AskCycle", "MailboxFull", "RestartIntensityExceeded", "BadCapacity", "InvalidName"} <= names


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_ones_own_mistake_or_the_worlds(kind: type[SmithError]) -> None:
    """Misuse or failure, never both, never neither; and it tells what it is."""
    if kind not in {MisuseError, FailureError} and kind in LEAVES:
        assert issubclass(kind, MisuseError) != issubclass(kind, FailureError)
    assert "__doc__" in vars(kind)
    assert (kind.__doc__ or "").strip()


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_leaf_says_how_to_mend_it(kind: type[SmithError]) -> None:
    """In its own words, as a sentence."""
    assert kind.fix != SmithError.fix
    assert kind.fix.endswith(".")
    assert kind.fix[0].isupper() or not kind.fix[0].isalpha()


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_leaf_takes_facts_by_name_and_keeps_them(kind: type[SmithError]) -> None:
    """Nobody should have to parse the text."""
    parameters = inspect.signature(kind).parameters.values()
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters)
    error = example(kind)
    # ``why`` is said in the text, causes are chained; what was given besides is kept under its name.
    given = {one.name for one in parameters} - {"why", "cause", "failures", "stage"}
    assert given <= set(vars(error)), f"{kind.__name__} does not keep {given - set(vars(error))}"


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_text_is_what_why_and_fix(kind: type[SmithError]) -> None:
    """One shape for all."""
    error = example(kind)
    end = "" if error.why.endswith(("?", "!")) else "."
    assert str(error) == f"{error.what}: {error.why}{end} {error.fix}"
    assert error.what
    assert error.why
    if not issubclass(kind, AssertionError):  # those are reports of failed tests, with a page of their own
        assert "\n" not in str(error)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", ["copy", "deepcopy", "pickle"])
def test_every_error_can_be_copied_and_pickled(kind: type[SmithError], way: str) -> None:
    """Tools do it: test runners between processes, debuggers, loggers."""
    error = example(kind)
    match way:
        case "copy":
            other = copy.copy(error)
        case "deepcopy":
            other = copy.deepcopy(error)
        case _:
            other = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert other.args == error.args
    assert {name: repr(value) for name, value in facts_of(other).items()} == {
        name: repr(value) for name, value in facts_of(error).items()
    }


def test_errors_fit_where_others_of_their_kind_are_expected() -> None:
    """Who catches the built-in one gets ours too."""
    for kind, builtin in (
        (smith.MailboxFull, trio.WouldBlock),
        (smith.BadProtocol, TypeError),
        (smith.NotUnderstood, TypeError),
        (smith.AskCycle, RuntimeError),
        (smith.NoActorContext, RuntimeError),
        (smith.BadCapacity, ValueError),
        (smith.InvalidSpec, ValueError),
        (smith.ChildNotFound, LookupError),
        (smith.StartTimeout, TimeoutError),
    ):
        assert issubclass(kind, builtin)
        assert issubclass(kind, SmithError)


def test_every_error_that_can_be_met_can_be_caught_by_its_public_name() -> None:
    """Not by a private file: packages re-export what they raise."""
    hidden = [
        kind.__name__
        for kind in LEAVES
        if not kind.__module__.startswith("trio_smith.cli")  # a program, not a library
        and not any(
            getattr(
                importlib.import_module(".".join(kind.__module__.split(".")[:depth])), kind.__name__, None
            )
            is kind
            for depth in range(1, len(kind.__module__.split(".")) + 1)
            if not kind.__module__.split(".")[depth - 1].startswith("_")
        )
    ]
    assert hidden == []


def test_an_error_made_of_words_alone_is_fine() -> None:
    """The root and the two kinds can be used as they are."""
    error = MisuseError(what="cannot", why="because")
    assert str(error) == "cannot: because. Read the message above."
    assert str(copy.copy(error)) == str(error)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("text"), "ValueError: text"),
        (ValueError(), "ValueError"),
        (KeyError("a"), "KeyError: 'a'"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
    ids=["text", "none", "quoted", "base"],
)
def test_an_exception_is_said_in_one_line(error: BaseException, said: str) -> None:
    """Type and text."""
    assert say(error) == said


def test_a_long_text_is_cut() -> None:
    """At the limit, with a sign that something is missing."""
    assert say(ValueError("x" * 500), limit=20) == "ValueError: xxxxxxx…"
    assert len(say(ValueError("x" * 500))) == 200
    exact = ValueError("x" * (200 - len("ValueError: ")))
    assert not say(exact).endswith("…")


def test_an_exception_without_a_text_to_be_had_is_said_all_the_same() -> None:
    """Errors about errors must not fail."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    class Wrong(Exception):
        def __str__(self) -> str:
            return 5  # type: ignore[return-value]  # noqa: PLE0307 - that is the point

    assert say(Mute()) == "Mute (its __str__ raised RuntimeError)"
    assert say(Wrong()) == "Wrong (its __str__ raised TypeError)"


def test_a_text_of_several_lines_stays_one_line_of_ours() -> None:
    """A log line must not be forged by an exception's text."""
    assert "\n" not in say(ValueError("first\nsecond"))
