"""How one child is run: its Trio task, one incarnation after another, until it is stopped or killed."""

from ._await_point import await_point as await_point
from ._left_open import besides_left_open as besides_left_open
from ._runner import Runner as Runner
from ._started import Started as Started
from ._stops import Stops as Stops
from ._stuck import StuckWatch as StuckWatch
