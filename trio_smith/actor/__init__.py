"""Actors: a mailbox with a behaviour, in a supervised task."""

from ._actor import Actor as Actor
from ._cell import Cell as Cell
from ._cell import Lifecycle as Lifecycle
from ._context import Context as Context
from ._errors import ActorCrashed as ActorCrashed
from ._errors import ActorStopped as ActorStopped
from ._errors import AskCycle as AskCycle
from ._errors import BadProtocol as BadProtocol
from ._errors import MailboxFull as MailboxFull
from ._errors import NoActorContext as NoActorContext
from ._errors import NoAnswer as NoAnswer
from ._errors import NotAFunction as NotAFunction
from ._errors import NotARequest as NotARequest
from ._errors import NotPortable as NotPortable
from ._errors import NotUnderstood as NotUnderstood
from ._extras import Failure as Failure
from ._handler import on as on
from ._inbox import Inbox as Inbox
from ._later import Later as Later
from ._later import later as later
from ._lifecycle import LifecycleView as LifecycleView
from ._monitor import Down as Down
from ._monitor import Monitor as Monitor
from ._ref import Ref as Ref
from ._seconds import InvalidDuration as InvalidDuration
from ._timer import Timer as Timer
