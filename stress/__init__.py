"""Programs that load, break and measure: `bench` for figures beside references."""
