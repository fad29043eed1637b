"""The one graph: see `build.py`."""
