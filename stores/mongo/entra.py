"""Signing in to Azure DocumentDB (Cosmos DB for MongoDB) with a managed identity."""

from __future__ import annotations

import time

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from pymongo.auth_oidc import OIDCCallback, OIDCCallbackContext, OIDCCallbackResult

from contracts.errors import RecordsUnavailable


class EntraCallback(OIDCCallback):
    """Fetches tokens for the driver, which calls it outside the event loop.

    The driver's own support of Azure ignores the token endpoint of Container Apps.
    """

    def __init__(self, credential: TokenCredential, scope: str) -> None:
        self._credential = credential
        self._scope = scope

    def fetch(self, context: OIDCCallbackContext) -> OIDCCallbackResult:
        try:
            token = self._credential.get_token(self._scope)
        except AzureError as error:
            raise RecordsUnavailable("no token for MongoDB from Microsoft Entra") from error
        return OIDCCallbackResult(
            access_token=token.token,
            expires_in_seconds=max(0.0, token.expires_on - time.time()),
        )
