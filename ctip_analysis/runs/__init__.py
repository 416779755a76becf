"""Run notebooks: one report, a batch, a yearly run; run records and their status."""
