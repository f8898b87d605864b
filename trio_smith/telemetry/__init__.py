"""Tell what happens: frozen events on a bus that cannot hurt those who emit them."""

from ._bus import Bus as Bus
from ._bus import Subscription as Subscription
from ._dead_letter import DeadLetter as DeadLetter
from ._dead_letter import DeadLetterReason as DeadLetterReason
from ._dead_letter import DeadLetterSink as DeadLetterSink
from ._errors import EventFeedback as EventFeedback
from ._event_bus import EventBus as EventBus
from ._events import AnswerDropped as AnswerDropped
from ._events import ChildEnded as ChildEnded
from ._events import ChildIgnored as ChildIgnored
from ._events import ChildQuarantined as ChildQuarantined
from ._events import ChildStarted as ChildStarted
from ._events import ChildStartFailed as ChildStartFailed
from ._events import ChildStuck as ChildStuck
from ._events import GaveUp as GaveUp
from ._events import RestartScheduled as RestartScheduled
from ._events import StopRaised as StopRaised
from ._events import SubscriberLagged as SubscriberLagged
from ._events import SupervisionEvent as SupervisionEvent
from ._events import SupervisorEnded as SupervisorEnded
from ._events import SupervisorStarting as SupervisorStarting
from ._fingerprint import Fingerprint as Fingerprint
from ._stream import EventStream as EventStream
