"""What every card number has in common (ISO/IEC 7812)."""

from __future__ import annotations


def luhn(number: str) -> bool:
    """Whether the last digit of a number is the one that the others ask for."""
    digits = [int(digit) for digit in number]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
