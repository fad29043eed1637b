"""Recordings of calls, kept in memory and bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from contracts.speech import SILENCE
from emulator.calling.audio import SECOND, as_wav

MOST = 1_800 * SECOND  # bytes of one: half an hour
KEPT = 200_000_000  # bytes of all


@dataclass(slots=True)
class Recording:
    """Everybody in one channel. `at`: when it was begun."""

    call_id: str
    server_call_id: str
    correlation_id: str
    callback: str
    base_url: str  # of the emulator
    at: datetime
    is_active: bool = True  # neither paused nor stopped
    is_over: bool = False
    id: str = field(default_factory=lambda: uuid4().hex)
    _pcm: bytearray = field(default_factory=bytearray)

    def put(self, frame: bytes | None) -> None:
        if self.is_active and len(self._pcm) < MOST:
            self._pcm += SILENCE if frame is None else frame

    @property
    def size(self) -> int:
        return len(self._pcm)

    @property
    def duration_ms(self) -> int:
        return len(self._pcm) * 1_000 // SECOND

    def stop(self) -> None:
        self.is_active, self.is_over = False, True

    def wav(self) -> bytes:
        return as_wav(bytes(self._pcm))

    def standing(self) -> dict[str, str]:
        """RecordingStateResponse."""
        state = "active" if self.is_active else "inactive"
        kind = "azureCommunicationServices"
        return {"recordingId": self.id, "recordingState": state, "recordingKind": kind}

    def file_event(self) -> dict[str, Any]:
        """Data of RecordingFileStatusUpdated."""
        where = f"{self.base_url}emulator/api/recordings/{self.id}"
        chunk = {
            "documentId": self.id,
            "index": 0,
            "endReason": "SessionEnded",
            "contentLocation": where,
            "metadataLocation": where,
            "deleteLocation": where,
        }
        return {
            "recordingStorageInfo": {"recordingChunks": [chunk]},
            "recordingStartTime": self.at.isoformat(),
            "recordingDurationMs": self.duration_ms,
            "recordingContentType": "audio",
            "recordingChannelType": "mixed",
            "recordingFormatType": "wav",
            "sessionEndReason": "SessionEnded",
        }


class Recordings(OrderedDict[str, Recording]):
    """By id; the oldest that are over give way."""

    def keep(self, recording: Recording) -> None:
        self[recording.id] = recording
        total = sum(it.size for it in self.values())
        for it in [it for it in self.values() if it.is_over]:
            if total <= KEPT:
                return
            total -= it.size
            del self[it.id]
