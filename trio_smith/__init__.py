"""Supervision trees, actors and mailboxes for Trio.

A supervision tree is a tree of nurseries, an actor is a mailbox with a behaviour in a supervised
task, and a failure always arrives at somebody. Begin with `open_supervisor` and `Actor`.
"""

from .actor import Actor as Actor
from .actor import ActorCrashed as ActorCrashed
from .actor import ActorStopped as ActorStopped
from .actor import AskCycle as AskCycle
from .actor import BadProtocol as BadProtocol
from .actor import Context as Context
from .actor import Down as Down
from .actor import Failure as Failure
from .actor import Inbox as Inbox
from .actor import InvalidDuration as InvalidDuration
from .actor import Later as Later
from .actor import Lifecycle as Lifecycle
from .actor import LifecycleView as LifecycleView
from .actor import MailboxFull as MailboxFull
from .actor import Monitor as Monitor
from .actor import NoActorContext as NoActorContext
from .actor import NoAnswer as NoAnswer
from .actor import NotAFunction as NotAFunction
from .actor import NotARequest as NotARequest
from .actor import NotPortable as NotPortable
from .actor import NotUnderstood as NotUnderstood
from .actor import Ref as Ref
from .actor import Timer as Timer
from .actor import later as later
from .actor import on as on
from .errors import FailureError as FailureError
from .errors import MisuseError as MisuseError
from .errors import SmithError as SmithError
from .exits import Crashed as Crashed
from .exits import ExitReason as ExitReason
from .exits import Ignore as Ignore
from .exits import Killed as Killed
from .exits import NodeLost as NodeLost
from .exits import Returned as Returned
from .exits import ShutDown as ShutDown
from .exits import Shutdown as Shutdown
from .exits import Stopped as Stopped
from .mailbox import BadCapacity as BadCapacity
from .mailbox import ChannelStatistics as ChannelStatistics
from .mailbox import Lane as Lane
from .mailbox import MailboxReceiver as MailboxReceiver
from .mailbox import MailboxSender as MailboxSender
from .mailbox import MailboxStatistics as MailboxStatistics
from .mailbox import Overflow as Overflow
from .mailbox import open_mailbox as open_mailbox
from .messages import Answers as Answers
from .messages import BadMessageDeclaration as BadMessageDeclaration
from .messages import Request as Request
from .messages import message as message
from .registry import DeadLetters as DeadLetters
from .resilience import AttemptSkipped as AttemptSkipped
from .resilience import Backoff as Backoff
from .resilience import Bulkhead as Bulkhead
from .resilience import BulkheadFull as BulkheadFull
from .resilience import BulkheadStatistics as BulkheadStatistics
from .resilience import CircuitBreaker as CircuitBreaker
from .resilience import CircuitChanged as CircuitChanged
from .resilience import CircuitOpen as CircuitOpen
from .resilience import CircuitState as CircuitState
from .resilience import CircuitStatistics as CircuitStatistics
from .resilience import RateLimited as RateLimited
from .resilience import Refused as Refused
from .supervision import NO_LIMIT as NO_LIMIT
from .supervision import UNLIMITED as UNLIMITED
from .supervision import AlreadyPresent as AlreadyPresent
from .supervision import AlreadyStarted as AlreadyStarted
from .supervision import AutoShutdown as AutoShutdown
from .supervision import Child as Child
from .supervision import ChildCounts as ChildCounts
from .supervision import ChildError as ChildError
from .supervision import ChildNotFound as ChildNotFound
from .supervision import ChildRestarting as ChildRestarting
from .supervision import ChildRunning as ChildRunning
from .supervision import ChildSpec as ChildSpec
from .supervision import Condition as Condition
from .supervision import Decision as Decision
from .supervision import EndedBeforeReady as EndedBeforeReady
from .supervision import Escalated as Escalated
from .supervision import Intensity as Intensity
from .supervision import InvalidSpec as InvalidSpec
from .supervision import NeedsAsyncWith as NeedsAsyncWith
from .supervision import NeedsTrio as NeedsTrio
from .supervision import NotAnActor as NotAnActor
from .supervision import NotQuarantined as NotQuarantined
from .supervision import Pool as Pool
from .supervision import PoolFull as PoolFull
from .supervision import PoolHasNoIds as PoolHasNoIds
from .supervision import Restart as Restart
from .supervision import RestartIntensityExceeded as RestartIntensityExceeded
from .supervision import SelfRequest as SelfRequest
from .supervision import SignificantEnded as SignificantEnded
from .supervision import StartCancelled as StartCancelled
from .supervision import StartFailed as StartFailed
from .supervision import StartTimeout as StartTimeout
from .supervision import Strategy as Strategy
from .supervision import Supervisor as Supervisor
from .supervision import SupervisorSpec as SupervisorSpec
from .supervision import SupervisorStopped as SupervisorStopped
from .supervision import System as System
from .supervision import Tree as Tree
from .supervision import UnknownOption as UnknownOption
from .supervision import child as child
from .supervision import open_pool as open_pool
from .supervision import open_supervisor as open_supervisor
from .supervision import open_tree as open_tree
from .supervision import stopping as stopping
from .telemetry import AnswerDropped as AnswerDropped
from .telemetry import ChildEnded as ChildEnded
from .telemetry import ChildIgnored as ChildIgnored
from .telemetry import ChildQuarantined as ChildQuarantined
from .telemetry import ChildStarted as ChildStarted
from .telemetry import ChildStartFailed as ChildStartFailed
from .telemetry import ChildStuck as ChildStuck
from .telemetry import DeadLetter as DeadLetter
from .telemetry import DeadLetterReason as DeadLetterReason
from .telemetry import EventBus as EventBus
from .telemetry import EventStream as EventStream
from .telemetry import Fingerprint as Fingerprint
from .telemetry import GaveUp as GaveUp
from .telemetry import RestartScheduled as RestartScheduled
from .telemetry import StopRaised as StopRaised
from .telemetry import Subscription as Subscription
from .telemetry import SupervisionEvent as SupervisionEvent
from .telemetry import SupervisorEnded as SupervisorEnded
from .telemetry import SupervisorStarting as SupervisorStarting

for _public in tuple(globals().values()):
    # So that tracebacks and documentation name what a user imports, not the private file that it lives in.
    if isinstance(_public, type) and _public.__module__.startswith(f"{__name__}."):
        _public.__module__ = __name__

__version__ = "0.1.0"
