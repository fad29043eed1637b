"""Live conversations as cases, with the personal data of their customers replaced."""

from evals.capture.collect import Captured, captured, listed

__all__ = ["Captured", "captured", "listed"]
