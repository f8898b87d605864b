"""The same figures with other libraries. All but asyncio are optional: without one, its rows are n/a."""
