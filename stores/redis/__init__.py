"""The memory ports on Redis (with its Search and JSON modules)."""
