"""What a supervisor decides: OTP's ``supervisor`` as a machine without tasks, clocks or live objects."""

from ._actions import Abandoned as Abandoned
from ._actions import Action as Action
from ._actions import CancelStart as CancelStart
from ._actions import ChildCounts as ChildCounts
from ._actions import Close as Close
from ._actions import CountChildren as CountChildren
from ._actions import DeleteChild as DeleteChild
from ._actions import Finish as Finish
from ._actions import Quarantined as Quarantined
from ._actions import Ready as Ready
from ._actions import ReleaseChild as ReleaseChild
from ._actions import Reply as Reply
from ._actions import Request as Request
from ._actions import RestartChild as RestartChild
from ._actions import Scheduled as Scheduled
from ._actions import Start as Start
from ._actions import StartChild as StartChild
from ._actions import Stop as Stop
from ._actions import StopChild as StopChild
from ._actions import StopTogether as StopTogether
from ._actions import Wait as Wait
from ._children import Phase as Phase
from ._engine import Engine as Engine
from ._slot import STARTING as STARTING
from ._slot import Condition as Condition
from ._slot import Slot as Slot
