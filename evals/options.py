"""What `throughline eval` is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals.case import Case
from evals.suite import Plan
from models.registry import LOCAL


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
        model = self.model or settings.model
        local = model == LOCAL
        plan = Plan(
            model=model,
            attempts=self.attempts,
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
            found[agent] = Path(name).read_text("utf-8")
        return found

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
            if (not self.agent or case.agent == self.agent)
            and (not self.tag or self.tag in case.tags)
            and (not self.given or any(w in case.id or w in case.file for w in self.given))
        ]
        if not kept:
            raise ConfigurationError("no case fits: see throughline eval cases")
        return kept
