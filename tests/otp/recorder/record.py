"""Record traces of OTP's own supervisors.

`python -m tests.otp.recorder.record` writes all files of tests/otp/traces anew; it needs erl and erlc.
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.otp.scenario import (
    TRACES,
    End,
    Ends,
    Node,
    Pool,
    Recording,
    Release,
    Request,
    Scenario,
    Start,
    Step,
    Stop,
    Worker,
    canonical,
    dump,
)
from tests.otp.strategies import NOT_ON_OTP_25, scenarios
from tests.otp.written.all import written

HERE = Path(__file__).parent
ENDS = {End.CRASH: "crash", End.RETURN: "normal", End.SHUT_DOWN: "shutdown"}


def record(scenarios: Sequence[Scenario]) -> tuple[Recording, ...]:
    """Return what OTP does in each of *scenarios*."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _run("erlc", "-Wall", "-Werror", "-o", folder, *(str(path) for path in sorted(HERE.glob("*.erl"))))
        script = "".join(erlang_scenario(scenario) + ".\n" for scenario in scenarios)
        (place / "scenarios").write_text(script, encoding="utf-8")
        call = f'otp_recorder:main(["{place / "scenarios"}","{place / "rows"}"]), halt(0).'
        _run("erl", "+S", "1", "-noshell", "-pa", folder, "-eval", call)
        lines = [json.loads(line) for line in (place / "rows").read_text(encoding="utf-8").splitlines()]
    assert [line["name"] for line in lines] == [scenario.name for scenario in scenarios], "one line each"
    return tuple(
        Recording(scenario=scenario, trace=canonical(line["rows"], scenario))
        for scenario, line in zip(scenarios, lines, strict=True)
    )


def generated(
    number: int, *, drawn: int = 1000, kept: int = 100, fewest_steps: int = 6
) -> tuple[Scenario, ...]:
    """Return *kept* different scenarios of the strategies, drawn with seed *number*."""
    found: dict[tuple[object, ...], Scenario] = {}

    @seed(number)
    @settings(
        max_examples=drawn,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios(without=NOT_ON_OTP_25))
    def collect(scenario: Scenario) -> None:
        if len(scenario.steps) >= fewest_steps:
            found[scenario.root, scenario.spares, scenario.steps] = scenario

    collect()
    assert len(found) >= kept, f"only {len(found)} scenarios with seed {number}"
    return tuple(
        attrs.evolve(scenario, name=f"generated-{number}-{place}")
        for place, scenario in enumerate(list(found.values())[:kept], 1)
    )


def main() -> None:
    """Write all traces anew."""
    batches = written() | {f"generated-{number}": generated(number) for number in range(1, 6)}
    for path in TRACES.glob("*.json"):
        path.unlink()
    for name, batch in batches.items():
        dump(record(batch), TRACES / f"{name}.json")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=600)


# The same as Erlang terms, as otp_recorder.erl reads them.


def erlang_scenario(scenario: Scenario) -> str:
    """Return *scenario* as the map that otp_recorder:record/1 takes."""
    spares = _list(map(_node, scenario.spares))
    steps = _list(map(_step, scenario.steps))
    name, root = scenario.name, _node(scenario.root)
    return f'#{{name => "{name}", root => {root}, spares => {spares}, steps => {steps}}}'


def _node(node: Node) -> str:
    head = [f"'{node.id}'", _atom(node.restart), _bool(node.significant)]
    match node:
        case Worker():
            return _tuple(
                "worker", *head, _list(map(_outcome, node.starts)), _list(map(_outcome, node.stops))
            )
        case Pool():
            template = (_atom(node.instance_restart), _bool(node.instance_significant))
            flags = (str(node.max_restarts), _atom(node.auto_shutdown))
            return _tuple("pool", *head, *flags, *template)
    policy = (_atom(node.strategy), str(node.max_restarts), _atom(node.auto_shutdown))
    return _tuple(
        "supervisor", *head, *policy, _list(map(_node, node.children)), _list(map(_outcome, node.starts))
    )


def _step(step: Step) -> str:
    match step:
        case Ends(id_, how):
            return _tuple("'end'", f"'{id_}'", ENDS[how])
        case Release(id_):
            return _tuple("release", f"'{id_}'")
        case Request(supervisor, verb, id_):
            return _tuple("request", f"'{supervisor}'", _atom(verb), f"'{id_}'")


def _outcome(outcome: Start | Stop) -> str:
    return _tuple(_atom(outcome.outcome), _bool(outcome.held))


def _atom(member: Enum) -> str:
    return str(member.value)


def _bool(value: bool) -> str:  # noqa: FBT001 — the value is what is written
    return "true" if value else "false"


def _tuple(*items: str) -> str:
    return "{" + ",".join(items) + "}"


def _list(items: "map[str]") -> str:
    return "[" + ",".join(items) + "]"


if __name__ == "__main__":
    main()
