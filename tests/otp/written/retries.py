"""Section 6: a restart whose start fails."""

from collections.abc import Iterator

from tests.otp.scenario import Scenario
from tests.otp.written.words import (
    ALL,
    FAIL,
    HELD_FAIL,
    HELD_OK,
    OK,
    ONE,
    PERMANENT,
    REST,
    TEMPORARY,
    TRANSIENT,
    count,
    crash,
    delete,
    hyphened,
    release,
    restart,
    scenario,
    start,
    stop,
    supervisor,
    worker,
)


def failing() -> Iterator[Scenario]:
    """A restart whose start fails goes through the supervisor's own queue."""
    for most in range(4):
        yield scenario(
            f"6-a-child-that-never-starts-is-attempted-{most}-times",
            supervisor("root", worker("a"), worker("b", PERMANENT, OK, *[FAIL] * 6), max_restarts=most),
            crash("b"),
        )
    yield scenario(
        "6-between-attempts-it-serves-what-has-arrived",
        supervisor("root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, HELD_FAIL, OK), max_restarts=5),
        crash("b"),
        count("root"),
        crash("a"),
        release("b"),
        count("root"),
        release("b"),
    )
    yield scenario(
        "6-a-nested-supervisor-whose-restart-fails-inside",
        supervisor(
            "root",
            worker("a"),
            supervisor("mid", worker("b"), worker("c", PERMANENT, OK, HELD_FAIL, OK), max_restarts=0),
            max_restarts=2,
        ),
        crash("b"),
        count("root"),
        release("c"),
    )


def asked_meanwhile() -> Iterator[Scenario]:
    """What a request does to a child that waits for its retry."""
    yield scenario(
        "6-meanwhile-the-child-is-restarting",
        supervisor("root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, OK), max_restarts=3),
        crash("b"),
        count("root"),
        restart("root", "b"),
        delete("root", "b"),
        start("root", "b"),
        release("b"),
    )
    yield scenario(
        "6-a-stop-by-request-cancels-the-retry",
        supervisor("root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, OK), max_restarts=1),
        crash("b"),
        stop("root", "b"),
        count("root"),
        release("b"),
        crash("a"),
        restart("root", "b"),
    )
    yield scenario(
        "6-a-retry-is-dropped-when-the-id-was-deleted-and-started-again",
        supervisor(
            "root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, HELD_OK, FAIL, OK), max_restarts=3
        ),
        crash("b"),
        stop("root", "b"),
        delete("root", "b"),
        start("root", "b"),
        release("b"),
        crash("a"),
        release("b"),
        crash("b"),
    )


def overtaken() -> Iterator[Scenario]:
    """A group restart comes between a retry and its turn."""
    yield scenario(
        "6-a-retry-is-dropped-uncounted-after-a-group-restart",
        supervisor(
            "root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, OK), strategy=REST, max_restarts=2
        ),
        crash("b"),
        crash("a"),
        release("b"),
        count("root"),
        crash("a"),
    )
    yield scenario(
        "6-two-retries-of-one-child-and-both-find-it-restarting",
        supervisor(
            "root",
            worker("a"),
            worker("b", PERMANENT, OK, HELD_FAIL, FAIL, FAIL, OK),
            strategy=ALL,
            max_restarts=5,
        ),
        crash("b"),
        crash("a"),
        release("b"),
        count("root"),
    )
    yield scenario(
        "6-two-retries-of-one-child-and-the-second-finds-it-running",
        supervisor(
            "root", worker("a"), worker("b", PERMANENT, OK, HELD_FAIL, FAIL, OK), strategy=ALL, max_restarts=3
        ),
        crash("b"),
        crash("a"),
        release("b"),
        crash("a"),
    )
    for strategy in (ALL, REST):
        yield scenario(
            f"6-{hyphened(strategy)}-an-older-retry-takes-its-turn-although-a-newer-one-waits",
            supervisor(
                "root",
                worker("a"),
                worker("b", PERMANENT, OK, HELD_FAIL, HELD_FAIL, OK),
                strategy=strategy,
                max_restarts=3,
            ),
            crash("b"),
            crash("a"),
            release("b"),
            count("root"),
            release("b"),
        )


def failing_groups() -> Iterator[Scenario]:
    """In a group the start stops at the first failing child X, and the retry is a restart of X."""
    for strategy in (ALL, REST):
        word = hyphened(strategy)
        five = (
            worker("a"),
            worker("b"),
            worker("c", PERMANENT, OK, HELD_FAIL, OK),
            worker("d", TRANSIENT),
            worker("e", TEMPORARY),
        )
        yield scenario(
            f"6-{word}-stops-at-x-which-is-not-f",
            supervisor("root", *five, strategy=strategy, max_restarts=2),
            crash("b"),
            count("root"),
            release("c"),
        )
        yield scenario(
            f"6-{word}-stops-at-x-which-is-f",
            supervisor("root", *five, strategy=strategy, max_restarts=2),
            crash("c"),
            count("root"),
            release("c"),
        )
        yield scenario(
            f"6-{word}-requests-find-those-after-x-down",
            supervisor("root", *five, strategy=strategy, max_restarts=2),
            crash("a"),
            restart("root", "d"),
            restart("root", "c"),
            delete("root", "d"),
            release("c"),
        )
        yield scenario(
            f"6-{word}-x-is-stopped-by-request-and-the-rest-stays-down",
            supervisor("root", *five, strategy=strategy, max_restarts=2),
            crash("a"),
            stop("root", "c"),
            release("c"),
            crash("a"),
        )
        yield scenario(
            f"6-{word}-one-before-x-dies-before-the-retry",
            supervisor("root", *five, strategy=strategy, max_restarts=3),
            crash("a"),
            crash("b"),
            release("c"),
        )
        yield scenario(
            f"6-{word}-gives-up-at-a-retry",
            supervisor(
                "root",
                worker("a"),
                worker("b", PERMANENT, OK, FAIL, FAIL, FAIL),
                worker("c"),
                strategy=strategy,
            ),
            crash("a"),
        )
    yield scenario(
        "6-one-for-one-gives-up-at-a-retry",
        supervisor("root", worker("a"), worker("b", PERMANENT, OK, FAIL, FAIL), strategy=ONE, max_restarts=1),
        crash("b"),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (failing, asked_meanwhile, overtaken, failing_groups):
        yield from part()
