"""Chat models by tier. Names: `local`, `openai:NAME`, `azure_openai:DEPLOYMENT`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from contracts.clock import Clock
from contracts.errors import ConfigurationError
from contracts.scenario import ModelTier
from contracts.settings import Settings
from models.breaker import Breaker, NeverOpen
from models.local.catalogue import Catalogue
from models.local.chat import DESCRIPTION, LocalChatModel
from models.resilient import ResilientChatModel

LOCAL = "local"
ALLOWED = "local, openai:NAME or azure_openai:DEPLOYMENT"
AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"


@dataclass(frozen=True, slots=True)
class Described:
    """What `doctor` says of a tier's model."""

    tier: str
    model: str
    where: str  # "embedded (...)" or the server's address
    auth: str  # "none" | "key" | "managed identity" | "missing"
    fallback: str
    breaker: str  # "closed" | "open" | "half-open" | "-"


class Models:
    """Builds each model once. `credential` replaces azure-identity's DefaultAzureCredential.

    `rate_limit_s`: how long a remote model's rate limit is waited for. Above 0, as in a run of the
    evals, no breaker spares anybody a call that may fail, either.
    """

    def __init__(
        self,
        settings: Settings,
        tiers: Mapping[str, ModelTier],
        catalogue: Catalogue,
        clock: Clock,
        credential: Any = None,
        rate_limit_s: float = 0.0,
    ) -> None:
        self._settings = settings
        self._tiers = dict(tiers)
        self._clock = clock
        self._credential = credential
        self._own_credential = False
        self._rate_limit_s = rate_limit_s
        self._made: dict[tuple[str, str], BaseChatModel] = {}
        self._breakers: dict[str, Breaker] = {}
        self.local = LocalChatModel(catalogue=catalogue, cache_dir=settings.data_dir / "models")
        for tier in self._tiers.values():
            parse(tier.model or settings.model)

    def chat(self, tier: str, model: str = "") -> BaseChatModel:
        """The model of a tier, or `model` with the tier's limits.

        Raises ConfigurationError for an unknown tier or name, or a missing address or key.
        """
        name = model or self._tier(tier).model or self._settings.model
        made = self._made.get((tier, name))
        if made is None:
            made = self._made[tier, name] = self._make(tier, name)
        return made

    async def start(self) -> None:
        """Load the embedded model, which is also everybody's fallback."""
        await self.local.start()

    async def close(self) -> None:
        """Give back what was opened here."""
        self.local.close()
        if self._own_credential:
            await self._credential.close()

    def describe(self) -> list[Described]:
        """One entry a tier, without connecting anywhere."""
        return [self._described(name) for name in self._tiers]

    def _tier(self, name: str) -> ModelTier:
        if name not in self._tiers:
            known = ", ".join(sorted(self._tiers))
            raise ConfigurationError(f"there is no model tier {name!r}; there are {known}")
        return self._tiers[name]

    def _make(self, tier: str, name: str) -> BaseChatModel:
        provider, target = parse(name)
        if provider == LOCAL:
            return self.local
        make: Callable[[str, ModelTier], BaseChatModel] = (
            self._openai if provider == "openai" else self._azure
        )
        # One server, one breaker: what one tier finds out spares the others the wait.
        kind = NeverOpen if self._rate_limit_s else Breaker
        breaker = self._breakers.setdefault(name, kind(self._clock))
        limits = self._limits(tier)
        return ResilientChatModel(
            primary=make(target, limits),
            fallback=self.local,
            tier=limits,
            breaker=breaker,
            rate_limit_s=self._rate_limit_s,
        )

    def _limits(self, name: str) -> ModelTier:
        """A tier with the patience that is asked for."""
        tier, patience = self._tier(name), self._settings.model_patience
        return tier.model_copy(
            update={
                "first_token_s": tier.first_token_s * patience,
                "timeout_s": tier.timeout_s * patience,
            }
        )

    def _openai(self, name: str, tier: ModelTier) -> BaseChatModel:
        from langchain_openai import ChatOpenAI

        key, address = self._settings.openai_api_key, self._settings.openai_base_url
        if key is None and not address:
            raise ConfigurationError(
                f"MODEL=openai:{name} needs OPENAI_API_KEY, or OPENAI_BASE_URL of a server that "
                "asks for none"
            )
        return ChatOpenAI(
            model=name,
            api_key=key or _no_key,
            base_url=address or None,
            temperature=tier.temperature,
            timeout=tier.timeout_s,
            max_retries=0,
            stream_usage=True,
        )

    def _azure(self, deployment: str, tier: ModelTier) -> BaseChatModel:
        from langchain_openai import AzureChatOpenAI

        settings = self._settings
        if not settings.azure_openai_endpoint:
            raise ConfigurationError(f"MODEL=azure_openai:{deployment} needs AZURE_OPENAI_ENDPOINT")
        key = settings.azure_openai_api_key
        return AzureChatOpenAI(
            azure_endpoint=settings.azure_openai_endpoint,
            azure_deployment=deployment,
            api_version=settings.azure_openai_api_version,
            api_key=key,
            azure_ad_async_token_provider=None if key else self._tokens(),
            temperature=tier.temperature,
            timeout=tier.timeout_s,
            max_retries=0,
            stream_usage=True,
        )

    def _tokens(self) -> Callable[[], Awaitable[str]]:
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider

        if self._credential is None:
            # Probes nothing before the first token is asked for.
            self._credential = DefaultAzureCredential()
            self._own_credential = True
        return get_bearer_token_provider(self._credential, AZURE_SCOPE)

    def _described(self, tier: str) -> Described:
        name = self._tier(tier).model or self._settings.model
        provider, _ = parse(name)
        if provider == LOCAL:
            return Described(tier, name, DESCRIPTION, "none", "none", "-")
        where, auth = self._reach(provider)
        breaker = self._breakers.get(name)
        state = breaker.state if breaker else "closed"
        return Described(tier, name, where, auth, LOCAL, state)

    def _reach(self, provider: str) -> tuple[str, str]:
        settings = self._settings
        if provider == "openai":
            where = settings.openai_base_url or "https://api.openai.com/v1"
            own_server = "none" if settings.openai_base_url else "missing"
            return where, "key" if settings.openai_api_key else own_server
        where = settings.azure_openai_endpoint or "AZURE_OPENAI_ENDPOINT is missing"
        return where, "key" if settings.azure_openai_api_key else "managed identity"


def parse(name: str) -> tuple[str, str]:
    """Provider and model of a name. Raises ConfigurationError for one nobody serves."""
    provider, _, target = name.partition(":")
    if name == LOCAL:
        return LOCAL, ""
    if provider in ("openai", "azure_openai") and target:
        return provider, target
    raise ConfigurationError(f"MODEL={name!r} is not known; it may be {ALLOWED}")


def _no_key() -> str:
    """For servers that want no key: the header has to hold something."""
    return "none"
