"""Everything that reads records. No other room imports it."""
