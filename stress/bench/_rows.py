"""The rows of the bench, as data: what is claimed, and the ratio to reach."""

from typing import Final

from ._postgres_rows import POSTGRES_ROWS
from ._row import Better, Compare, Figure, Program, Row
from ._store_rows import STORE_ROWS

TELL: Final = Program(module="ours.tell", quick=("n=60000",))
ASK: Final = Program(module="ours.ask", quick=("n=10000",))
DEADLINE: Final = Program(module="ours.ask_deadline", quick=("n=10000",))
CANCELLABLE: Final = Program(module="ours.ask_cancellable", quick=("n=10000",))
BREAKER: Final = Program(module="ours.breaker", quick=("n=10000",))
MEMORY: Final = Program(module="ours.memory", quick=("n=10000",))

CHANNEL_TELL: Final = Program(module="references.tell", quick=("n=20000",))
CHANNEL_ASK: Final = Program(module="references.ask", quick=("n=5000",))
CHANNEL_MEMORY: Final = Program(module="references.memory", quick=("n=10000",))
START_SOON: Final = Program(module="references.start", quick=("n=5000",))
CAUGHT: Final = Program(module="references.restart", quick=("n=1000",))
NEW_NURSERY: Final = Program(module="references.group", quick=("rounds=20",))
CANCELLED_TREE: Final = Program(module="references.stop", quick=("leaves=20",))
EMPTY_LOOP: Final = Program(module="references.idle", quick=("seconds=1",))
WOKEN_TASKS: Final = Program(module="references.beats", quick=("seconds=1",))

ASYNCIO: Final = Program(module="peers.asyncio_queue", quick=("n=50000",))
UVLOOP: Final = Program(
    module="peers.asyncio_queue", full=("loop=uvloop",), quick=("loop=uvloop", "n=50000"), needs="uvloop"
)
PYKKA: Final = Program(module="peers.pykka_thread", quick=("n=10000",), needs="pykka")
THESPIAN: Final = Program(module="peers.thespian_simple", quick=("n=5000",), needs="thespian")
XOSCAR: Final = Program(module="peers.xoscar_local", quick=("n=1000",), needs="xoscar")

FLAT: Final = 0.8
"""How much of its rate among 10 an operation keeps among many; the rest is for cold caches, not growth."""


def _of_kind(module: str, kind: str, *quick: str) -> Program:
    return Program(module=module, full=(f"kind={kind}",), quick=(f"kind={kind}", *quick))


def _higher(name: str, title: str, ours: Figure, reference: Figure, reach: float | None) -> Row:
    return Row(name=name, title=title, ours=ours, reference=reference, better=Better.HIGHER, reach=reach)


def _lower(name: str, title: str, ours: Figure, reference: Figure, reach: float) -> Row:
    return Row(name=name, title=title, ours=ours, reference=reference, better=Better.LOWER, reach=reach)


def _figure(program: Program, name: str) -> Figure:
    return Figure(program=program, name=name)


_MESSAGES: Final = (
    _higher(
        "tell-nowait",
        "tell_nowait, one producer, async handler, whole path / channel actor",
        _figure(TELL, "tell_nowait"),
        _figure(CHANNEL_TELL, "tell"),
        10,
    ),
    _higher(
        "tell-nowait-asyncio",
        "tell_nowait / asyncio task and queue",
        _figure(TELL, "tell_nowait"),
        _figure(ASYNCIO, "tell"),
        1,
    ),
    _higher(
        "tell",
        "await tell, mailbox of 1,024 / channel actor",
        _figure(TELL, "tell"),
        _figure(CHANNEL_TELL, "tell"),
        8,
    ),
    _higher(
        "ask",
        "ask, 1 client / channel actor, one-slot reply",
        _figure(ASK, "ask 1"),
        _figure(CHANNEL_ASK, "ask 1"),
        1.9,
    ),
    _lower(
        "ask-p99",
        "the same, 99th percentile",
        _figure(ASK, "ask 1 p99"),
        _figure(CHANNEL_ASK, "ask 1 p99"),
        1,
    ),
    _higher(
        "ask-64",
        "ask, 64 clients / channel actor",
        _figure(ASK, "ask 64"),
        _figure(CHANNEL_ASK, "ask 64"),
        4.2,
    ),
    _higher(
        "ask-many",
        "ask_many of 64 / channel actor, 64 clients",
        _figure(ASK, "ask_many"),
        _figure(CHANNEL_ASK, "ask 64"),
        12,
    ),
    _higher(
        "ask-deadline",
        "ask inside one enclosing deadline / our ask without",
        _figure(DEADLINE, "ask within a deadline"),
        _figure(DEADLINE, "ask"),
        0.95,
    ),
    _higher(
        "ask-cancellable",
        "ask of a cancellable handler / our ask of a plain one",
        _figure(CANCELLABLE, "ask of a cancellable handler"),
        _figure(CANCELLABLE, "ask of a plain handler"),
        0.6,
    ),
)


def _supervision(kind: str, *, start: float, one_for_all: float, stop: float) -> tuple[Row, ...]:
    """Return the rows of supervised children of this *kind*, with what each is to reach."""
    restart = _of_kind("ours.restart", kind, "n=1000")
    group = _of_kind("ours.group", kind, "rounds=20")
    return (
        _higher(
            f"start-{kind}",
            f"awaited start of a supervised {kind}, gc on / bare start_soon to parked",
            _figure(_of_kind("ours.start", kind, "n=5000"), "start"),
            _figure(START_SOON, "start"),
            start,
        ),
        *(
            _lower(
                f"restart-{kind}-{children}",
                f"{kind}: crash to restarted, 1 of {children} children, p50 / catch and start_soon",
                _figure(restart, f"restart of 1 in {children} p50"),
                _figure(CAUGHT, f"restart of 1 in {children} p50"),
                2,
            )
            for children in (1, 1_000)
        ),
        _lower(
            f"one-for-all-{kind}",
            f"one_for_all of 100 {kind}s, sequential stop, p50 / cancel a nursery of 100, start 100",
            _figure(group, "one_for_all p50"),
            _figure(NEW_NURSERY, "one_for_all p50"),
            one_for_all,
        ),
        _lower(
            f"stop-{kind}",
            f"orderly stop of a 3-level tree of 10,000 {kind}s, gc on / cancel the tree of bare tasks",
            _figure(_of_kind("ours.stop", kind, "leaves=20"), "stop"),
            _figure(CANCELLED_TREE, "stop"),
            stop,
        ),
    )


_GUARDS: Final = (
    _higher(
        "breaker",
        "call of one checkpoint inside a closed breaker / the call alone",
        _figure(BREAKER, "call in a breaker"),
        _figure(BREAKER, "call"),
        0.4,
    ),
)

_RESOURCES: Final = (
    Row(
        name="memory",
        title="memory of an idle supervised actor, of 100,000 / channel actor",
        ours=_figure(MEMORY, "memory"),
        reference=_figure(CHANNEL_MEMORY, "memory"),
        better=Better.LOWER,
        reach=0.8,
        limit=3_600,
    ),
    *(
        Row(
            name=f"idle-{kind}",
            title=f"10,000 idle actors, {what}, % of a core / the empty loop",
            ours=_figure(_of_kind("ours.idle", kind, "seconds=1"), "idle"),
            reference=_figure(EMPTY_LOOP, "idle"),
            better=Better.LOWER,
            reach=0.2,
            compare=Compare.EXCESS,
        )
        for kind, what in (("quiet", "no heartbeats"), ("beating", "heartbeats of 1 s"))
    ),
    Row(
        name="idle-woken",
        title="10,000 idle actors, heartbeats of 1 s / bare tasks, each woken once a second",
        ours=_figure(_of_kind("ours.idle", "beating", "seconds=1"), "idle"),
        reference=_figure(WOKEN_TASKS, "idle"),
        better=Better.LOWER,
        reach=None,
    ),
)


def _population(count: int) -> Program:
    quick = min(count, 10_000)
    return Program(
        module="ours.growth", full=(f"population={count}",), quick=(f"population={quick}", "n=20000")
    )


def _growth(count: int) -> tuple[Row, ...]:
    """Return how each operation among *count* idle actors compares with the same among 10."""
    many, few = _population(count), _population(10)
    rates = {
        "tell_nowait": "tell_nowait",
        "ask": "ask",
        "start": "start of one more",
        "stop": "stop_child and delete_child",
        "find": "find by name",
    }
    rows = [
        _higher(
            f"grow-{rate.replace('_', '-')}-{count}",
            f"{what} among {count:,} actors / among 10",
            _figure(many, rate),
            _figure(few, rate),
            FLAT,
        )
        for rate, what in rates.items()
    ]
    restart = _lower(
        f"grow-restart-{count}",
        f"restart among {count:,} actors, p50 / among 10",
        _figure(many, "restart"),
        _figure(few, "restart"),
        1 / FLAT,
    )
    return (*rows, restart)


def _entries(count: int) -> Program:
    quick = min(count, 10_000)
    return Program(
        module="ours.registry", full=(f"population={count}",), quick=(f"population={quick}", "n=20000")
    )


def _registry_growth(count: int) -> tuple[Row, ...]:
    """Return how the registry does among *count* names, memberships and subscriptions, and among 10."""
    rates = {
        "find": "find one of",
        "pick": "take a turn in a group (of 10,000 at most) beside",
        "publish": "publish to 2 of",
        "subscribe": "subscribe and unsubscribe beside",
    }
    return tuple(
        _higher(
            f"grow-registry-{rate}-{count}",
            f"{what} {count:,} entries / of 10",
            _figure(_entries(count), rate),
            _figure(_entries(10), rate),
            FLAT,
        )
        for rate, what in rates.items()
    )


def _pending(count: int) -> Program:
    quick = min(count, 10_000)
    return Program(
        module="ours.timers", full=(f"population={count}",), quick=(f"population={quick}", "n=50000")
    )


def _timer_growth(count: int) -> tuple[Row, ...]:
    """Return what a timer costs while *count* others of actors are ahead, and while 10 are."""
    rates = {"set and cancel": "set and cancel a timer beside", "fire": "have a timer fire beside"}
    return tuple(
        _higher(
            f"grow-timer-{rate.split()[0]}-{count}",
            f"{what} {count:,} others / beside 10",
            _figure(_pending(count), rate),
            _figure(_pending(10), rate),
            FLAT,
        )
        for rate, what in rates.items()
    )


def _deep(depth: int) -> Program:
    return Program(module="ours.depth", full=(f"depth={depth}",), quick=(f"depth={depth}", "n=500"))


def _depth_growth(depth: int) -> tuple[Row, ...]:
    """Return what a level costs at the end of *depth* supervisors, one within the other, and of 2."""
    rates = {
        "start": "start a supervisor in a supervisor",
        "stop": "stop them all, a level",
        "find": "find the last one by its path, a level",
    }
    rows = [
        _higher(
            f"grow-depth-{rate}-{depth}",
            f"{what}, {depth} deep / 2 deep",
            _figure(_deep(depth), rate),
            _figure(_deep(2), rate),
            FLAT,
        )
        for rate, what in rates.items()
    ]
    restart = _lower(
        f"grow-depth-restart-{depth}",
        f"restart of an actor, p50, {depth} deep / 2 deep",
        _figure(_deep(depth), "restart"),
        _figure(_deep(2), "restart"),
        1 / FLAT,
    )
    return (*rows, restart)


ROWS: Final[tuple[Row, ...]] = (
    *_MESSAGES,
    *_supervision("actor", start=0.2, one_for_all=1.6, stop=0.5),
    *_supervision("function", start=0.25, one_for_all=2, stop=0.65),
    *_GUARDS,
    *_RESOURCES,
    *_growth(1_000),
    *_growth(100_000),
    *_registry_growth(1_000),
    *_registry_growth(100_000),
    *_timer_growth(1_000),
    *_timer_growth(100_000),
    *_depth_growth(10),
    *_depth_growth(50),
    *STORE_ROWS,
)
"""The rows of a default run."""


def _beside(peer: str, program: Program, *, ask_64: bool = True, **reach: float) -> tuple[Row, ...]:
    tell = _higher(
        f"tell-nowait-{peer}",
        f"tell_nowait / {peer}",
        _figure(TELL, "tell_nowait"),
        _figure(program, "tell"),
        reach.get("tell"),
    )
    ask = _higher(
        f"ask-{peer}",
        f"ask, 1 client / {peer}",
        _figure(ASK, "ask 1"),
        _figure(program, "ask 1"),
        reach.get("ask"),
    )
    many = _higher(
        f"ask-64-{peer}",
        f"ask, 64 clients / {peer}",
        _figure(ASK, "ask 64"),
        _figure(program, "ask 64"),
        None,
    )
    return (tell, ask, many) if ask_64 else (tell, ask)


PEER_ROWS: Final[tuple[Row, ...]] = (
    *_beside("pykka", PYKKA, ask_64=False, tell=3, ask=2.6),
    *_beside("thespian", THESPIAN, ask_64=False),
    *_beside("xoscar", XOSCAR),
    *_beside("asyncio", ASYNCIO)[1:],
    *_beside("uvloop", UVLOOP),
    *POSTGRES_ROWS,
)
"""The rows that ``--peers`` adds: other libraries, PostgreSQL. Those with nothing to reach are only shown."""
