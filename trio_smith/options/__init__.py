"""Declare what a program can be told: frozen classes whose fields know how they are written down."""

from ._describe import BadOptions as BadOptions
from ._describe import Option as Option
from ._describe import options_of as options_of
from ._describe import rules_of as rules_of
from ._duration import parse_duration as parse_duration
from ._duration import say_duration as say_duration
from ._kind import Bytes as Bytes
from ._kind import Kind as Kind
from ._kind import Seconds as Seconds
from ._option import option as option
from ._refused import Refused as Refused
from ._refused import shown as shown
from ._rule import Exclusive as Exclusive
from ._rule import Needs as Needs
from ._rule import NotAbove as NotAbove
from ._rule import Rule as Rule
from ._secret import Secret as Secret
from ._size import parse_size as parse_size
from ._size import say_size as say_size
