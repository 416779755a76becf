"""Read a folder of records, check every value, and report every fault at once."""
