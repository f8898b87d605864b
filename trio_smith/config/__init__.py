"""Read what a program is told: layers of settings, strict, every problem at once, each with its origin."""

from ._errors import BadSettings as BadSettings
from ._load import Layers as Layers
from ._load import load_again as load_again
from ._load import load_settings as load_settings
from ._load import read_layers as read_layers
from ._origin import Layer as Layer
from ._origin import Origin as Origin
from ._problem import Problem as Problem
from ._reference import find_named as find_named
from ._reference import where_raised as where_raised
from ._sections import AppOptions as AppOptions
from ._sections import Format as Format
from ._sections import Level as Level
from ._sections import LoggingOptions as LoggingOptions
from ._sections import ShutdownOptions as ShutdownOptions
from ._sections import Stream as Stream
from ._settings import SECTIONS as SECTIONS
from ._settings import Settings as Settings
from ._settings import settings_of as settings_of
from ._show import changes as changes
from ._show import show_settings as show_settings
from ._source import Source as Source
