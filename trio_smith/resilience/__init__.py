"""Stand what fails outside of us: decide when to try again, when to stop calling, and how often is too often.

Each of these guards any async function, alone, as a decorator or as a block, and each is made once and
shared. From the outside in: a deadline (``trio.fail_after``), `Retry`, `CircuitBreaker`, `RateLimit`,
`Bulkhead`, and a deadline for the one attempt.
"""

from ._backoff import Backoff as Backoff
from ._breaker import CircuitBreaker as CircuitBreaker
from ._breaker import CircuitChanged as CircuitChanged
from ._bulkhead import Bulkhead as Bulkhead
from ._bulkhead import BulkheadStatistics as BulkheadStatistics
from ._circuit import CircuitState as CircuitState
from ._circuit import CircuitStatistics as CircuitStatistics
from ._errors import AttemptSkipped as AttemptSkipped
from ._errors import BulkheadFull as BulkheadFull
from ._errors import CircuitOpen as CircuitOpen
from ._errors import RateLimited as RateLimited
from ._errors import Refused as Refused
from ._rate_limit import RateLimit as RateLimit
from ._rate_limit import RateLimitStatistics as RateLimitStatistics
from ._retry import Attempt as Attempt
from ._retry import Retry as Retry
from ._retry import RetryScheduled as RetryScheduled
from ._retry_budget import RetryBudget as RetryBudget
from ._retry_budget import RetryBudgetStatistics as RetryBudgetStatistics
from ._sliding_window import SlidingWindow as SlidingWindow
