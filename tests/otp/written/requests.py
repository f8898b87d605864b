"""Section 9: what a supervisor can be asked, and what it answers."""

from collections.abc import Iterator

from tests.otp.scenario import Scenario
from tests.otp.written.words import (
    FAIL,
    GATE,
    HELD_FAIL,
    HELD_IGNORE,
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

ABC = supervisor("root", worker("a"), worker("b", TRANSIENT), worker("c", TEMPORARY), max_restarts=3)


def starting() -> Iterator[Scenario]:
    """start_child."""
    yield scenario(
        "9-start-puts-the-new-child-at-the-end",
        ABC,
        start("root", "n"),
        start("root", "m"),
        count("root"),
        spares=(worker("m"), worker("n")),
    )
    yield scenario(
        "9-start-of-a-running-id-and-of-one-that-is-down",
        ABC,
        start("root", "b"),
        done("b"),
        start("root", "b"),
        crash("c"),
        start("root", "c"),
    )
    yield scenario(
        "9-start-that-fails-keeps-no-spec",
        ABC,
        start("root", "n"),
        count("root"),
        start("root", "n"),
        spares=(worker("n", PERMANENT, FAIL),),
    )
    for kind, word in ((PERMANENT, "keeps"), (TEMPORARY, "drops")):
        yield scenario(
            f"9-start-that-is-ignored-{word}-a-{kind.value}-spec",
            ABC,
            start("root", "n"),
            count("root"),
            start("root", "n"),
            restart("root", "n"),
            spares=(worker("n", kind, IGNORE),),
        )
    yield scenario(
        "9-start-held-then-failed-or-ignored",
        ABC,
        start("root", "n"),
        release("n"),
        start("root", "m"),
        release("m"),
        count("root"),
        spares=(worker("m", TRANSIENT, HELD_IGNORE), worker("n", PERMANENT, HELD_FAIL)),
    )
    yield scenario(
        "9-start-of-an-id-that-died-but-whose-exit-still-waits",
        ABC,
        start("root", "gate"),
        start("root", "a"),
        restart("root", "a"),
        delete("root", "a"),
        count("root"),
        crash("a"),
        release("gate"),
        spares=(GATE,),
    )


def starting_trees() -> Iterator[Scenario]:
    """start_child of more than a worker."""
    subtree = supervisor(
        "sub",
        worker("x"),
        supervisor("deep", worker("y", PERMANENT, OK, FAIL)),
        max_restarts=0,
        starts=(OK, IGNORE),
    )
    yield scenario(
        "9-start-of-a-whole-subtree",
        ABC,
        start("root", "sub"),
        count("root"),
        count("deep"),
        crash("x"),
        restart("root", "sub"),
        restart("root", "sub"),
        spares=(subtree,),
    )
    yield scenario(
        "9-start-of-a-subtree-that-fails-inside",
        ABC,
        start("root", "sub"),
        count("root"),
        spares=(supervisor("sub", worker("x"), supervisor("deep", worker("y", PERMANENT, FAIL))),),
    )
    yield scenario(
        "9-start-of-a-pool-by-request",
        ABC,
        start("root", "pool"),
        start("pool", "i"),
        stop("root", "pool"),
        restart("root", "pool"),
        count("pool"),
        spares=(pool("pool"), worker("i")),
    )


def stopping() -> Iterator[Scenario]:
    """terminate_child, our stop_child."""
    yield scenario(
        "9-stop-keeps-spec-and-place-unless-temporary",
        ABC,
        stop("root", "a"),
        stop("root", "c"),
        stop("root", "c"),
        restart("root", "a"),
    )
    yield scenario(
        "9-stop-of-one-that-is-down-and-of-nobody", ABC, done("b"), stop("root", "b"), stop("root", NOBODY)
    )
    yield scenario(
        "9-stop-waits-for-the-whole-stop",
        supervisor("root", worker("a", stops=(HELD_STOP, STOP_CRASH)), worker("b")),
        stop("root", "a"),
        crash("b"),
        release("a"),
        restart("root", "a"),
        stop("root", "a"),
    )
    yield scenario(
        "9-stop-of-a-subtree",
        supervisor(
            "root", supervisor("mid", worker("a"), supervisor("low", worker("b")), worker("c")), worker("d")
        ),
        stop("root", "mid"),
        count("mid"),
        stop("root", "mid"),
        restart("root", "mid"),
    )
    yield scenario(
        "9-stop-absorbs-a-death-that-has-arrived",
        supervisor("root", worker("a"), worker("b", TRANSIENT), worker("c", TEMPORARY), max_restarts=0),
        start("root", "gate"),
        stop("root", "a"),
        stop("root", "c"),
        crash("a"),
        crash("c"),
        release("gate"),
        crash("b"),
        spares=(GATE,),
    )
    yield scenario(
        "9-stop-comes-after-a-death-that-arrived-before",
        supervisor("root", worker("a"), worker("b"), max_restarts=1),
        start("root", "gate"),
        crash("a"),
        stop("root", "a"),
        release("gate"),
        spares=(GATE,),
    )


def restarting() -> Iterator[Scenario]:
    """restart_child."""
    yield scenario(
        "9-restart-only-of-one-that-is-down",
        ABC,
        restart("root", "a"),
        stop("root", "a"),
        restart("root", "a"),
        restart("root", NOBODY),
    )
    yield scenario(
        "9-restart-that-fails-stays-down-uncounted",
        supervisor("root", worker("a", PERMANENT, OK, FAIL, FAIL, IGNORE, OK), worker("b"), max_restarts=0),
        stop("root", "a"),
        *(restart("root", "a") for _ in range(4)),
        crash("b"),
    )
    yield scenario(
        "9-restart-of-a-supervisor-that-fails-inside",
        supervisor(
            "root",
            supervisor("mid", worker("a"), worker("b", PERMANENT, OK, FAIL, OK)),
            worker("c"),
            max_restarts=0,
        ),
        stop("root", "mid"),
        restart("root", "mid"),
        restart("root", "mid"),
    )
    yield scenario(
        "9-restart-held-then-ignored",
        supervisor("root", worker("a", PERMANENT, OK, HELD_IGNORE)),
        stop("root", "a"),
        restart("root", "a"),
        release("a"),
        delete("root", "a"),
    )


def deleting() -> Iterator[Scenario]:
    """delete_child, and a start afterwards."""
    yield scenario(
        "9-delete-only-of-one-that-is-down",
        ABC,
        delete("root", "a"),
        stop("root", "a"),
        delete("root", "a"),
        delete("root", "a"),
        count("root"),
    )
    yield scenario(
        "9-deleted-and-started-again-stands-at-the-end",
        ABC,
        stop("root", "a"),
        delete("root", "a"),
        start("root", "a"),
        crash("a"),
    )
    yield scenario(
        "9-delete-of-a-supervisor",
        supervisor("root", supervisor("mid", worker("a")), worker("b")),
        stop("root", "mid"),
        delete("root", "mid"),
        start("root", "mid"),
        count("mid"),
    )


def counting() -> Iterator[Scenario]:
    """count_children."""
    yield scenario(
        "9-count-tells-specs-from-living-and-workers-from-supervisors",
        supervisor(
            "root",
            worker("a"),
            worker("b", TRANSIENT),
            supervisor("mid", worker("c")),
            supervisor("off", starts=(IGNORE,)),
            pool("pool"),
        ),
        count("root"),
        done("b"),
        stop("root", "mid"),
        count("root"),
    )
    yield scenario(
        "9-count-takes-the-dead-for-dead-before-their-exit-is-handled",
        ABC,
        start("root", "gate"),
        count("root"),
        crash("a"),
        done("c"),
        release("gate"),
        count("root"),
        spares=(GATE,),
    )


def not_served() -> Iterator[Scenario]:
    """Requests to a supervisor that ends, or has ended."""
    yield scenario(
        "9-a-request-to-one-that-has-ended",
        supervisor("root", supervisor("mid", worker("a"), restart=TRANSIENT, max_restarts=0)),
        crash("a"),
        count("mid"),
        stop("mid", "a"),
    )
    yield scenario(
        "9-a-request-to-one-that-is-ending",
        supervisor(
            "root",
            supervisor(
                "mid", worker("a"), worker("b", stops=(HELD_STOP,)), restart=TRANSIENT, max_restarts=0
            ),
        ),
        crash("a"),
        count("mid"),
        count("root"),
        release("b"),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (starting, starting_trees, stopping, restarting, deleting, counting, not_served):
        yield from part()
