"""A store in memory."""

from ._adapter import MemoryAdapter as MemoryAdapter
