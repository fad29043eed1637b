"""A script of a hundred calls: what callers say, and what has to come of it."""
