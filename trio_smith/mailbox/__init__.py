"""The bounded mailbox: two lanes, a policy at the bound, honest numbers."""

from ._channel import BadCapacity as BadCapacity
from ._channel import ChannelStatistics as ChannelStatistics
from ._channel import MailboxReceiver as MailboxReceiver
from ._channel import MailboxSender as MailboxSender
from ._channel import open_mailbox as open_mailbox
from ._mailbox import Mailbox as Mailbox
from ._mailbox import Waiting as Waiting
from ._overflow import Lane as Lane
from ._overflow import Offer as Offer
from ._overflow import Overflow as Overflow
from ._statistics import MailboxStatistics as MailboxStatistics
