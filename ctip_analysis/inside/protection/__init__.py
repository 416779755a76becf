"""Decide which cells may be shown."""
