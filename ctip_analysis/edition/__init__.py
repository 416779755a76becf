"""Read an edition: cells, facts, and numbers derived from shown cells."""
