"""Short words for writing scenarios by hand."""

from typing import Any, Final

from tests.otp.scenario import (
    AutoShutdown,
    End,
    Ends,
    Node,
    Pool,
    Release,
    Request,
    Restart,
    Scenario,
    Start,
    Step,
    Stop,
    Strategy,
    Supervisor,
    Verb,
    Worker,
)

OK, FAIL, IGNORE = Start.OK, Start.FAIL, Start.IGNORE
HELD_OK, HELD_FAIL, HELD_IGNORE = Start.HELD_OK, Start.HELD_FAIL, Start.HELD_IGNORE
CLEAN, STOP_CRASH, HELD_STOP = Stop.CLEAN, Stop.CRASH, Stop.HELD_CLEAN
PERMANENT, TRANSIENT, TEMPORARY = Restart.PERMANENT, Restart.TRANSIENT, Restart.TEMPORARY
ONE, ALL, REST = Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE
ANY_SIGNIFICANT, ALL_SIGNIFICANT = AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT
NOBODY: Final = "nobody"


def worker(id_: str, restart: Restart = PERMANENT, *starts: Start, **more: Any) -> Worker:
    """Return a worker; *starts* are the outcomes of its first start attempts."""
    return Worker(id=id_, restart=restart, starts=starts, **more)


GATE: Final = worker("gate", PERMANENT, HELD_OK)
"""A spare whose start is held: until it is released, what happens meanwhile waits its turn."""


def supervisor(id_: str, *children: Node, **more: Any) -> Supervisor:
    """Return a supervisor of *children*."""
    return Supervisor(id=id_, children=children, **more)


def pool(id_: str, **more: Any) -> Pool:
    """Return a pool."""
    return Pool(id=id_, **more)


def scenario(name: str, root: Supervisor | Pool, *steps: Step, spares: tuple[Node, ...] = ()) -> Scenario:
    """Return a scenario; *name* begins with the section of supervision.md whose rule it shows."""
    return Scenario(name=name, root=root, spares=spares, steps=steps)


def hyphened(strategy: Strategy) -> str:
    """Return *strategy* as it stands in the name of a scenario: "one-for-all"."""
    return strategy.value.replace("_", "-")


def crash(id_: str) -> Step:
    """Worker *id_* fails."""
    return Ends(id_, End.CRASH)


def done(id_: str) -> Step:
    """Worker *id_* returns."""
    return Ends(id_, End.RETURN)


def shut(id_: str) -> Step:
    """Worker *id_* raises Shutdown."""
    return Ends(id_, End.SHUT_DOWN)


def release(id_: str) -> Step:
    """Let *id_*, which is held, go on."""
    return Release(id_)


def start(above: str, id_: str) -> Step:
    """Ask *above* to start *id_*."""
    return Request(above, Verb.START, id_)


def stop(above: str, id_: str) -> Step:
    """Ask *above* to stop *id_*."""
    return Request(above, Verb.STOP, id_)


def restart(above: str, id_: str) -> Step:
    """Ask *above* to start *id_* again, which is down."""
    return Request(above, Verb.RESTART, id_)


def delete(above: str, id_: str) -> Step:
    """Ask *above* to forget *id_*, which is down."""
    return Request(above, Verb.DELETE, id_)


def count(above: str) -> Step:
    """Ask *above* how many children it has."""
    return Request(above, Verb.COUNT)
