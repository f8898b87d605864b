"""Sections 2 and 3: one thing at a time, and how children start."""

from collections.abc import Iterator

from tests.otp.scenario import Scenario
from tests.otp.written.words import (
    ALL,
    ANY_SIGNIFICANT,
    FAIL,
    HELD_FAIL,
    HELD_IGNORE,
    HELD_OK,
    HELD_STOP,
    IGNORE,
    NOBODY,
    OK,
    PERMANENT,
    REST,
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


def one_thing_at_a_time() -> Iterator[Scenario]:
    """What arrives while a supervisor starts or stops a child is handled afterwards, in order of arrival."""
    abc = (worker("a"), worker("b"), worker("c"))
    gate = worker("gate", PERMANENT, HELD_OK)
    yield scenario(
        "2-exits-and-requests-wait-for-a-start-and-keep-their-order",
        supervisor("root", *abc, strategy=REST, max_restarts=3),
        start("root", "gate"),
        crash("c"),
        stop("root", "b"),
        crash("a"),
        count("root"),
        release("gate"),
        spares=(gate,),
    )
    yield scenario(
        "2-requests-wait-for-a-stop",
        supervisor("root", worker("a"), worker("b", stops=(HELD_STOP,)), max_restarts=3),
        stop("root", "b"),
        restart("root", "b"),
        delete("root", "b"),
        crash("a"),
        release("b"),
    )
    yield scenario(
        "2-two-exits-in-order-of-arrival",
        supervisor("root", *abc, max_restarts=3),
        start("root", "gate"),
        crash("c"),
        crash("a"),
        release("gate"),
        spares=(gate,),
    )
    yield scenario(
        "2-a-held-nested-supervisor-holds-nobody-else",
        supervisor(
            "root",
            supervisor("left", worker("a", PERMANENT, OK, HELD_OK), max_restarts=1),
            supervisor("right", worker("b"), max_restarts=1),
        ),
        crash("a"),
        crash("b"),
        count("left"),
        count("right"),
        release("a"),
    )
    yield scenario(
        "2-two-supervisors-held-at-once",
        supervisor(
            "root",
            supervisor("left", worker("a", PERMANENT, OK, HELD_OK), max_restarts=1),
            supervisor("right", worker("b", PERMANENT, OK, HELD_FAIL), max_restarts=2),
        ),
        crash("a"),
        crash("b"),
        release("b"),
        release("a"),
    )
    yield scenario(
        "2-a-request-while-its-supervisor-starts-is-not-heard",
        supervisor("root", worker("a"), supervisor("mid", worker("b"), worker("c", PERMANENT, HELD_OK))),
        count("mid"),
        count("root"),
        release("c"),
        count("mid"),
    )


def in_list_order() -> Iterator[Scenario]:
    """One child after the other, and nested ones as soon as it is their turn."""
    yield scenario(
        "3-one-after-the-other-in-list-order",
        supervisor(
            "root", worker("a"), supervisor("mid", worker("b"), worker("c")), pool("pool"), worker("d")
        ),
    )
    yield scenario(
        "3-the-next-begins-when-the-former-is-ready",
        supervisor("root", worker("a", PERMANENT, HELD_OK), worker("b", PERMANENT, HELD_OK), worker("c")),
        release("a"),
        release("b"),
    )
    yield scenario("3-a-supervisor-without-children", supervisor("root", supervisor("mid")), count("root"))


def ignore() -> Iterator[Scenario]:
    """An ignored start counts as started and has no task."""
    yield scenario(
        "3-ignored-spec-is-kept-unless-temporary",
        supervisor(
            "root",
            worker("a", PERMANENT, IGNORE),
            worker("b", TRANSIENT, IGNORE),
            worker("c", TEMPORARY, IGNORE),
            worker("d"),
        ),
        count("root"),
        restart("root", "a"),
        restart("root", "c"),
        delete("root", "b"),
    )
    yield scenario(
        "3-held-then-ignored",
        supervisor("root", worker("a", PERMANENT, HELD_IGNORE), worker("b")),
        release("a"),
    )
    yield scenario(
        "3-ignored-at-a-restart-is-down-without-retry",
        supervisor("root", worker("a", PERMANENT, OK, IGNORE), worker("b"), max_restarts=1),
        crash("a"),
        count("root"),
        restart("root", "a"),
    )
    yield scenario(
        "3-ignored-in-a-group-restart-the-others-go-on",
        supervisor(
            "root", worker("a", PERMANENT, OK, IGNORE), worker("b"), worker("c"), strategy=ALL, max_restarts=2
        ),
        crash("c"),
        crash("b"),
    )
    yield scenario(
        "3-ignored-supervisor",
        supervisor("root", supervisor("mid", worker("a"), starts=(IGNORE,)), worker("b")),
        restart("root", "mid"),
        count("mid"),
    )
    yield scenario(
        "3-ignored-temporary-supervisor",
        supervisor("root", supervisor("mid", worker("a"), starts=(IGNORE,), restart=TEMPORARY), worker("b")),
        count("root"),
    )
    yield scenario(
        "3-supervisor-ignored-at-its-restart",
        supervisor("root", supervisor("mid", worker("a"), starts=(OK, IGNORE), max_restarts=0), worker("b")),
        crash("a"),
        restart("root", "mid"),
    )
    yield scenario("3-ignored-root", supervisor("root", worker("a"), starts=(IGNORE,)), count("root"))


def failure() -> Iterator[Scenario]:
    """A failure during the supervisor's own start."""
    yield scenario(
        "3-failure-stops-the-started-in-reverse-and-tries-no-later-one",
        supervisor(
            "root", worker("a"), worker("b", stops=(STOP_CRASH,)), worker("c", PERMANENT, FAIL), worker("d")
        ),
    )
    yield scenario(
        "3-failure-of-a-nested-start-fails-the-parent",
        supervisor(
            "root",
            worker("a"),
            supervisor("mid", worker("b"), supervisor("low", worker("c"), worker("d", PERMANENT, FAIL))),
            worker("e"),
            max_restarts=5,
        ),
    )
    yield scenario(
        "3-failure-of-the-supervisor-itself",
        supervisor("root", worker("a"), supervisor("mid", worker("b"), starts=(FAIL,)), worker("c")),
    )
    yield scenario("3-failure-of-the-root-itself", supervisor("root", worker("a"), starts=(FAIL,)))
    yield scenario(
        "3-failure-skips-the-ignored",
        supervisor("root", worker("a"), worker("b", PERMANENT, IGNORE), worker("c", PERMANENT, FAIL)),
    )
    yield scenario(
        "3-failure-of-a-restarted-supervisor-is-retried-by-its-parent",
        supervisor(
            "root",
            supervisor("mid", worker("a"), worker("b", PERMANENT, OK, FAIL, FAIL), max_restarts=0),
            worker("c"),
            max_restarts=3,
        ),
        crash("a"),
    )
    yield scenario(
        "3-a-child-that-died-before-the-start-failed-is-absorbed",
        supervisor("root", worker("a"), worker("b"), worker("c", PERMANENT, HELD_FAIL), max_restarts=5),
        crash("a"),
        release("c"),
    )
    yield scenario(
        "3-a-child-that-died-during-the-start-is-restarted-after-it",
        supervisor("root", worker("a"), worker("b"), worker("c", PERMANENT, HELD_OK), max_restarts=1),
        crash("a"),
        release("c"),
    )
    yield scenario(
        "3-a-child-that-finished-during-the-start-is-down-after-it",
        supervisor("root", worker("a", TRANSIENT), worker("b", TEMPORARY), worker("c", PERMANENT, HELD_OK)),
        done("a"),
        crash("b"),
        release("c"),
    )


def refused() -> Iterator[Scenario]:
    """A specification is checked when it is given."""
    yield scenario(
        "3-refused-spec-starts-nothing-and-harms-nothing",
        supervisor("root", worker("a"), auto_shutdown=ANY_SIGNIFICANT),
        start("root", "bad"),
        start("root", "good"),
        count("root"),
        spares=(worker("bad", PERMANENT, significant=True), worker("good", TRANSIENT, significant=True)),
    )
    yield scenario(
        "3-refused-where-no-child-may-be-significant",
        supervisor("root", worker("a")),
        start("root", "bad"),
        stop("root", NOBODY),
        spares=(worker("bad", TEMPORARY, significant=True),),
    )


def scenarios() -> Iterator[Scenario]:
    """Return all of this file."""
    for part in (one_thing_at_a_time, in_list_order, ignore, failure, refused):
        yield from part()
