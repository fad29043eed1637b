"""Chat models: the registry, the resilient wrapper and the embedded model."""
