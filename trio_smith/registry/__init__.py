"""Find actors by name, and find the messages that reached none."""

from ._dead_letters import DeadLetters as DeadLetters
from ._errors import NameNotFound as NameNotFound
from ._errors import NameTaken as NameTaken
from ._errors import RegistryError as RegistryError
from ._names import Names as Names
