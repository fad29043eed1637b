"""The graph's nodes, one job a file. `graph/build.py` says how they are joined."""
