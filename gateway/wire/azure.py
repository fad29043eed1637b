"""What Azure Communication Services are spoken to with: the access key, or an identity's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.core.credentials import AzureKeyCredential

from contracts.errors import ConfigurationError
from contracts.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


class AcsRight:
    """`credential` replaces the managed identity, where there is no access key. Raises
    ConfigurationError without an endpoint."""

    def __init__(self, settings: Settings, credential: AsyncTokenCredential | None = None) -> None:
        if not settings.acs_endpoint:
            raise ConfigurationError(
                "ACS_ENDPOINT is missing: https://NAME.communication.azure.com"
            )
        self.endpoint = settings.acs_endpoint.rstrip("/")
        key = settings.acs_access_key
        self._key = key.get_secret_value() if key else ""
        self._credential = credential
        self._own: AsyncTokenCredential | None = None

    def given(self) -> Any:
        """Nothing is probed before a token is asked for."""
        if self._key:
            return AzureKeyCredential(self._key)
        if self._credential is None:
            from azure.identity.aio import DefaultAzureCredential

            self._credential = self._own = DefaultAzureCredential()
        return self._credential

    async def close(self) -> None:
        """The identity that was made here; one that was brought is its owner's."""
        if self._own is not None:
            await self._own.close()
