"""How conversations are judged. A new metric is a class in a file here, and a line in METRICS."""

from evals.metrics.answers import AnswerCorrectness, Brevity
from evals.metrics.base import EvidenceMetric, Verdict, as_test_case, evidence_of
from evals.metrics.context import ContextPreservation
from evals.metrics.faithful import Faithfulness
from evals.metrics.handoffs import HandoffSuccess, SwitchLatency
from evals.metrics.policy import EndState, PolicyAdherence
from evals.metrics.promises import PromisesKept
from evals.metrics.refusal import Refusal
from evals.metrics.tools import ToolCorrectness
from evals.metrics.wording import Wording

METRICS: tuple[type[EvidenceMetric], ...] = (
    ContextPreservation,
    HandoffSuccess,
    SwitchLatency,
    ToolCorrectness,
    AnswerCorrectness,
    PolicyAdherence,
    EndState,
    Brevity,
    Faithfulness,
    Refusal,
    Wording,
    PromisesKept,
)

__all__ = ["METRICS", "EvidenceMetric", "Verdict", "as_test_case", "evidence_of"]
