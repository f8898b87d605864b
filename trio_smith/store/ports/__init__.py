"""What a store can be asked, one class for each concept."""

from ._audit import Audit as Audit
from ._journal import Following as Following
from ._journal import Journal as Journal
from ._journal import Snapshots as Snapshots
from ._keys import Keys as Keys
from ._keys import Watching as Watching
from ._leases import Leases as Leases
from ._outbox import Inbox as Inbox
from ._outbox import Outbox as Outbox
from ._queue import Queue as Queue
from ._queue import Timers as Timers
