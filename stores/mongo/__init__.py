"""The utility's records in MongoDB."""
