"""Decide when to try again and how often is too often."""

from ._backoff import Backoff as Backoff
from ._sliding_window import SlidingWindow as SlidingWindow
