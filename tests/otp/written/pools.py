"""Sections 8 and 10: dynamic pools, and the order of stopping."""

from collections.abc import Iterator

from tests.otp.scenario import Restart, Scenario
from tests.otp.written.words import (
    FAIL,
    HELD_FAIL,
    HELD_OK,
    HELD_STOP,
    IGNORE,
    NOBODY,
    OK,
    PERMANENT,
    STOP_CRASH,
    TEMPORARY,
    TRANSIENT,
    count,
    crash,
    delete,
    done,
    pool,
    release,
    restart,
    scenario,
    start,
    stop,
    supervisor,
    worker,
)

FIRST, SECOND, THIRD = worker("i"), worker("k"), worker("n")


def instances() -> Iterator[Scenario]:
    """Instances come on demand and are restarted one for one."""
    for kind in Restart:
        yield scenario(
            f"8-{kind.value}-instances",
            supervisor("root", worker("a"), pool("pool", instance_restart=kind, max_restarts=3)),
            start("pool", "i"),
            start("pool", "k"),
            crash("i"),
            done("k"),
            count("pool"),
            spares=(FIRST, SECOND),
        )
    yield scenario(
        "8-a-pool-as-the-root",
        pool("pool", max_restarts=1),
        start("pool", "i"),
        crash("i"),
        start("pool", "k"),
        crash("k"),
        spares=(FIRST, SECOND),
    )
    yield scenario(
        "8-a-failed-or-ignored-start-leaves-nothing-behind",
        supervisor("root", pool("pool")),
        start("pool", "i"),
        start("pool", "k"),
        count("pool"),
        start("pool", "n"),
        spares=(worker("i", PERMANENT, FAIL), worker("k", PERMANENT, IGNORE), THIRD),
    )
    yield scenario(
        "8-a-restart-that-fails-is-retried",
        supervisor("root", pool("pool", max_restarts=3)),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        count("pool"),
        spares=(worker("i", PERMANENT, OK, FAIL, FAIL), SECOND),
    )
    yield scenario(
        "8-between-attempts-it-serves-what-has-arrived",
        supervisor("root", pool("pool", max_restarts=5)),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        crash("k"),
        start("pool", "n"),
        release("i"),
        count("pool"),
        spares=(worker("i", PERMANENT, OK, HELD_FAIL, FAIL), SECOND, THIRD),
    )
    yield scenario(
        "8-count-takes-restarting-instances-for-workers",
        supervisor("root", pool("pool", max_restarts=5)),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        count("pool"),
        release("i"),
        spares=(worker("i", PERMANENT, OK, HELD_FAIL), SECOND),
    )
    yield scenario(
        "8-a-pool-that-gives-up",
        supervisor("root", worker("a"), pool("pool", max_restarts=1), worker("b")),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        crash("k"),
        count("pool"),
        start("pool", "n"),
        spares=(FIRST, SECOND, THIRD),
    )
    yield scenario(
        "8-a-pool-that-gives-up-at-a-retry",
        supervisor("root", pool("pool", max_restarts=2)),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        spares=(worker("i", PERMANENT, OK, FAIL, FAIL), SECOND),
    )


def handles() -> Iterator[Scenario]:
    """Instances have handles and no ids."""
    yield scenario(
        "8-stop-by-handle",
        supervisor("root", pool("pool")),
        start("pool", "i"),
        start("pool", "k"),
        stop("pool", "i"),
        stop("pool", "i"),
        count("pool"),
        spares=(worker("i", PERMANENT, stops=(STOP_CRASH,)), SECOND),
    )
    yield scenario(
        "8-stop-by-handle-of-one-that-is-gone",
        supervisor("root", pool("pool", instance_restart=TRANSIENT)),
        start("pool", "i"),
        done("i"),
        stop("pool", "i"),
        spares=(FIRST,),
    )
    yield scenario(
        "8-stop-by-handle-of-somebody-elses-child",
        supervisor("root", worker("a"), pool("pool"), pool("other")),
        start("other", "k"),
        stop("pool", "a"),
        stop("pool", "k"),
        spares=(SECOND,),
    )
    yield scenario(
        "8-a-pool-has-no-ids",
        supervisor("root", pool("pool")),
        stop("pool", NOBODY),
        restart("pool", NOBODY),
        delete("pool", NOBODY),
    )
    yield scenario(
        "8-stop-by-handle-cancels-the-retry",
        supervisor("root", pool("pool", max_restarts=1)),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        stop("pool", "i"),
        release("i"),
        crash("k"),
        spares=(worker("i", PERMANENT, OK, HELD_FAIL), SECOND),
    )
    yield scenario(
        "8-stop-by-handle-absorbs-a-death-that-has-arrived",
        supervisor("root", pool("pool", max_restarts=0)),
        start("pool", "i"),
        start("pool", "n"),
        stop("pool", "i"),
        crash("i"),
        release("n"),
        spares=(FIRST, worker("n", PERMANENT, HELD_OK)),
    )
    yield scenario(
        "8-a-restarted-pool-is-empty",
        supervisor("root", pool("pool", max_restarts=0), max_restarts=1),
        start("pool", "i"),
        crash("i"),
        stop("pool", "i"),
        start("pool", "k"),
        spares=(FIRST, SECOND),
    )


def all_at_once() -> Iterator[Scenario]:
    """A pool that stops signals all instances at once."""
    spares = (worker("i", PERMANENT, stops=(HELD_STOP,)), worker("k", PERMANENT, stops=(STOP_CRASH,)), THIRD)
    started = (start("pool", "i"), start("pool", "k"), start("pool", "n"))
    yield scenario(
        "8-stopping-the-pool-signals-all-at-once",
        supervisor("root", worker("a"), pool("pool"), worker("b")),
        *started,
        stop("root", "pool"),
        release("i"),
        spares=spares,
    )
    yield scenario(
        "8-giving-up-signals-all-at-once",
        supervisor("root", worker("a"), pool("pool", max_restarts=0, restart=TRANSIENT), worker("b")),
        *started,
        crash("n"),
        count("pool"),
        release("i"),
        spares=spares,
    )
    yield scenario(
        "8-one-that-had-died-is-absorbed",
        supervisor("root", worker("a"), pool("pool", restart=TEMPORARY, max_restarts=0)),
        *started,
        start("pool", "gate"),
        crash("n"),
        crash("k"),
        release("gate"),
        release("i"),
        spares=(*spares, worker("gate", PERMANENT, HELD_OK)),
    )


def stopping() -> Iterator[Scenario]:
    """Section 10: strictly one after the other, in reverse order."""
    tree = supervisor(
        "root",
        worker("a"),
        supervisor("mid", worker("b"), supervisor("low", worker("c"), worker("d")), worker("e")),
        pool("pool"),
        worker("f"),
    )
    yield scenario(
        "10-in-reverse-order-through-the-tree",
        tree,
        start("pool", "i"),
        start("pool", "k"),
        spares=(FIRST, SECOND),
    )
    yield scenario(
        "10-a-slow-one-holds-up-those-before-it",
        supervisor("root", worker("a", stops=(HELD_STOP,)), worker("b"), worker("c", stops=(HELD_STOP,))),
    )
    yield scenario(
        "10-how-a-child-ends-when-stopped-affects-nothing",
        supervisor(
            "root",
            worker("a", PERMANENT, stops=(STOP_CRASH,)),
            worker("b", TRANSIENT, stops=(STOP_CRASH,)),
            worker("c", TEMPORARY, stops=(STOP_CRASH,)),
            max_restarts=0,
        ),
        stop("root", "b"),
    )
    yield scenario(
        "10-one-that-dies-while-another-is-stopped",
        supervisor("root", worker("a"), worker("b"), worker("c", stops=(HELD_STOP,)), max_restarts=0),
        stop("root", "c"),
        crash("a"),
        release("c"),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (instances, handles, all_at_once, stopping):
        yield from part()
