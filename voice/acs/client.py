"""What we ask ACS to do with calls, over the SDK's own client, opened when it is first used.

The client tries nothing again: each failure is a `CallRefused` that says whether it may pass.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from azure.communication.callautomation import (
    AudioFormat,
    CallConnectionProperties,
    CallConnectionState,
    CommunicationIdentifier,
    MediaStreamingAudioChannelType,
    MediaStreamingContentType,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    RecordingChannel,
    RecordingContent,
    RecordingFormat,
    StreamingTransportType,
    TextSource,
    UnknownIdentifier,
)
from azure.communication.callautomation.aio import CallAutomationClient, CallConnectionClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseError

from contracts.errors import ThroughlineError
from contracts.settings import Settings
from gateway.wire.azure import AcsRight

CONNECTS_WITHIN_S, ANSWERS_WITHIN_S = 5, 15
_PASSES = (401, 403, 408, 409, 425, 429)  # a right that may be given, and what is busy just now
_GONE = (404, 410)
_OVER = (CallConnectionState.DISCONNECTED, CallConnectionState.DISCONNECTING)
_REASON = 200  # characters
_OPTIONS: dict[str, Any] = {
    "retry_total": 0,
    "connection_timeout": CONNECTS_WITHIN_S,
    "read_timeout": ANSWERS_WITHIN_S,
}


class CallRefused(ThroughlineError):
    """ACS did not do it. `passes`: it may if it is asked again. `gone`: there is no such call any
    more. `unsure`: it was asked and did not answer, so that it may have done it all the same."""

    def __init__(
        self, reason: str, *, passes: bool = False, gone: bool = False, unsure: bool = False
    ) -> None:
        super().__init__(reason)
        self.passes = passes
        self.gone = gone
        self.unsure = unsure


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where ACS reaches us about one call."""

    callbacks: str  # https://...
    media: str  # wss://...


@dataclass(frozen=True, slots=True)
class Placed:
    """How ACS knows a call."""

    connection_id: str
    server_call_id: str


class CallClient:
    """`voices`: those that ACS itself speaks with, by language; the first is for any other.
    `credential` replaces the managed identity, where there is no access key. Every method but
    `close` raises CallRefused. Raises ConfigurationError without an endpoint."""

    def __init__(
        self,
        settings: Settings,
        voices: Mapping[str, str],
        credential: AsyncTokenCredential | None = None,
    ) -> None:
        self._right = AcsRight(settings, credential)
        self._voices = voices
        self._speaks_at = settings.azure_speech_endpoint  # what ACS itself speaks with
        self._client: CallAutomationClient | None = None

    async def answer(self, context: str, call_id: str, at: Addresses) -> Placed:
        async with _speaking():
            properties = await self._opened().answer_call(
                context,
                at.callbacks,
                operation_context=call_id,
                media_streaming=_streaming(at.media),
                cognitive_services_endpoint=self._speaks_at or None,
            )
            return _placed(properties)

    async def place(self, to: str, sender: str, call_id: str, at: Addresses) -> Placed:
        """Ring a number; what comes of it is told at `at.callbacks`."""
        async with _speaking():
            properties = await self._opened().create_call(
                PhoneNumberIdentifier(to),
                at.callbacks,
                source_caller_id_number=PhoneNumberIdentifier(sender),
                operation_context=call_id,
                media_streaming=_streaming(at.media),
                cognitive_services_endpoint=self._speaks_at or None,
            )
            return _placed(properties)

    async def reject(self, context: str, reason: Literal["busy", "forbidden"]) -> None:
        async with _speaking():
            await self._opened().reject_call(context, call_reject_reason=reason)

    async def hang_up(self, connection_id: str, *, everyone: bool = True) -> None:
        """End the call; not for everyone: leave it to those who are in it."""
        async with _speaking():
            await self._call(connection_id).hang_up(is_for_everyone=everyone)

    async def is_up(self, connection_id: str) -> bool:
        try:
            async with _speaking():
                properties = await self._call(connection_id).get_call_properties()
        except CallRefused as refused:
            if refused.gone:
                return False
            raise
        return properties.call_connection_state not in _OVER

    async def say(
        self, connection_id: str, text: str, language: str, *, to: str = "", operation: str = ""
    ) -> None:
        """Let ACS itself speak to everybody, or to one of them, besides our own audio."""
        voice = self._voices.get(language) or next(iter(self._voices.values()))
        locale = "-".join(voice.split("-")[:2])
        source = TextSource(text=text, source_locale=locale, voice_name=voice)
        async with _speaking():
            call = self._call(connection_id)
            if to:
                await call.play_media(source, [identifier(to)], operation_context=operation or None)
            else:
                await call.play_media(source, operation_context=operation or None)

    async def stream(self, connection_id: str) -> None:
        """Open the media socket anew."""
        async with _speaking():
            await self._call(connection_id).start_media_streaming()

    async def stop_streaming(self, connection_id: str) -> None:
        async with _speaking():
            await self._call(connection_id).stop_media_streaming()

    async def invite(
        self, connection_id: str, to: str, sender: str, *, ring_s: float, operation: str
    ) -> str:
        """Ring somebody who is to join the call; the invitation's id."""
        async with _speaking():
            added = await self._call(connection_id).add_participant(
                identifier(to),
                invitation_timeout=max(1, round(ring_s)),
                operation_context=operation,
                source_caller_id_number=PhoneNumberIdentifier(sender) if sender else None,
            )
            return added.invitation_id or ""

    async def uninvite(self, connection_id: str, invitation: str, *, operation: str) -> None:
        """Stop ringing; whether that was in time is told as what came of `operation`."""
        async with _speaking():
            await self._call(connection_id).cancel_add_participant_operation(
                invitation, operation_context=operation
            )

    async def is_in(self, connection_id: str, who: str) -> bool:
        """Whether somebody is in the call."""
        async with _speaking():
            wanted = identifier(who).raw_id
            found = self._call(connection_id).list_participants()
            return wanted in [one.identifier.raw_id async for one in found if one.identifier]

    async def record(self, server_call_id: str, told_at: str) -> str:
        """Begin to record; the recording's id."""
        async with _speaking():
            recording = await self._opened().start_recording(
                server_call_id=server_call_id,
                recording_state_callback_url=told_at,
                recording_content_type=RecordingContent.AUDIO,
                recording_channel_type=RecordingChannel.MIXED,
                recording_format_type=RecordingFormat.WAV,
            )
            return recording.recording_id or ""

    async def close(self) -> None:
        for opened in (self._client, self._right):
            if opened is not None:
                await opened.close()

    def _call(self, connection_id: str) -> CallConnectionClient:
        if not connection_id:
            raise CallRefused("the call has no connection", gone=True)
        return self._opened().get_call_connection(connection_id)

    def _opened(self) -> CallAutomationClient:
        if self._client is None:
            self._client = CallAutomationClient(
                self._right.endpoint, self._right.given(), **_OPTIONS
            )
        return self._client


def identifier(name: str) -> CommunicationIdentifier:
    """Of a number, or of whom Azure knows by a raw id such as 8:orgid:..."""
    return PhoneNumberIdentifier(name) if name.startswith("+") else UnknownIdentifier(name)


def _streaming(url: str) -> MediaStreamingOptions:
    return MediaStreamingOptions(
        transport_url=url,
        transport_type=StreamingTransportType.WEBSOCKET,
        content_type=MediaStreamingContentType.AUDIO,
        audio_channel_type=MediaStreamingAudioChannelType.MIXED,
        start_media_streaming=True,
        enable_bidirectional=True,
        audio_format=AudioFormat.PCM16_K_MONO,
        enable_dtmf_tones=True,
    )


def _placed(properties: CallConnectionProperties) -> Placed:
    if not properties.call_connection_id:
        raise CallRefused("the answer names no call connection")
    return Placed(properties.call_connection_id, properties.server_call_id or "")


@asynccontextmanager
async def _speaking() -> AsyncIterator[None]:
    """Turns the SDK's errors into CallRefused."""
    try:
        yield
    except HttpResponseError as error:
        status = error.status_code or 0
        code = error.error.code if error.error is not None else ""
        raise CallRefused(
            f"{status} {code or error.reason or ''}".strip()[:_REASON],
            passes=status in _PASSES or status >= 500 or status == 0,
            gone=status in _GONE,
        ) from error
    except (AzureError, TimeoutError, OSError) as error:
        reason, unsure = type(error).__name__, _was_asked(error)
        raise CallRefused(reason, passes=True, unsure=unsure) from error


def _was_asked(error: Exception) -> bool:
    """Whether what failed without an answer had gone out by then."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError):
        return False
    lost = isinstance(cause, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
    return lost or isinstance(error, ServiceResponseError | TimeoutError)
