"""A language model in the role of a customer: follows the case's goal, not a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from evals.case import Case, Step
from evals.evidence import Played

MOST_TURNS = 12
DONE = "###DONE###"
_ROLE = """You play a customer of an electric and gas utility who talks to its assistant.
Persona: {persona}
What you want: {goal}
What you know, to be given only when it is asked for: {facts}
Write only your next message, short, as this person would say it by {channel}, in {language}.
Agree when the assistant reads back just what you want; correct it when it does not.
When you have what you wanted, or it was refused for good, write {done} and nothing else."""


class LlmCustomer:
    """`model` writes the messages; at most `MOST_TURNS` of them."""

    def __init__(self, model: BaseChatModel, case: Case, facts: Mapping[str, str]) -> None:
        self._model = model
        self._case = case
        self._facts = {key: facts[key] for key in ("name", "account", "zip", "address") if facts}

    async def next(self, turns: Sequence[Played]) -> Step | None:
        if len(turns) >= MOST_TURNS:
            return None
        answer = await self._model.ainvoke([self._role(), *_talk(turns)])
        said = str(answer.text).strip()
        return None if not said or DONE in said else Step(says=said.replace("{", "("))

    def _role(self) -> SystemMessage:
        case = self._case
        facts = ", ".join(f"{key}: {value}" for key, value in self._facts.items())
        return SystemMessage(
            _ROLE.format(
                persona=case.persona or "a customer like any other",
                goal=case.goal or case.title,
                facts=facts or "nothing in particular",
                channel=case.start.value,
                language="Spanish" if case.language == "es" else "English",
                done=DONE,
            )
        )


def _talk(turns: Sequence[Played]) -> list[BaseMessage]:
    """The conversation from the customer's side: what the assistant said is what is answered."""
    talk: list[BaseMessage] = [HumanMessage("(The assistant is there. You begin.)")]
    for played in turns:
        talk += [AIMessage(played.said), HumanMessage(played.reply)]
    return talk
