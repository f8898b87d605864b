"""What actors say to each other: declared, frozen, typed messages."""

from ._message import BadMessageDeclaration as BadMessageDeclaration
from ._message import MessageDeclaration as MessageDeclaration
from ._message import declaration_of as declaration_of
from ._message import message as message
from ._request import Answers as Answers
from ._request import Request as Request
