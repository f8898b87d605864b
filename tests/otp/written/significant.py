"""Section 7: significant children and automatic shutdown."""

from collections.abc import Iterator

from tests.otp.scenario import Restart, Scenario
from tests.otp.written.words import (
    ALL,
    ALL_SIGNIFICANT,
    ANY_SIGNIFICANT,
    HELD_FAIL,
    HELD_OK,
    IGNORE,
    OK,
    PERMANENT,
    REST,
    STOP_CRASH,
    TEMPORARY,
    TRANSIENT,
    count,
    crash,
    done,
    hyphened,
    pool,
    release,
    scenario,
    shut,
    start,
    stop,
    supervisor,
    worker,
)

A = worker("a", TRANSIENT, significant=True)
B = worker("b", TEMPORARY, significant=True)
C = worker("c")


def any_one() -> Iterator[Scenario]:
    """Any significant child's own exit that leads to no restart."""
    for name, step in (
        ("transient-return", done("a")),
        ("transient-shutdown", shut("a")),
        ("temporary-crash", crash("b")),
        ("temporary-return", done("b")),
    ):
        yield scenario(
            f"7-any-{name}-stops-it-in-reverse",
            supervisor("root", A, worker("d", stops=(STOP_CRASH,)), B, C, auto_shutdown=ANY_SIGNIFICANT),
            step,
        )
    yield scenario(
        "7-any-not-after-an-exit-that-leads-to-a-restart",
        supervisor("root", A, B, C, auto_shutdown=ANY_SIGNIFICANT, max_restarts=2),
        crash("a"),
        crash("a"),
        done("a"),
    )
    yield scenario(
        "7-any-not-after-a-stop-by-request",
        supervisor("root", A, B, C, auto_shutdown=ANY_SIGNIFICANT),
        stop("root", "a"),
        stop("root", "b"),
        count("root"),
    )
    yield scenario(
        "7-any-not-after-an-insignificant-exit",
        supervisor("root", A, worker("d", TRANSIENT), worker("e", TEMPORARY), auto_shutdown=ANY_SIGNIFICANT),
        done("d"),
        crash("e"),
        done("a"),
    )
    yield scenario(
        "7-never-means-never",
        supervisor("root", worker("a", TRANSIENT), worker("b", TEMPORARY)),
        done("a"),
        done("b"),
        count("root"),
    )
    for strategy in (ALL, REST):
        yield scenario(
            f"7-any-not-after-a-group-restart-{hyphened(strategy)}",
            supervisor("root", C, A, B, strategy=strategy, auto_shutdown=ANY_SIGNIFICANT, max_restarts=1),
            crash("c"),
            done("a"),
        )
        yield scenario(
            f"7-any-not-after-an-absorbed-exit-{hyphened(strategy)}",
            supervisor("root", C, A, B, strategy=strategy, auto_shutdown=ANY_SIGNIFICANT, max_restarts=1),
            start("root", "gate"),
            crash("c"),
            done("a"),
            crash("b"),
            release("gate"),
            spares=(worker("gate", PERMANENT, HELD_OK),),
        )


def all_of_them() -> Iterator[Scenario]:
    """When no significant child is up."""
    for name, steps in (
        ("one-after-the-other", (done("a"), crash("b"))),
        ("the-other-way-round", (crash("b"), done("a"))),
        ("one-was-stopped-by-request", (stop("root", "a"), done("b"))),
        ("the-last-was-stopped-by-request", (done("a"), stop("root", "b"), crash("c"))),
        ("an-insignificant-exit-comes-last", (done("c"), done("a"), done("b"))),
    ):
        yield scenario(
            f"7-all-{name}",
            supervisor("root", A, B, C, auto_shutdown=ALL_SIGNIFICANT, max_restarts=3),
            *steps,
        )
    yield scenario(
        "7-all-an-ignored-one-is-down",
        supervisor(
            "root", worker("a", TRANSIENT, IGNORE, significant=True), B, C, auto_shutdown=ALL_SIGNIFICANT
        ),
        done("b"),
    )
    yield scenario(
        "7-all-a-restarting-one-is-up",
        supervisor(
            "root",
            worker("a", TRANSIENT, OK, HELD_FAIL, OK, significant=True),
            B,
            C,
            auto_shutdown=ALL_SIGNIFICANT,
            max_restarts=3,
        ),
        crash("a"),
        done("b"),
        release("a"),
        done("a"),
    )
    yield scenario(
        "7-all-a-dead-one-whose-exit-still-waits-is-up",
        supervisor("root", A, B, C, auto_shutdown=ALL_SIGNIFICANT, max_restarts=3),
        start("root", "gate"),
        done("b"),
        done("a"),
        count("root"),
        release("gate"),
        spares=(worker("gate", PERMANENT, HELD_OK),),
    )
    yield scenario(
        "7-all-after-a-group-restart-revived-one",
        supervisor("root", A, B, C, strategy=ALL, auto_shutdown=ALL_SIGNIFICANT, max_restarts=3),
        done("a"),
        crash("c"),
        count("root"),
        done("a"),
    )
    yield scenario(
        "7-all-one-by-request-counts-too",
        supervisor("root", A, auto_shutdown=ALL_SIGNIFICANT),
        start("root", "n"),
        done("a"),
        done("n"),
        spares=(worker("n", TEMPORARY, significant=True),),
    )


def up_the_tree() -> Iterator[Scenario]:
    """An automatic shutdown is a normal-like exit for the parent."""
    for kind in Restart:
        yield scenario(
            f"7-a-{kind.value}-supervisor-shut-itself-down",
            supervisor(
                "root",
                worker("d"),
                supervisor("mid", A, C, restart=kind, auto_shutdown=ANY_SIGNIFICANT),
                max_restarts=1,
            ),
            done("a"),
            count("root"),
        )
    yield scenario(
        "7-it-climbs-through-significant-supervisors",
        supervisor(
            "root",
            worker("d"),
            supervisor(
                "mid",
                supervisor("low", A, C, restart=TRANSIENT, significant=True, auto_shutdown=ANY_SIGNIFICANT),
                worker("e"),
                restart=TEMPORARY,
                significant=True,
                auto_shutdown=ALL_SIGNIFICANT,
            ),
            auto_shutdown=ANY_SIGNIFICANT,
        ),
        done("a"),
    )
    yield scenario(
        "7-a-significant-supervisor-that-gave-up",
        supervisor(
            "root",
            supervisor("mid", C, restart=TRANSIENT, significant=True, max_restarts=0),
            worker("d"),
            auto_shutdown=ANY_SIGNIFICANT,
        ),
        crash("c"),
    )
    yield scenario(
        "7-a-request-that-waits-while-it-shuts-down",
        supervisor("root", supervisor("mid", A, C, auto_shutdown=ANY_SIGNIFICANT), max_restarts=2),
        start("mid", "gate"),
        done("a"),
        count("mid"),
        release("gate"),
        spares=(worker("gate", PERMANENT, HELD_OK),),
    )


def in_pools() -> Iterator[Scenario]:
    """A pool stops at its first, or its last, instance's own exit."""
    spares = (worker("i"), worker("k"))
    for name, auto in (("any", ANY_SIGNIFICANT), ("all", ALL_SIGNIFICANT)):
        significant = {"auto_shutdown": auto, "instance_restart": TRANSIENT, "instance_significant": True}
        yield scenario(
            f"7-pool-{name}",
            supervisor("root", pool("pool", restart=TRANSIENT, **significant), worker("d")),
            start("pool", "i"),
            start("pool", "k"),
            done("i"),
            done("k"),
            spares=spares,
        )
        yield scenario(
            f"7-pool-{name}-not-when-emptied-by-request",
            supervisor("root", pool("pool", restart=TRANSIENT, **significant), worker("d")),
            start("pool", "i"),
            stop("pool", "i"),
            start("pool", "k"),
            crash("k"),
            done("k"),
            spares=spares,
        )
    yield scenario(
        "7-pool-all-a-restarting-instance-is-up",
        supervisor(
            "root",
            pool(
                "pool",
                auto_shutdown=ALL_SIGNIFICANT,
                instance_restart=TRANSIENT,
                instance_significant=True,
                max_restarts=3,
            ),
        ),
        start("pool", "i"),
        start("pool", "k"),
        crash("i"),
        done("k"),
        release("i"),
        done("i"),
        spares=(worker("i", TRANSIENT, OK, HELD_FAIL, OK), worker("k")),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (any_one, all_of_them, up_the_tree, in_pools):
        yield from part()
