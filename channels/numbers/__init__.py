"""The utility's numbers, and which agent answers on each."""
