"""Judgements that only a language model can give: was anything forgotten, and how did it sound.

They stand beside the metrics and let no play fail: a judge may err, and may be away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepeval.metrics import (
    BaseConversationalMetric,
    ConversationalGEval,
    KnowledgeRetentionMetric,
)
from deepeval.models import DeepEvalBaseLLM
from deepeval.test_case import MultiTurnParams
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, ValidationError

from evals.evidence import Evidence
from evals.metrics.base import as_test_case
from evals.result import Score

GOOD_ENOUGH = 0.5  # below it the judge's reason is told as a fault
# What a good conversation with us sounds like, in the language it is held in.
TONE = {
    "en": (
        "Every reply is warm, plain and short, in correct US English that could be spoken on the "
        "phone: no jargon, no lists read aloud, no praise of itself.",
        "It shows sympathy where something is wrong (an outage, a bill that can't be paid) and "
        "none where nothing is.",
        "It answers what was asked before anything else, and asks for no more than it needs.",
        "What can't be done is said plainly, with what the customer can do instead; nobody is "
        "blamed or lectured.",
        "In an emergency the safety steps come first and nothing softens them.",
    ),
    "es": (
        "Cada respuesta es cálida, sencilla y breve, en español latinoamericano neutro y correcto, "
        "siempre de «usted», y se podría decir por teléfono: sin tecnicismos ni listas leídas.",
        "Muestra empatía cuando algo anda mal (un apagón, una factura que no se puede pagar) y no "
        "la finge cuando todo está bien.",
        "Responde primero lo que se preguntó y no pide más de lo necesario.",
        "Lo que no se puede hacer se dice con claridad, junto con lo que el cliente sí puede "
        "hacer; no culpa ni sermonea a nadie.",
        "En una emergencia, los pasos de seguridad van primero y nada los suaviza.",
    ),
}


class Judge(DeepEvalBaseLLM):
    """Any chat model of ours in the shape that deepeval's metrics ask."""

    def __init__(self, model: BaseChatModel, name: str) -> None:
        self._chat = model
        self._called = name
        super().__init__(name)

    def load_model(self, *args: Any, **kwargs: Any) -> Any:
        return self._chat

    def get_model_name(self, *args: Any, **kwargs: Any) -> str:
        return self._called

    def generate(self, prompt: Any, schema: type[BaseModel] | None = None) -> Any:
        return _shaped(self._chat.invoke([HumanMessage(str(prompt))]).text, schema)

    async def a_generate(self, prompt: Any, schema: type[BaseModel] | None = None) -> Any:
        answer = await self._chat.ainvoke([HumanMessage(str(prompt))])
        return _shaped(answer.text, schema)


def _shaped(text: str, schema: type[BaseModel] | None) -> Any:
    """The JSON in an answer as what was asked for; deepeval reads what does not fit itself."""
    if schema is None:
        return text
    start, end = text.find("{"), text.rfind("}")
    try:
        return schema.model_validate_json(text[start : end + 1])
    except ValidationError:
        return text


def metrics_of(judge: Judge, language: str) -> dict[str, BaseConversationalMetric]:
    """The judged metrics by name."""
    tone = ConversationalGEval(
        name="Tone",
        evaluation_params=[MultiTurnParams.ROLE, MultiTurnParams.CONTENT],
        evaluation_steps=list(TONE[language]),
        model=judge,
        threshold=GOOD_ENOUGH,
    )
    return {
        "KnowledgeRetention": KnowledgeRetentionMetric(model=judge, threshold=GOOD_ENOUGH),
        "Tone": tone,
    }


async def judge_scores(evidence: Evidence, model: BaseChatModel, name: str) -> Mapping[str, Score]:
    """What a judge makes of a play. A judge that breaks off is told as a fault of its own."""
    if not evidence.turns:
        return {}
    judge, case = Judge(model, name), as_test_case(evidence)
    found = {}
    for metric_name, metric in metrics_of(judge, evidence.case.language).items():
        try:
            score = float(await metric.a_measure(case, _show_indicator=False))
        except Exception as broken:  # noqa: BLE001 - whatever a judge does, the play stands
            faults: tuple[str, ...] = (f"the judge broke off: {type(broken).__name__}: {broken}",)
            found[metric_name] = Score(score=0.0, looked_at=0, faults=faults, gates=False)
            continue
        short = score < GOOD_ENOUGH
        faults = (str(metric.reason or "no reason given"),) if short else ()
        found[metric_name] = Score(
            score=round(score, 4), looked_at=len(evidence.turns), faults=faults, gates=False
        )
    return found
