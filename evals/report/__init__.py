"""The HTML report of a run, and of two runs beside each other: one file that asks for no other."""

from evals.report.page import comparison_page, run_page

__all__ = ["comparison_page", "run_page"]
