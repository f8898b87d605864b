"""What tests of programs on trio_smith stand on; nothing in the library itself imports it.

`sweep` strikes at every step of a scenario, `Probe` is an actor that does what the test says, `with_crash`
and its kin wrap faults round one's own, `no_leaks` finds what was left behind, `wait_quiet` waits until a
tree is at rest, `check_channel` compares a channel with Trio's,
`check_store` a store with its promises. Strategies for Hypothesis are in
``trio_smith.testing.strategies``; pytest gets the fixture ``no_leaks`` by itself.
"""

from ._check_channel import ChannelCheckFailed as ChannelCheckFailed
from ._check_channel import check_channel as check_channel
from ._check_store import StoreCheckFailed as StoreCheckFailed
from ._check_store import check_store as check_store
from ._consistency import assert_consistent as assert_consistent
from ._deterministic import TrioChanged as TrioChanged
from ._faults import InjectedFault as InjectedFault
from ._faults import with_crash as with_crash
from ._faults import with_delay as with_delay
from ._faults import with_hang as with_hang
from ._faults import with_refused_starts as with_refused_starts
from ._interrupt import NoMainThread as NoMainThread
from ._leaks import Leaked as Leaked
from ._leaks import no_leaks as no_leaks
from ._point import BadPoint as BadPoint
from ._point import Mode as Mode
from ._probe import Answer as Answer
from ._probe import AnswerBy as AnswerBy
from ._probe import Block as Block
from ._probe import Crash as Crash
from ._probe import Deed as Deed
from ._probe import Hang as Hang
from ._probe import Probe as Probe
from ._probe import ProbeIsDown as ProbeIsDown
from ._quiet import wait_quiet as wait_quiet
from ._script import Beginning as Beginning
from ._script import Ending as Ending
from ._script import FailureScript as FailureScript
from ._script import Farewell as Farewell
from ._script import Life as Life
from ._script import Scripted as Scripted
from ._stage import Hit as Hit
from ._stage import Stage as Stage
from ._store_promise import OpenStore as OpenStore
from ._store_promise import StoreUnderTest as StoreUnderTest
from ._sweep import SweepFailed as SweepFailed
from ._sweep import SweepReport as SweepReport
from ._sweep import sweep as sweep
