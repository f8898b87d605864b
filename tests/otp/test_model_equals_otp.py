"""The model says what OTP itself did, in every recorded scenario.

The recordings were made with Erlang/OTP 25 by tests/otp/recorder; no test needs Erlang. Through this equality
the model may speak for OTP where no recording exists, and trio_smith is compared on scenarios without number.
"""

import inspect
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from tests.otp import model
from tests.otp.inbox import Verdict
from tests.otp.model import predict
from tests.otp.scenario import TRACES, Recording, Scenario, canonical, from_data, load, load_all, to_data
from tests.otp.strategies import NOT_ON_OTP_25, scenarios
from tests.otp.written.all import written

RECORDINGS = load_all()
WRITTEN = [recording for recording in RECORDINGS if not recording.scenario.name.startswith("generated")]


@pytest.mark.parametrize("recording", WRITTEN, ids=lambda recording: recording.scenario.name)
def test_model_does_what_otp_did_in_the_scenario_of_a_rule(recording: Recording) -> None:
    """Each is named after the section of supervision.md, and the rule in it, that OTP was asked about."""
    assert predict(recording.scenario).trace == recording.trace


@pytest.mark.parametrize("path", sorted(TRACES.glob("generated-*.json")), ids=lambda path: path.stem)
def test_model_does_what_otp_did_in_generated_scenarios(path: Path) -> None:
    """What nobody thought of."""
    for recording in load(path):
        assert predict(recording.scenario).trace == recording.trace, recording.scenario.name


@pytest.mark.parametrize(("topic", "batch"), written().items(), ids=list(written()))
def test_what_is_recorded_is_what_is_written(topic: str, batch: tuple[Scenario, ...]) -> None:
    """A scenario that was changed by hand is recorded again, or the change would be in vain."""
    assert [recording.scenario for recording in load(TRACES / f"{topic}.json")] == list(batch)


def test_recordings_show_every_kind_of_row_and_answer() -> None:
    """A rule that no recording touches would be the model's word alone."""
    seen = Counter(
        words[2] if words[0] in {"answer", "ended"} else words[0]
        for recording in RECORDINGS
        for words in map(str.split, recording.trace)
    )
    assert len(RECORDINGS) >= 300
    assert len(WRITTEN) >= 60
    for word in (
        *("starting", "held", "started", "failed", "ignored", "crashed", "returned", "shut-down", "stopped"),
        *("gave-up", "auto-shutdown", "started", "ok", "ignored", "AlreadyStarted", "AlreadyPresent"),
        *("ChildNotFound", "ChildRunning", "ChildRestarting", "StartFailed", "PoolHasNoIds", "InvalidSpec"),
        *("SupervisorStopped", "specs=1", "drain", "stop", "tree"),
    ):
        assert seen[word] >= 5, word


@given(scenarios())
def test_a_scenario_survives_its_way_through_json(scenario: Scenario) -> None:
    """What is replayed is what was recorded."""
    data = to_data((scenario.root, *scenario.spares, *scenario.steps))
    assert from_data(data) == (scenario.root, *scenario.spares, *scenario.steps)


@given(scenarios(without=NOT_ON_OTP_25))
def test_model_is_a_function_of_the_scenario(scenario: Scenario) -> None:
    """Nothing of one prediction is left for the next, and no trace is cut short."""
    first, second = predict(scenario), predict(scenario)
    assert first == second
    assert canonical(first.trace, scenario) == first.trace
    last = [row for row in first.trace if not row.startswith("answer")][-1]
    root = scenario.root.id
    assert last in {f"ended {root} {verdict.value}" for verdict in Verdict} | {
        f"failed {root}",
        f"ignored {root}",
    }


# Each is a misreading of one rule: what stands in model.py, and what it would be read as.
MISREADINGS = {
    "the last allowed restart is fatal": ("self.restarts > self.node", "self.restarts >= self.node"),
    "one restart too many is allowed": ("self.restarts > self.node", "self.restarts > 1 + self.node"),
    "transient children restart after a normal end": (
        "(slot.restart is Restart.TRANSIENT and not normal)",
        "slot.restart is Restart.TRANSIENT",
    ),
    "transient children never restart": ("(slot.restart is Restart.TRANSIENT and not normal)", "False"),
    "one_for_all is rest_for_one": ("is Strategy.ONE_FOR_ALL", "is None"),
    "rest_for_one leaves the failed child out": ("everybody.index(slot) :", "everybody.index(slot) + 1 :"),
    "a group restart revives nobody who was down": (
        "group = self._group_of(slot)",
        "group = [s for s in self._group_of(slot) if s is slot or not isinstance(s.place, Mark)]",
    ),
    "children stop in start order": ("in reversed(slots)", "in slots"),
    "a sibling that died before the group stop is not absorbed": (
        "slot.place is task), None",
        "slot.node.id == task.node.id), None",
    ),
    "a retry overtakes what has arrived": ("inbox.append(Retry", "inbox.appendleft(Retry"),
    "the retry is one of the child that failed first": ("Retry(failed.node.id)", "Retry(slot.node.id)"),
    "a retry happens whatever became of the child": ("if slot and slot.place is Mark.RESTARTING", "if slot"),
    "a retry that finds nobody restarting counts": (
        "slot = self.slots.get(id_)",
        "slot = self.slots.get(id_); self.restarts += 1",
    ),
    "a group restart keeps temporary children": (
        "slot.restart is Restart.TEMPORARY or isinstance",
        "isinstance",
    ),
    "a restart that is ignored is retried": (
        "if outcome is Start.FAIL:\n                return slot",
        "if outcome is not Start.OK and self.restarts:\n                return slot",
    ),
    "insignificant exits shut down": ("not slot.significant or ", ""),
    "a restarting significant child is down": (
        "other.place is not Mark.DOWN",
        "not isinstance(other.place, Mark)",
    ),
    "the first significant exit is enough": ("is AutoShutdown.ANY_SIGNIFICANT", "is not None"),
    "a supervisor's end is a crash": ("child_ended(self, normal=True)", "child_ended(self, normal=False)"),
    "an ignored spec is dropped": ('(answer == "ignored" and', '(answer == "never" and'),
    "a dead child is counted as active": ("and slot.place.alive for slot", "for slot"),
    "a dead child may be started anew": (
        "isinstance(self.slots[id_].place, Mark)",
        "not getattr(self.slots[id_].place, 'alive', False)",
    ),
    "a restarting child may be deleted": ('Mark.RESTARTING: "ChildRestarting"', 'Mark.RESTARTING: ""'),
    "a failed start blames the supervisor": (
        "outcome, culprit = process.start_outcome or Start.FAIL, process.culprit",
        "outcome, culprit = process.start_outcome or Start.FAIL, process.id",
    ),
    "a pool stops one after the other": (
        "yield from self._stop_at_once()",
        "yield from self._stop_backwards(list(self.slots.values()))",
    ),
    "a pool keeps finished instances": (
        "or isinstance(self.node, Pool):\n            del",
        "or False:\n            del",
    ),
    "a pool knows no strangers": ('"ChildNotFound" if self.stage.latest', '"ok" if self.stage.latest'),
}


@pytest.mark.parametrize("misreading", MISREADINGS)
def test_recordings_tell_a_misread_rule(misreading: str) -> None:
    """A rule that can be misread unnoticed is not held by any recording."""
    right, wrong = MISREADINGS[misreading]
    source = inspect.getsource(model)
    assert right in source, "the model has changed; mend the misreading"
    misread = ModuleType("misread_model")
    exec(compile(source.replace(right, wrong), misreading, "exec"), vars(misread))  # noqa: S102 — our own text
    assert any(_differs(misread, recording) for recording in RECORDINGS)


def _differs(misread: ModuleType, recording: Recording) -> bool:
    try:
        return bool(misread.predict(recording.scenario).trace != recording.trace)
    except (AssertionError, KeyError, ValueError):
        return True
