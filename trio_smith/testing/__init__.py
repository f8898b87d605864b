"""What tests of programs on trio_smith stand on; nothing in the library itself imports it."""

from ._check_channel import ChannelCheckFailed as ChannelCheckFailed
from ._check_channel import check_channel as check_channel
from ._consistency import assert_consistent as assert_consistent
from ._deterministic import TrioChanged as TrioChanged
from ._interrupt import NoMainThread as NoMainThread
from ._point import BadPoint as BadPoint
from ._point import Mode as Mode
from ._stage import Hit as Hit
from ._stage import Stage as Stage
from ._sweep import SweepFailed as SweepFailed
from ._sweep import SweepReport as SweepReport
from ._sweep import sweep as sweep
