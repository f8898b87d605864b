"""Find things by name, and find the messages that reached nobody."""

from ._close_names import close_names as close_names
from ._dead_letters import DeadLetters as DeadLetters
