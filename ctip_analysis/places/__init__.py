"""Cambodia's provinces on any date: boundaries, names and P-codes."""
