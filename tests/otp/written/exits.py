"""Sections 4 and 5: a child's own exit, and how many restarts are too many."""

from collections.abc import Callable, Iterator

from tests.otp.scenario import Restart, Scenario, Step, Strategy
from tests.otp.written.words import (
    ALL,
    FAIL,
    HELD_OK,
    IGNORE,
    OK,
    ONE,
    PERMANENT,
    REST,
    TEMPORARY,
    TRANSIENT,
    count,
    crash,
    delete,
    done,
    hyphened,
    release,
    restart,
    scenario,
    shut,
    start,
    stop,
    supervisor,
    worker,
)

ENDINGS: tuple[tuple[str, Callable[[str], Step]], ...] = (
    ("crash", crash),
    ("return", done),
    ("shutdown", shut),
)


def own_exit() -> Iterator[Scenario]:
    """The table of restart kind by ending, once for each strategy."""
    for kind in Restart:
        for name, end in ENDINGS:
            for strategy in Strategy:
                yield scenario(
                    f"4-{kind.value}-{name}-{hyphened(strategy)}",
                    supervisor(
                        "root", worker("a"), worker("b", kind), worker("c"), strategy=strategy, max_restarts=1
                    ),
                    end("b"),
                    end("b"),
                    count("root"),
                )


def gave_up_below() -> Iterator[Scenario]:
    """A supervisor that gave up counts as normal-like for its parent."""
    for kind in Restart:
        yield scenario(
            f"4-a-{kind.value}-supervisor-gave-up",
            supervisor(
                "root",
                worker("a"),
                supervisor("mid", worker("b"), worker("c"), restart=kind, max_restarts=0),
                max_restarts=1,
            ),
            crash("b"),
            count("root"),
            restart("root", "mid"),
        )


def how_many() -> Iterator[Scenario]:
    """So many restarts are allowed, and the next one is fatal."""
    for most in range(4):
        yield scenario(
            f"5-{most}-restarts-are-allowed",
            supervisor("root", worker("a"), worker("b"), max_restarts=most),
            *(crash("a") for _ in range(most + 1)),
            crash("b"),
        )
    yield scenario(
        "5-one-list-for-all-children",
        supervisor("root", worker("a"), worker("b"), worker("c"), max_restarts=2),
        crash("a"),
        crash("b"),
        crash("c"),
    )
    yield scenario(
        "5-a-normal-exit-of-a-permanent-child-counts",
        supervisor("root", worker("a"), max_restarts=1),
        done("a"),
        shut("a"),
    )
    for strategy in (ONE, ALL, REST):
        yield scenario(
            f"5-checked-before-{hyphened(strategy)}-acts",
            supervisor("root", worker("a"), worker("b"), worker("c"), strategy=strategy, max_restarts=0),
            crash("b"),
        )
    yield scenario(
        "5-a-group-restart-counts-once",
        supervisor("root", worker("a"), worker("b"), worker("c"), strategy=ALL, max_restarts=2),
        crash("a"),
        crash("c"),
        crash("b"),
    )
    yield scenario(
        "5-what-counts-nothing",
        supervisor(
            "root",
            worker("a"),
            worker("b", TRANSIENT),
            worker("c", TEMPORARY),
            worker("d", PERMANENT, OK, FAIL),
            max_restarts=0,
        ),
        done("b"),
        crash("c"),
        stop("root", "d"),
        restart("root", "d"),
        start("root", "bad"),
        restart("root", "d"),
        stop("root", "a"),
        crash("d"),
        spares=(worker("bad", PERMANENT, FAIL),),
    )


def giving_up() -> Iterator[Scenario]:
    """What a supervisor that gives up does, and what becomes of it."""
    yield scenario(
        "5-giving-up-climbs-the-tree",
        supervisor(
            "root",
            worker("a"),
            supervisor("mid", supervisor("low", worker("b"), worker("c"), max_restarts=0), max_restarts=0),
            worker("d"),
            max_restarts=1,
        ),
        crash("b"),
        crash("c"),
    )
    yield scenario(
        "5-a-restarted-supervisor-begins-with-an-empty-list",
        supervisor("root", supervisor("mid", worker("a"), max_restarts=1), max_restarts=2),
        *(crash("a") for _ in range(6)),
    )
    yield scenario(
        "5-a-restarted-supervisor-begins-with-its-initial-specs",
        supervisor(
            "root", supervisor("mid", worker("a"), worker("b"), worker("c", TEMPORARY), max_restarts=0)
        ),
        start("mid", "new"),
        stop("mid", "b"),
        delete("mid", "b"),
        crash("c"),
        count("mid"),
        crash("a"),
        count("mid"),
        spares=(worker("new"),),
    )
    yield scenario(
        "5-retries-are-counted-like-the-first-attempt",
        supervisor("root", worker("a", PERMANENT, OK, FAIL, FAIL, FAIL), worker("b"), max_restarts=3),
        crash("a"),
    )
    yield scenario(
        "5-a-request-that-waits-while-it-gives-up-is-not-served",
        supervisor("root", supervisor("mid", worker("a"), max_restarts=0), max_restarts=1),
        start("mid", "gate"),
        crash("a"),
        count("mid"),
        start("mid", "late"),
        release("gate"),
        count("mid"),
        spares=(worker("gate", PERMANENT, HELD_OK), worker("late")),
    )
    yield scenario(
        "5-giving-up-passes-over-who-is-down",
        supervisor(
            "root",
            worker("a"),
            worker("b", TRANSIENT),
            worker("c", PERMANENT, IGNORE),
            worker("d"),
            max_restarts=0,
        ),
        done("b"),
        crash("a"),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (own_exit, gave_up_below, how_many, giving_up):
        yield from part()
