"""All settings, in one class. Nothing else reads the environment."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import ConfigurationError

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Settings(BaseSettings):
    """Read from the environment, then from `.env`. Every one has a default that needs no key."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    environment: Literal["development", "production"] = "development"
    scenario: str = "utilities"
    data_dir: Path = Field(default=Path(".data"), validation_alias="THROUGHLINE_DATA")
    log_level: str = "INFO"

    host: str = Field(default="127.0.0.1", validation_alias="THROUGHLINE_HOST")
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""  # what customers' links begin with; the address above when empty
    secret_key: SecretStr | None = None  # signs links and cookies; generated in development
    trusted_proxies: str = ""  # addresses and networks whose X-Forwarded-For is believed

    # Processes that `throughline serve` starts beside itself for what nobody waits for: answers to
    # messages, sending them, jobs. 0: it does that itself, as it does without a Redis.
    workers: int = Field(default=1, ge=0, le=32)

    # Signing in at an identity provider by OpenID Connect, Entra ID say; off without an issuer.
    oidc_issuer: str = ""  # https://login.microsoftonline.com/TENANT/v2.0
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    # Which claim says whose account it is: one with an account number, or "email".
    sign_in_claim: str = "extension_customerAccount"
    # Signing in at a proxy before us (App Service's authentication), by the headers it sets.
    trust_principal: bool = False
    principal_secret: SecretStr | None = None  # what it sends along, where no address is trusted

    # WhatsApp, SMS and e-mail over Azure Communication Services. Without an endpoint development
    # has the emulator, and production none of these channels.
    acs_endpoint: str = ""  # https://NAME.communication.azure.com
    acs_access_key: SecretStr | None = None  # empty: the managed identity
    # Who may post events: whoever sends the secret in the header X-Throughline-Secret, or Event
    # Grid with a token of Entra ID for this audience.
    events_secret: SecretStr | None = None
    events_tenant: str = ""  # its id
    events_audience: str = ""  # the application's id or URI
    events_issuer: str = ""  # empty: that of the tenant
    events_jwks_url: str = ""  # empty: that of the tenant
    infobip_url: str = ""  # https://XXXXX.api.infobip.com; empty: no Infobip
    infobip_api_key: SecretStr | None = None
    # Of agents that are served elsewhere, by host: {"agents.example": "KEY"}. Those of Azure AI
    # Foundry are asked with the managed identity.
    agent_keys: dict[str, SecretStr] = Field(default_factory=dict)
    emulator: Literal["auto", "off"] = "auto"  # of ACS, with a phone to try the channels
    emulator_port: int = Field(default=8010, ge=0, le=65535)
    # Tell customers, unasked, of outages, bills that are due and visits, as they agreed to.
    proactive: bool = True

    # Calls, over the same ACS. Their call-backs and media sockets bear a token of ACS's own.
    acs_callback_url: str = ""  # where ACS reaches us, https://...; empty: PUBLIC_URL
    acs_resource_id: str = ""  # the resource's immutable id: the audience of those tokens
    acs_issuer: str = "https://acscallautomation.communication.azure.com"
    acs_jwks_url: str = "https://acscallautomation.communication.azure.com/calling/keys"
    # Where people take calls that are put through; empty: the scenario's own (voice.agents).
    agents_number: str = ""
    # What hears and speaks. auto: Azure Speech where its endpoint is set, else the embedded
    # engines. A number's own choice (/config/) goes before it.
    speech: Literal["auto", "local", "azure", "voicelive", "openai_realtime", "off"] = "auto"
    azure_speech_endpoint: str = ""  # https://NAME.cognitiveservices.azure.com
    azure_speech_key: SecretStr | None = None  # empty: the managed identity
    voicelive_endpoint: str = ""
    voicelive_key: SecretStr | None = None  # empty: the managed identity
    voicelive_model: str = "gpt-4o-realtime-preview"
    # With openai_api_key and openai_base_url; what reads aloud, and what writes down.
    openai_realtime_model: str = "gpt-realtime"
    openai_transcription_model: str = "gpt-live-transcribe"
    softphone: Literal["auto", "on", "off"] = "auto"  # the page /phone; auto: in development

    redis_url: str = ""  # empty: the embedded server
    redis_entra: bool = False  # sign in to Azure Managed Redis with the managed identity
    mongodb_uri: str = ""  # empty: the embedded server
    mongodb_database: str = "throughline"
    mongodb_entra: bool = False  # sign in to Azure DocumentDB with the managed identity
    records: str = ""  # package.module:function of a utility's own records; empty: the demo's
    checkpointer: Literal["auto", "redis", "sqlite"] = "auto"
    seed_customers: int = Field(default=500, ge=12)

    model: str = "local"  # local | openai:NAME | azure_openai:DEPLOYMENT
    model_patience: float = Field(default=1.0, gt=0)  # multiplies the tiers' time limits
    openai_api_key: SecretStr | None = None
    openai_base_url: str = ""
    azure_openai_endpoint: str = ""
    azure_openai_api_key: SecretStr | None = None  # empty: the managed identity
    azure_openai_api_version: str = "2024-10-21"

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def softphone_on(self) -> bool:
        wanted = self.softphone == "on" or (
            self.softphone == "auto" and self.environment == "development"
        )
        return wanted and self.speech != "off"

    @model_validator(mode="after")
    def _sign_in_is_sound(self) -> Settings:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ConfigurationError("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET")
        plain = self.oidc_issuer and not self.oidc_issuer.startswith("https://")
        if plain and self.environment == "production":
            raise ConfigurationError("OIDC_ISSUER has to begin with https:// in production")
        if self.trust_principal and not (self.trusted_proxies or self.principal_secret):
            raise ConfigurationError(
                "TRUST_PRINCIPAL=true needs TRUSTED_PROXIES or PRINCIPAL_SECRET: anybody could set "
                "the header otherwise"
            )
        for name in self.trusted_proxies.split(","):
            _checked_network(name.strip())
        return self

    @model_validator(mode="after")
    def _agents_can_be_rung(self) -> Settings:
        if self.agents_number and not _NUMBER.fullmatch(self.agents_number):
            raise ConfigurationError(
                "AGENTS_NUMBER has to be a number with its country, such as +15035550100, or empty"
            )
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> Settings:
        if self.environment != "production":
            return self
        missing = [
            name
            for name, value in (
                ("SECRET_KEY", self.secret_key),
                ("REDIS_URL", self.redis_url),
                ("MONGODB_URI", self.mongodb_uri),
                ("PUBLIC_URL", self.public_url),
            )
            if not value
        ]
        if missing:
            raise ConfigurationError(f"ENVIRONMENT=production needs {', '.join(missing)}")
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < 32:
            raise ConfigurationError("SECRET_KEY needs at least 32 characters")
        return self


def _checked_network(name: str) -> None:
    if not name:
        return
    try:
        ip_network(name)
    except ValueError as error:
        raise ConfigurationError(
            f"TRUSTED_PROXIES has to list addresses and networks, such as 10.0.0.0/16: {error}"
        ) from error
