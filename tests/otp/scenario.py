"""Scripted lives of supervision trees, and what happened in them, as frozen data.

A scenario is a tree, spare children to be started by request, and steps. A trace is its rows, in one total
order, as the start functions and the children themselves have seen it:

| row | when |
|---|---|
| `starting s` | supervisor s begins to start, before its children |
| `held x start`, `held x stop` | x is in the middle of a start or a stop and waits for the script |
| `started x`, `failed x`, `ignored x` | so a start attempt came out (of a supervisor: after its children) |
| `crashed x`, `returned x`, `shut-down x` | x ended by itself, before its supervisor acts |
| `stopped x` | x ended because its supervisor asked, however it did |
| `ended s stopped`, `… gave-up`, `… auto-shutdown` | supervisor s has ended, its children before it |
| `step 3`, `drain x`, `stop` | what the script does next (see below) |
| `answer 3 …` | the request of step 3 was answered in this step |
| `answer 3 SupervisorStopped` | it never was: listed at the very end |
| `tree root(a+ b- pool[i])` | after a step that holds nobody: specs in start order, up or down |

After the last step who is held is let go, in order of ids; then the root is stopped.
An id means one child for the whole scenario: its start outcomes are counted over its whole life, also when
its supervisor is restarted in between.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

import attrs

TRACES: Final = Path(__file__).parent / "traces"


class Restart(Enum):
    """When a child is started again."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class Strategy(Enum):
    """Whom a restart concerns; a pool has a class of its own."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class AutoShutdown(Enum):
    """Whether a supervisor ends with its significant children."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class Start(Enum):
    """How one start attempt comes out; a held one waits for the script first."""

    OK = "ok"
    FAIL = "fail"
    IGNORE = "ignore"
    HELD_OK = "held ok"
    HELD_FAIL = "held fail"
    HELD_IGNORE = "held ignore"

    @property
    def held(self) -> bool:
        """Whether it waits for the script."""
        return self in {Start.HELD_OK, Start.HELD_FAIL, Start.HELD_IGNORE}

    @property
    def outcome(self) -> "Start":
        """What it comes to in the end."""
        return {Start.HELD_OK: Start.OK, Start.HELD_FAIL: Start.FAIL, Start.HELD_IGNORE: Start.IGNORE}.get(
            self, self
        )


class Stop(Enum):
    """How a worker takes being stopped; a held one waits for the script first."""

    CLEAN = "clean"
    CRASH = "crash"
    HELD_CLEAN = "held clean"
    HELD_CRASH = "held crash"

    @property
    def held(self) -> bool:
        """Whether it waits for the script."""
        return self in {Stop.HELD_CLEAN, Stop.HELD_CRASH}

    @property
    def outcome(self) -> "Stop":
        """What it comes to in the end."""
        return {Stop.HELD_CLEAN: Stop.CLEAN, Stop.HELD_CRASH: Stop.CRASH}.get(self, self)


class End(Enum):
    """How a worker ends by itself; the value is the row's word."""

    CRASH = "crashed"
    RETURN = "returned"
    SHUT_DOWN = "shut-down"


class Verb(Enum):
    """What a supervisor can be asked. START and STOP on a pool mean an instance."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    DELETE = "delete"
    COUNT = "count"


@attrs.frozen(kw_only=True)
class Worker:
    """A child without children. Attempts beyond *starts* are OK, stops beyond *stops* are clean."""

    id: str
    restart: Restart = Restart.PERMANENT
    significant: bool = False
    starts: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()


@attrs.frozen(kw_only=True)
class Pool:
    """A supervisor of instances that are started by request. Its instances are spare workers of the scenario.

    The *instance* fields stand for those of its template.
    """

    id: str
    restart: Restart = Restart.PERMANENT
    significant: bool = False
    max_restarts: int = 1
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    instance_restart: Restart = Restart.PERMANENT
    instance_significant: bool = False


@attrs.frozen(kw_only=True)
class Supervisor:
    """A supervisor and the children it starts with. Its window of intensity is the whole scenario."""

    id: str
    restart: Restart = Restart.PERMANENT
    significant: bool = False
    strategy: Strategy = Strategy.ONE_FOR_ONE
    max_restarts: int = 1
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    children: tuple["Node", ...] = ()
    starts: tuple[Start, ...] = ()


Node = Worker | Pool | Supervisor


@attrs.frozen
class Ends:
    """Worker *id* ends by itself, if it runs and is not being stopped."""

    id: str
    how: End = End.CRASH


@attrs.frozen
class Release:
    """*id*, if it is held, goes on."""

    id: str


@attrs.frozen
class Request:
    """Ask *supervisor* and do not wait. One that is not to be reached answers SupervisorStopped."""

    supervisor: str
    verb: Verb
    id: str = "-"


Step = Ends | Release | Request


@attrs.frozen(kw_only=True)
class Scenario:
    """One scripted life. *spares* are the children that its START requests name."""

    name: str
    root: Supervisor | Pool
    spares: tuple[Node, ...] = ()
    steps: tuple[Step, ...] = ()

    def nodes(self) -> Iterator[Node]:
        """Every node, the spares' subtrees included."""
        for top in (self.root, *self.spares):
            yield from _with_descendants(top)


@attrs.frozen(kw_only=True)
class Recording:
    """A scenario and the rows of its trace."""

    scenario: Scenario
    trace: tuple[str, ...]


def _with_descendants(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Supervisor):
        for child in node.children:
            yield from _with_descendants(child)


_POOLED: Final = re.compile(r"stopped (\S+)|held (\S+) stop")


def canonical(rows: Iterable[str], scenario: Scenario) -> tuple[str, ...]:
    """Return *rows* with the ends of a pool sorted: it stops all its instances at once, in no order."""
    pools = {node.id for node in scenario.nodes() if isinstance(node, Pool)}
    instances = {
        step.id
        for step in scenario.steps
        if isinstance(step, Request) and step.verb is Verb.START and step.supervisor in pools
    }
    result: list[str] = []
    run: list[str] = []
    for row in rows:
        match = _POOLED.fullmatch(row)
        if match and (match[1] or match[2]) in instances:
            run.append(row)
            continue
        result += [*sorted(run), row]
        run = []
    return (*result, *sorted(run))


# As JSON: a node or a step is an object that names its class, fields that have their default left out.

_CLASSES: Final[dict[str, type[Any]]] = {
    "worker": Worker,
    "pool": Pool,
    "supervisor": Supervisor,
    "ends": Ends,
    "release": Release,
    "request": Request,
}
_NAMES: Final = {cls: name for name, cls in _CLASSES.items()}
_ENUMS: Final[dict[str, type[Enum]]] = {
    "restart": Restart,
    "instance_restart": Restart,
    "strategy": Strategy,
    "auto_shutdown": AutoShutdown,
    "starts": Start,
    "stops": Stop,
    "how": End,
    "verb": Verb,
}


def to_data(value: Any) -> Any:
    """Return *value* as what JSON can say."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_data(item) for item in value]
    if type(value) in _NAMES:
        fields = attrs.fields_dict(type(value)).items()
        kept = {key: getattr(value, key) for key, field in fields if getattr(value, key) != field.default}
        return {"is": _NAMES[type(value)]} | {key: to_data(item) for key, item in kept.items()}
    return value


def from_data(data: Any, field: str = "") -> Any:
    """Return the value that `to_data` made *data* of; *field* is where it stood."""
    if isinstance(data, list):
        return tuple(from_data(item, field) for item in data)
    if isinstance(data, dict):
        return _CLASSES[data["is"]](
            **{key: from_data(item, key) for key, item in data.items() if key != "is"}
        )
    return _ENUMS[field](data) if field in _ENUMS else data


def dump(recordings: Sequence[Recording], path: Path) -> None:
    """Write *recordings* to *path*, one a line inside a JSON list."""
    lines = [
        json.dumps(
            {
                "name": recording.scenario.name,
                "root": to_data(recording.scenario.root),
                "spares": to_data(recording.scenario.spares),
                "steps": to_data(recording.scenario.steps),
                "trace": list(recording.trace),
            },
            separators=(",", ":"),
        )
        for recording in recordings
    ]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def load(path: Path) -> tuple[Recording, ...]:
    """Return the recordings that stand in *path*."""
    return tuple(
        Recording(
            scenario=Scenario(
                name=item["name"],
                root=from_data(item["root"]),
                spares=from_data(item["spares"]),
                steps=from_data(item["steps"]),
            ),
            trace=tuple(item["trace"]),
        )
        for item in json.loads(path.read_text(encoding="utf-8"))
    )


def load_all() -> tuple[Recording, ...]:
    """Return every recording there is, in the order of the files' names."""
    return tuple(recording for path in sorted(TRACES.glob("*.json")) for recording in load(path))
