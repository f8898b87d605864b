"""The decision maker under everything that may happen, in any order: what must always hold, always holds.

`FakeShell` checks each action by itself (never two Trio tasks of one child, one start or stop at a time,
every request answered at most once); here is what must hold between the steps, and in the end.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trio_smith.exits import RETURNED, STOPPED, Crashed, ExitReason, ShutDown
from trio_smith.resilience import Backoff
from trio_smith.supervision import (
    UNLIMITED,
    AutoShutdown,
    ChildSpec,
    Decision,
    Intensity,
    Restart,
    Strategy,
    SupervisorSpec,
)
from trio_smith.supervision.engine._actions import (
    CountChildren,
    DeleteChild,
    ReleaseChild,
    RestartChild,
    StartChild,
    StopChild,
)
from trio_smith.supervision.engine._slot import Condition, Slot
from trio_smith.supervision.spec import Failures

from .fake_shell import FakeShell, run

NAMES = st.sampled_from("abcdef")
REASONS: list[ExitReason] = [
    RETURNED,
    ShutDown(),
    Crashed(ValueError()),
    Crashed(KeyError()),
    Crashed(OSError()),
]
FAILURES: list[Failures] = [
    {},
    {KeyError: Decision.STOP, OSError: Decision.ESCALATE},
    lambda error: Decision.STOP if isinstance(error, KeyError) else Decision.RESTART,
    lambda error: {KeyError: Decision.STOP}[type(error)],  # raises
]


@st.composite
def children(draw: st.DrawFn, *, significant: bool, name: str | None) -> ChildSpec:
    """Return the spec of a child of any kind."""
    restart = draw(st.sampled_from(Restart))
    own = st.none() | st.builds(Intensity, max_restarts=st.integers(0, 1))
    may = restart is Restart.PERMANENT and name is not None
    return ChildSpec(
        start=run,
        name=name,
        restart=restart,
        significant=significant and restart is not Restart.PERMANENT and draw(st.booleans()),
        quarantine=draw(own) if may else None,
    )


@st.composite
def supervisors(draw: st.DrawFn) -> SupervisorSpec:
    """Return the spec of a supervisor of any kind."""
    strategy = draw(st.sampled_from(Strategy))
    policy = draw(st.sampled_from(AutoShutdown))
    backoff = draw(st.none() | st.just(Backoff(healthy_after=3.0)))
    common: dict[str, Any] = {
        "strategy": strategy,
        "auto_shutdown": policy,
        "backoff": backoff,
        "max_restarts": draw(
            st.integers(0, 3) if backoff is None else st.just(UNLIMITED) | st.integers(0, 3)
        ),
        "within": 2.0,
        "failures": draw(st.sampled_from(FAILURES)),
    }
    significant = policy is not AutoShutdown.NEVER
    if strategy is Strategy.DYNAMIC:
        template = draw(children(significant=significant, name=None))
        return SupervisorSpec(template=template, max_children=draw(st.none() | st.integers(1, 3)), **common)
    names = draw(st.lists(NAMES, unique=True, max_size=5))
    specs = tuple(draw(children(significant=significant, name=name)) for name in names)
    return SupervisorSpec(children=specs, **common)


class EngineMachine(RuleBasedStateMachine):
    """Everything that a shell may report to an engine."""

    shell: FakeShell

    @initialize(spec=supervisors())
    def made(self, spec: SupervisorSpec) -> None:
        """Any supervisor."""
        self.shell = FakeShell(spec)
        self.begun = self.stopped = False

    @precondition(lambda self: not self.begun)
    @rule()
    def begin(self) -> None:
        """Its children are known."""
        self.begun = True
        self.shell.begin(*self.shell.engine.spec.children)

    # Outcomes ------------------------------------------------------------------------------

    @precondition(lambda self: self.shell.starting is not None)
    @rule(outcome=st.sampled_from([FakeShell.ready, FakeShell.ready, FakeShell.fail, FakeShell.ignore]))
    def start_comes_out(self, outcome: Any) -> None:
        """In one of three ways."""
        outcome(self.shell)

    @precondition(lambda self: self.shell.stopping)
    @rule(data=st.data())
    def stop_comes_out(self, data: st.DataObject) -> None:
        """One of those that are being stopped ends."""
        slot = data.draw(st.sampled_from(self.shell.stopping))
        self.shell.exit(slot.id, STOPPED)

    @precondition(lambda self: any(self._alive()))
    @rule(data=st.data(), reason=st.sampled_from(REASONS), observed=st.integers(0, 9))
    def child_ends(self, data: st.DataObject, reason: ExitReason, observed: int) -> None:
        """By itself; now and then an observer asks for something when it hears of it."""
        slot = data.draw(st.sampled_from(self._alive()))
        whom = slot if self.shell.engine.is_pool else slot.id
        between = {0: self.shell.stop, 1: lambda: self.shell.ask(StopChild(whom))}.get(observed, lambda: None)
        self.stopped = self.stopped or observed == 0
        self.shell.exit(slot.id, reason, between)

    @precondition(lambda self: self.shell.waits)
    @rule(data=st.data())
    def wait_is_over(self, data: st.DataObject) -> None:
        """Also one that nobody needs any longer."""
        self.shell.resume(data.draw(st.integers(0, len(self.shell.waits) - 1)))

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0]))
    def time_passes(self, seconds: float) -> None:
        """The intensity forgets, a child becomes healthy."""
        self.shell.now += seconds

    # Requests ------------------------------------------------------------------------------

    @rule(data=st.data(), name=NAMES)
    def ask(self, data: st.DataObject, name: str) -> None:
        """Anything, of anybody."""
        spec = self.shell.engine.spec
        if spec.template is not None:
            request = data.draw(self._of_a_pool(spec.template))
        else:
            own = children(significant=spec.auto_shutdown is not AutoShutdown.NEVER, name=name)
            request = data.draw(
                st.one_of(
                    own.map(lambda one: StartChild(one, name)),
                    st.sampled_from(
                        [
                            StopChild(name),
                            RestartChild(name),
                            DeleteChild(name),
                            ReleaseChild(name),
                            CountChildren(),
                        ]
                    ),
                )
            )
        self.shell.ask(request)

    def _of_a_pool(self, template: ChildSpec) -> st.SearchStrategy[Any]:
        stops = [StopChild(slot) for slot in self.shell.known]
        return st.sampled_from(
            [StartChild(template, None), StartChild(template, None), CountChildren(), *stops]
        )

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """A caller is cancelled."""
        self.shell.withdraw(data.draw(st.sampled_from(self._waiting())))

    @precondition(lambda self: not self.stopped)
    @rule(now=st.integers(0, 9), doomed=st.booleans())
    def stop(self, now: int, *, doomed: bool) -> None:
        """The end, now and then."""
        if now == 0:
            self.stopped = True
            if doomed:
                self.shell.engine.doom()
            self.shell.stop()

    # What always holds -----------------------------------------------------------------------

    @invariant()
    def every_condition_is_true(self) -> None:
        """What the engine believes of a child is so."""
        shell = self.shell
        assert set(shell.tasks) <= set(shell.engine.slots.values()), "a child with a task was forgotten"
        for name, slot in shell.engine.slots.items():
            assert slot.id == name
            expected = {
                Condition.STARTING: slot is shell.starting,
                Condition.STOPPING: slot in shell.stopping,
                Condition.RUNNING: slot in self._alive() or slot.exit is not None,
            }.get(slot.condition, slot not in shell.tasks)
            assert expected, f"{name} is said to be {slot.condition}"

    @invariant()
    def the_number_of_those_that_are_up_is_right(self) -> None:
        """So that nobody waits for a child that is not there."""
        engine = self.shell.engine
        assert engine.alive == sum(slot.condition.is_up for slot in engine.slots.values())

    @invariant()
    def it_is_idle_exactly_if_nothing_is_awaited(self) -> None:
        """Then every request was answered and every exit was handled."""
        shell = self.shell
        if not self.begun and not self.stopped:
            return
        assert shell.engine.idle is (shell.starting is None and not shell.stopping)
        if shell.engine.idle:
            assert not self._waiting()
            assert all(slot.exit is None for slot in shell.engine.slots.values())

    @invariant()
    def who_has_no_task_and_no_prospect_is_closed(self) -> None:
        """Or somebody would wait for its end for ever."""
        shell = self.shell
        if not self.begun or not shell.engine.idle:
            return
        retried = any(slot.condition is Condition.RESTARTING for slot in shell.engine.slots.values())
        for slot in shell.known:
            if not slot.condition.is_up and not (retried and slot.held):
                assert slot in shell.closed, f"{slot.id} is {slot.condition}, and nobody was told"

    def teardown(self) -> None:
        """In the end everybody has ended, in order, and everybody was answered."""
        shell = getattr(self, "shell", None)
        if shell is None:
            return
        shell.stop()
        shell.rows.clear()
        shell.run_down()
        assert shell.finish is not None
        assert not shell.tasks
        assert not self._waiting()
        assert set(shell.known) == shell.closed
        order = list(shell.engine.slots)
        stops = [row.split()[1] for row in shell.take() if row.startswith("stop ")]
        assert [order.index(name) for name in stops if name in order] == sorted(
            (order.index(name) for name in stops if name in order), reverse=True
        )

    def _alive(self) -> list[Slot]:
        return [slot for slot, ready in self.shell.tasks.items() if ready and slot not in self.shell.stopping]

    def _waiting(self) -> list[Any]:
        return [asked for asked in self.shell.asked if not asked.answers and not asked.withdrawn]


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(max_examples=100, stateful_step_count=30)
