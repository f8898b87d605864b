"""Section 6: whom a restart concerns."""

from collections.abc import Iterator

from tests.otp.scenario import Restart, Scenario, Strategy
from tests.otp.written.words import (
    ALL,
    GATE,
    HELD_OK,
    HELD_STOP,
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
    start,
    stop,
    supervisor,
    worker,
)


def whom() -> Iterator[Scenario]:
    """Who is stopped, who is started, who is left alone."""
    for strategy in Strategy:
        yield scenario(
            f"6-{hyphened(strategy)}",
            supervisor("root", *map(worker, "abcd"), strategy=strategy, max_restarts=3),
            crash("b"),
            crash("a"),
            crash("d"),
        )
        yield scenario(
            f"6-{hyphened(strategy)}-keeps-the-order-of-children-by-request",
            supervisor("root", worker("a"), strategy=strategy, max_restarts=3),
            start("root", "n"),
            start("root", "m"),
            crash("n"),
            spares=(worker("m"), worker("n")),
        )


def groups() -> Iterator[Scenario]:
    """What else is in a group that is restarted."""
    for strategy in (ALL, REST):
        word = hyphened(strategy)
        yield scenario(
            f"6-{word}-drops-the-temporary",
            supervisor(
                "root",
                worker("a", TEMPORARY),
                worker("b"),
                worker("c", TEMPORARY),
                worker("d"),
                strategy=strategy,
                max_restarts=2,
            ),
            crash("b"),
            count("root"),
        )
        yield scenario(
            f"6-{word}-and-those-that-were-down",
            supervisor(
                "root",
                worker("a", TRANSIENT),
                worker("b", PERMANENT, IGNORE),
                worker("c"),
                worker("d", TRANSIENT),
                worker("e"),
                worker("f", PERMANENT, IGNORE),
                strategy=strategy,
                max_restarts=1,
            ),
            done("a"),
            done("d"),
            stop("root", "e"),
            crash("c"),
        )
        yield scenario(
            f"6-{word}-siblings-may-end-in-any-way",
            supervisor(
                "root",
                worker("a", stops=(STOP_CRASH,)),
                worker("b"),
                worker("c", TRANSIENT, stops=(STOP_CRASH,)),
                strategy=strategy,
                max_restarts=1,
            ),
            crash("b"),
        )
        yield scenario(
            f"6-{word}-with-nested-supervisors",
            supervisor(
                "root",
                worker("a"),
                supervisor("mid", worker("b"), supervisor("low", worker("c")), worker("d")),
                pool("pool"),
                worker("e"),
                strategy=strategy,
                max_restarts=2,
            ),
            start("pool", "i"),
            crash("a"),
            crash("e"),
            spares=(worker("i"),),
        )


def absorbed() -> Iterator[Scenario]:
    """A sibling that had died by itself when the group stop reaches it makes no second restart."""
    for kind in Restart:
        for strategy in Strategy:
            word = hyphened(strategy)
            abc = (worker("a"), worker("b", kind), worker("c", kind))
            yield scenario(
                f"6-absorbed-{word}-{kind.value}-later-sibling",
                supervisor("root", *abc, strategy=strategy, max_restarts=3),
                start("root", "gate"),
                crash("a"),
                crash("c"),
                crash("b"),
                release("gate"),
                spares=(GATE,),
            )
    for strategy in (ALL, REST):
        word = hyphened(strategy)
        restarts = "one-restart" if strategy is ALL else "two-restarts"
        yield scenario(
            f"6-absorbed-{word}-{restarts}-if-the-later-one-came-first",
            supervisor("root", *map(worker, "abc"), strategy=strategy, max_restarts=1),
            start("root", "gate"),
            crash("c"),
            crash("a"),
            release("gate"),
            spares=(GATE,),
        )
    for strategy in (ALL, REST):
        yield scenario(
            f"6-absorbed-{hyphened(strategy)}-an-old-exit-brings-no-new-one-forward",
            supervisor(
                "root",
                worker("a"),
                worker("b"),
                worker("c", PERMANENT, OK, HELD_OK),
                strategy=strategy,
                max_restarts=2,
            ),
            start("root", "gate"),
            crash("a"),
            crash("b"),
            release("gate"),
            count("root"),
            crash("b"),
            release("c"),
            spares=(GATE,),
        )
    yield scenario(
        "6-a-new-incarnation-that-dies-during-the-group-restart",
        supervisor(
            "root",
            worker("a"),
            worker("b"),
            worker("c", PERMANENT, OK, HELD_OK),
            strategy=ALL,
            max_restarts=2,
        ),
        crash("b"),
        crash("a"),
        release("c"),
    )


def absorbed_during_a_stop() -> Iterator[Scenario]:
    """It dies while the group stop waits for another."""
    for strategy in (ALL, REST):
        for word, end in (("dies", crash), ("returns", done)):
            yield scenario(
                f"6-absorbed-{hyphened(strategy)}-one-that-{word}-while-another-is-stopped",
                supervisor(
                    "root",
                    worker("a"),
                    worker("b", TRANSIENT),
                    worker("c", stops=(HELD_STOP,)),
                    strategy=strategy,
                    max_restarts=1,
                ),
                crash("a"),
                end("b"),
                release("c"),
            )


def absorbed_supervisors() -> Iterator[Scenario]:
    """It is a supervisor that gave up, or is about to."""
    for strategy in (ALL, REST):
        word = hyphened(strategy)
        yield scenario(
            f"6-absorbed-{word}-supervisor-that-gave-up",
            supervisor(
                "root",
                worker("a"),
                supervisor("mid", worker("b"), max_restarts=0),
                worker("c"),
                strategy=strategy,
                max_restarts=1,
            ),
            start("root", "gate"),
            crash("a"),
            crash("b"),
            release("gate"),
            spares=(GATE,),
        )
        yield scenario(
            f"6-absorbed-{word}-supervisor-that-is-giving-up",
            supervisor(
                "root",
                worker("a"),
                supervisor("mid", worker("b"), worker("c", stops=(HELD_STOP,)), max_restarts=0),
                worker("d"),
                strategy=strategy,
                max_restarts=1,
            ),
            crash("b"),
            crash("a"),
            release("c"),
        )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (whom, groups, absorbed, absorbed_during_a_stop, absorbed_supervisors):
        yield from part()
