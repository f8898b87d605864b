"""Every case: which program, which signals, and what has to come of it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

import attrs

from ._scripts import Script, at, at_and_go_on, late, nothing, ready, reloads, starting


@attrs.frozen(kw_only=True)
class Case:
    """One way to send signals, tried after each of the delays."""

    name: str
    tree: str
    script: Script
    delays: tuple[float, ...]
    codes: AbstractSet[int]
    early: tuple[int, ...] = ()
    """The exit codes of one that is ended before it could log anything, where that may be."""
    within: float = 5.0
    """Seconds that the end may take after the last signal."""
    arguments: tuple[str, ...] = ()
    said: str = ""
    """What stands in the log, unless it was early."""
    loses: bool = True
    """Whether messages may be lost."""
    leaves_socket: bool = False
    """Whether the process is ended by force, so that its socket stays until the next one."""


def every(milliseconds: int, upto: int) -> tuple[float, ...]:
    """Return delays from nothing up to *upto*, both in milliseconds."""
    return tuple(one / 1000 for one in range(0, upto, milliseconds))


START: Final = every(10, 600)
SOME: Final = every(30, 600)
LATE: Final = every(4, 100)
LOAD: Final = every(25, 500)
DRAIN: Final = every(150, 1500)
THRICE: Final = (0.0, 0.1, 0.2)

BRIEF: Final = ("--set", "shutdown.drain=500ms", "--set", "shutdown.tree=1s")
HANGS: Final = ("--set", "app.start_timeout=1s")
STACKS: Final = "Timeout (0:00:02)!"

TERM, INT, HUP, USR1 = "SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"

CASES: Final = (
    Case(
        name="start-term", tree="loaded", script=at(TERM), delays=START, codes={0}, early=(-15,), loses=False
    ),
    Case(name="start-int", tree="loaded", script=at(INT), delays=SOME, codes={130}, early=(-2, 1)),
    Case(name="start-hup", tree="quiet", script=at_and_go_on(HUP), delays=SOME, codes={0}, early=(-1,)),
    Case(name="start-usr1", tree="quiet", script=at_and_go_on(USR1), delays=SOME, codes={0}, early=(-10,)),
    Case(name="load-term", tree="loaded", script=ready(then=(TERM,)), delays=LOAD, codes={0}, loses=False),
    Case(name="load-int", tree="loaded", script=ready(then=(INT,)), delays=LOAD, codes={130}, loses=False),
    Case(
        name="load-usr1",
        tree="loaded",
        script=ready(*[USR1] * 9, then=(TERM,)),
        delays=THRICE,
        codes={0},
        said="load  [function load, running",
        loses=False,
    ),
    Case(
        name="load-hup",
        tree="loaded",
        script=reloads(ready(), TERM),
        delays=THRICE,
        codes={0},
        loses=False,
    ),
    Case(name="drain-term", tree="overloaded", script=ready(TERM, then=(TERM,)), delays=DRAIN, codes={1}),
    Case(name="drain-int", tree="overloaded", script=ready(INT, then=(INT,)), delays=DRAIN, codes={130}),
    Case(name="drain-term-int", tree="overloaded", script=ready(TERM, then=(INT,)), delays=THRICE, codes={1}),
    Case(
        name="drain-int-term", tree="overloaded", script=ready(INT, then=(TERM,)), delays=THRICE, codes={130}
    ),
    Case(
        name="drain-hup-usr1",
        tree="overloaded",
        script=ready(TERM, then=(HUP, USR1, HUP)),
        arguments=BRIEF,
        delays=THRICE,
        codes={0},
        said="stopping, drain: not done within 500ms",
    ),
    Case(name="late-term", tree="quiet", script=late(TERM, TERM), delays=LATE, codes={0, 1}),
    Case(name="late-int", tree="quiet", script=late(INT, INT), delays=LATE, codes={130}),
    Case(name="late-hup", tree="quiet", script=late(TERM, HUP), delays=LATE, codes={0}),
    Case(name="late-usr1", tree="quiet", script=late(TERM, USR1), delays=LATE, codes={0}),
    Case(name="hang-term", tree="starting", script=starting(TERM), delays=THRICE, codes={0}),
    Case(name="hang-int", tree="starting", script=starting(INT), delays=THRICE, codes={130}),
    Case(name="hang-hup", tree="starting", script=reloads(starting(), TERM), delays=THRICE, codes={0}),
    Case(
        name="hang-timeout",
        tree="starting",
        script=nothing,
        arguments=HANGS,
        delays=(0.0,),
        codes={1},
        said="it took longer than 1s",
    ),
    Case(
        name="stubborn-term",
        tree="stubborn",
        script=starting(TERM),
        arguments=BRIEF,
        delays=(0.0,),
        codes={1},
        said=STACKS,
        leaves_socket=True,
    ),
    Case(
        name="stubborn-twice",
        tree="stubborn",
        script=starting(TERM, TERM),
        delays=(0.0,),
        codes={1},
        said=STACKS,
        leaves_socket=True,
    ),
    Case(name="deaf-term", tree="deaf", script=ready(TERM), delays=(0.0,), codes={0}, within=8.0),
    Case(name="shield-term", tree="shielding", script=ready(TERM), delays=(0.0,), codes={0}, within=8.0),
    Case(name="shield-twice", tree="shielding", script=ready(TERM, TERM), delays=(0.0,), codes={1}),
    Case(
        name="swallow-term",
        tree="swallowing",
        script=ready(TERM),
        arguments=BRIEF,
        delays=(0.0,),
        codes={1},
        said=STACKS,
        leaves_socket=True,
    ),
    Case(
        name="swallow-twice",
        tree="swallowing",
        script=ready(TERM, TERM),
        delays=(0.0,),
        codes={1},
        said=STACKS,
        leaves_socket=True,
    ),
)
