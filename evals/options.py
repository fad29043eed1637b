"""What `throughline eval` is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals.case import Case
from evals.customers.noise import seeds
from evals.suite import Plan
from models.registry import LOCAL

DRAFT = "draft"  # the tag of a captured case that nobody has completed yet


class Options(BaseModel):
    """As the command line gives them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    given: tuple[str, ...] = ()
    model: str = ""
    agent: str = ""
    tag: str = ""
    changed: bool = False
    prompt: tuple[str, ...] = ()
    sabotage: bool = False
    attempts: int = 1
    noise: int = 0
    customer: str = ""
    judge: str = ""
    replays: bool = True
    gate: bool = False
    concurrency: int = 4
    price: str = ""
    label: str = ""
    limit: int = 20
    verbose: bool = False
    as_json: bool = Field(default=False)

    @field_validator("given", "prompt", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return value or ()

    def plan(self, settings: Settings) -> Plan:
        """How to run: the embedded model is bound by processors, any other by waiting. Raises
        ConfigurationError."""
        for part, name in (("customer", self.customer), ("judge", self.judge)):
            if name == LOCAL:
                raise ConfigurationError(f"--{part} has to be a language model, not {LOCAL}")
        model = self.model or settings.model
        local = model == LOCAL
        plan = Plan(
            model=model,
            attempts=self.attempts,
            noise=tuple(seeds(self.noise)),
            customer=self.customer,
            judge=self.judge,
            replays=self.replays,
            # Replays multiply the calls of a model that costs: one with switches is enough.
            each=local,
            prompts=self.prompts(),
        )
        return plan if local else replace(plan, lanes=self.concurrency, processes=1)

    def prompts(self) -> dict[str, str]:
        """Texts by agent. Raises ConfigurationError for a file that can't be read."""
        found = {}
        for one in self.prompt:
            agent, _, name = one.partition("=")
            if not name or not Path(name).is_file():
                raise ConfigurationError(f"--prompt {one}: give it as AGENT=FILE")
            found[agent] = _prompt_of(agent, Path(name))
        return found

    def scope(self) -> str:
        """What the cases are chosen by, in words; empty for all of them."""
        named = (f"{name} {value}" for name, value in (("agent", self.agent), ("tag", self.tag)))
        chosen = [words for words in named if not words.endswith(" ")]
        return ", ".join([*chosen, *self.given, *(["what changed"] if self.changed else [])])

    def name(self, model: str) -> str:
        """What the run is called: the label, else the model and the prompts it was given."""
        return self.label or " with ".join([model, *(Path(p).name for p in self.prompt)])

    def prices(self) -> dict[str, float]:
        """Dollars a million tokens. Raises ConfigurationError."""
        if not self.price:
            return {}
        try:
            given, taken = (float(part) for part in self.price.split(","))
        except ValueError:
            raise ConfigurationError("--price is two numbers: IN,OUT") from None
        return {"input": given, "output": taken}

    def chosen(self, cases: list[Case]) -> list[Case]:
        """Those that are asked for. Raises ConfigurationError where there are none."""
        kept = [
            case
            for case in cases
            if (DRAFT not in case.tags or self.tag == DRAFT or self.given)
            and (not self.agent or case.agent == self.agent)
            and (not self.tag or self.tag in case.tags)
            and (not self.given or any(w in case.id or w in case.file for w in self.given))
        ]
        if not kept:
            raise ConfigurationError("no case fits: see throughline eval cases")
        return kept


def _prompt_of(agent: str, path: Path) -> str:
    """A prompt as text, or out of an assistant that Studio exported as JSON. Raises
    ConfigurationError."""
    text = path.read_text("utf-8")
    if path.suffix != ".json":
        return text
    try:
        held = json.loads(text)
        return str(held.get("context", held)[f"{agent}_prompt"])
    except (ValueError, AttributeError, KeyError) as error:
        raise ConfigurationError(f"{path.name} holds no {agent}_prompt") from error
