"""The SDK's clients for one Communication Services resource, opened when they are first used.

Retries are the courier's: the clients make none. Each call says by an id of its own which message
it is, so that one that was taken and not heard of is not sent twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio._client import NotificationMessagesClient
from azure.communication.sms._generated.models import (
    SendMessageRequest,
    SmsRecipient,
    SmsSendOptions,
)
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy

from channels.adapter import NotSent
from contracts.clock import Clock
from contracts.errors import StoreUnavailable
from contracts.settings import Settings
from gateway.wire.azure import AcsRight

SCOPE = "https://communication.azure.com//.default"
CONNECTS_WITHIN_S, ANSWERS_WITHIN_S = 5, 20
AGAIN_S = 2.0  # after a failure that passes, where the service says nothing
NO_RIGHT_S = 60.0  # an operator has to do something first
LONGEST_S = 3_600.0
_NO_RIGHT = (401, 403)
_PASSES = (408, 409, 425, 429)
_REASON = 300  # characters


class RepeatableSms(SmsClient):
    """The SDK makes up a new repeatability id in each call; here it is given."""

    async def send_once(
        self, sender: str, to: str, text: str, *, repeat: UUID, at: datetime
    ) -> str:
        """The provider's id of the message. Raises NotSent and the SDK's errors."""
        recipient = SmsRecipient(
            to=to,
            repeatability_request_id=str(repeat),
            repeatability_first_sent=format_datetime(at, usegmt=True),
        )
        request = SendMessageRequest(
            from_property=sender,
            sms_recipients=[recipient],
            message=text,
            sms_send_options=SmsSendOptions(enable_delivery_report=True),
        )
        answer = await self._sms_service_client.sms.send(request)
        item = answer.value[0]
        if not item.successful:
            raise refused(item.http_status_code, str(item.error_message or ""), None)
        return str(item.message_id)


class AcsClients:
    """`credential` replaces the managed identity, where there is no access key. Raises
    ConfigurationError without an endpoint."""

    def __init__(
        self, settings: Settings, clock: Clock, credential: AsyncTokenCredential | None = None
    ) -> None:
        self._right = AcsRight(settings, credential)
        self._clock = clock
        self._messages: NotificationMessagesClient | None = None
        self._sms: RepeatableSms | None = None
        self._email: EmailClient | None = None

    def messages(self) -> NotificationMessagesClient:
        if self._messages is None:
            self._messages = self._notification_client()
        return self._messages

    def sms(self) -> RepeatableSms:
        if self._sms is None:
            self._sms = RepeatableSms(self._right.endpoint, self._right.given(), **_OPTIONS)
        return self._sms

    def email(self) -> EmailClient:
        if self._email is None:
            self._email = EmailClient(self._right.endpoint, self._right.given(), **_OPTIONS)
        return self._email

    async def close(self) -> None:
        for client in (self._messages, self._sms, self._email, self._right):
            if client is not None:
                await client.close()

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """Turns the SDK's errors, and those of what a message is made of, into NotSent."""
        try:
            yield
        except StoreUnavailable as error:
            raise NotSent(str(error), after_s=AGAIN_S) from error
        except HttpResponseError as error:
            raise self._refused(error) from error
        except (AzureError, TimeoutError, OSError) as error:
            raise NotSent(type(error).__name__, after_s=AGAIN_S) from error

    def _refused(self, error: HttpResponseError) -> NotSent:
        headers = getattr(error.response, "headers", None) or {}
        wait_s = self._wait_s(str(headers.get("Retry-After") or ""))
        code = error.error.code if error.error is not None else ""
        words = error.error.message if error.error is not None else error.reason
        return refused(error.status_code or 0, f"{code or ''} {words or ''}".strip(), wait_s)

    def _wait_s(self, said: str) -> float | None:
        """What Retry-After says: seconds, or a date."""
        if not said:
            return None
        if said.isdecimal():
            return min(float(said), LONGEST_S)
        try:
            wait_s = (parsedate_to_datetime(said) - self._clock.now()).total_seconds()
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
        return min(max(0.0, wait_s), LONGEST_S)

    def _notification_client(self) -> NotificationMessagesClient:
        """The generated client: the one over it signs tokens with a policy that can't be awaited,
        and keys as it should."""
        secret = self._right.given()
        if isinstance(secret, AzureKeyCredential):
            from azure.communication.messages.aio import NotificationMessagesClient as WithKey

            return WithKey(self._right.endpoint, secret, **_OPTIONS)
        return NotificationMessagesClient(
            self._right.endpoint,
            secret,
            authentication_policy=AsyncBearerTokenCredentialPolicy(secret, SCOPE),
            **_OPTIONS,
        )


_OPTIONS: dict[str, Any] = {
    "retry_total": 0,
    "connection_timeout": CONNECTS_WITHIN_S,
    "read_timeout": ANSWERS_WITHIN_S,
}


def repeat_id(key: str, index: int) -> UUID:
    """The id of a sending's message, the same in every attempt."""
    return uuid5(NAMESPACE_URL, f"{key}:{index}")


def refused(status: int, words: str, wait_s: float | None) -> NotSent:
    """What a status of HTTP means for a message that was to be sent."""
    reason = f"{status} {words}".strip()[:_REASON]
    if status in _NO_RIGHT:  # the key was changed, say: nothing is wrong with the message
        return NotSent(f"{reason} (see ACS_ACCESS_KEY)", after_s=NO_RIGHT_S)
    if status in _PASSES or status >= 500 or status == 0:
        return NotSent(reason, after_s=AGAIN_S if wait_s is None else wait_s)
    return NotSent(reason)
