"""A census of a source tree, taken by supervised actors while a saboteur makes them crash."""

from ._messages import DELIVERIES as DELIVERIES
from ._printable import printable as printable
from ._saboteur import Saboteur as Saboteur
from ._screen import Screen as Screen
from ._source import Place as Place
from ._tree import Assignment as Assignment
from ._trial import Outcome as Outcome
from ._trial import Trial as Trial
