"""Real Redis and MongoDB servers out of their wheels, on loopback, shared by several processes.

For development and tests. `REDIS_URL` and `MONGODB_URI` replace them.
"""

from stores.embedded.supervisor import Servers, available, embedded

__all__ = ["Servers", "available", "embedded"]
