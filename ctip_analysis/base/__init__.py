"""Errors, periods, pinned reference data, atomic files and locks: what every other room may import."""
