"""What becomes of an observer that raises: the call that it was told of goes on."""

from __future__ import annotations

import logging
from typing import Final

from ..telemetry import Subscription

_LOG: Final = logging.getLogger("trio_smith.resilience")


def report_subscriber(_subscription: Subscription, error: Exception) -> None:
    """Log the first failure of a subscription; further ones are only counted there."""
    _LOG.error("a subscriber raised; further failures of it are only counted", exc_info=error)
