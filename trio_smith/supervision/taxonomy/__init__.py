"""What an error is about, and what is done about it: the families of errors and the recovery of each."""

from ._recovery import RECOVERIES as RECOVERIES
from ._recovery import Recovery as Recovery
from ._recovery import Severity as Severity
from ._taxonomy import Taxonomy as Taxonomy
