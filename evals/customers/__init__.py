"""Simulated customers: the script as written, the same with noise, or a language model."""

from evals.customers.base import Customer, Scripted
from evals.customers.llm import LlmCustomer
from evals.customers.noise import noisy

__all__ = ["Customer", "LlmCustomer", "Scripted", "noisy"]
