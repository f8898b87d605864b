"""Find actors by name, group or topic, and find the messages that reached nobody."""

from ._close_names import close_names as close_names
from ._dead_letters import DeadLetters as DeadLetters
from ._delivery import Delivery as Delivery
from ._errors import GroupEmpty as GroupEmpty
from ._errors import InvalidTopic as InvalidTopic
from ._errors import NamedOtherwise as NamedOtherwise
from ._errors import NameNotFound as NameNotFound
from ._errors import NameTaken as NameTaken
from ._errors import OutsideProtocol as OutsideProtocol
from ._errors import SystemEnded as SystemEnded
from ._groups import Groups as Groups
from ._groups import Pick as Pick
from ._names import Names as Names
from ._replayed import Replayed as Replayed
from ._topic_subscription import SubscriptionStatistics as SubscriptionStatistics
from ._topic_subscription import TopicSubscription as TopicSubscription
from ._topics import Topics as Topics
