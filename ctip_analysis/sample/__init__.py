"""Synthetic records, made to agree with the published totals."""
