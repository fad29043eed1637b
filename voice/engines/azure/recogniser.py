"""One recogniser of the Speech SDK: a connection that hears."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from azure.cognitiveservices import speech
from azure.cognitiveservices.speech import PropertyId, ResultReason

from contracts.speech import RATE, Heard
from voice.engines.azure.faults import Failure, disconnect

TICKS = 10_000_000  # of the SDK's, in a second
# Below the pause that ends a turn, so that a phrase is final by then even where the service does
# not end phrases on demand.
SEGMENT_MS = 500
STOP_S = 1  # that stopping may take where the service does not answer any more
UNTHROTTLED_MS = 20_000
MOST_PHRASES = 500  # the service takes no more

LOCALES = {"en": "en-US", "es": "es-US"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The service took the connection."""


@dataclass(frozen=True, slots=True)
class Stirred:
    """The service heard that somebody began to speak."""


Event = Heard | Opened | Stirred | Failure


class Recogniser:
    """`open` and `close` block; `tell` is called on the SDK's threads. Times of what is heard are
    of the audio written to it, which may begin before it is open."""

    def __init__(
        self,
        config: Callable[[], speech.SpeechConfig],
        languages: Sequence[str],
        phrases: Sequence[str],
        tell: Callable[[Event], None],
    ) -> None:
        self._config = config
        self._languages = languages
        self._phrases = phrases
        self._tell = tell
        self._only = languages[0] if len(languages) == 1 else ""
        form = speech.audio.AudioStreamFormat(samples_per_second=RATE)
        self._stream = speech.audio.PushAudioInputStream(form)
        self._native: Any = None
        self._connection: Any = None
        self._changing = threading.Lock()
        self._ending = False

    def write(self, frame: bytes) -> None:
        self._stream.write(frame)

    def commit(self) -> None:
        """Ask for what was said up to here as final."""
        self._stream.commit()

    def open(self) -> None:
        """Returns before the service has answered."""
        with self._changing:
            if self._ending:
                return
            self._native = native = speech.SpeechRecognizer(
                _configured(self._config(), self._languages),
                speech.audio.AudioConfig(stream=self._stream),
                **_languages(self._languages),
            )
            self._connection = speech.Connection.from_recognizer(native)
            grammar = speech.PhraseListGrammar.from_recognizer(native)
            for phrase in self._phrases:
                grammar.addPhrase(phrase)
            self._listen()
            self._connection.open(True)
            native.start_continuous_recognition()

    def close(self) -> None:
        """Events that are on their way when stopping begins come before it ends; then the native
        objects go."""
        with self._changing:
            self._ending = True
            self._stream.close()
            if self._native is None:
                return
            self._native.stop_continuous_recognition()
            if self._connection is not None:
                self._connection.close()
                disconnect(self._connection)
            disconnect(self._native)
            self._native = self._connection = None

    def _listen(self) -> None:
        self._connection.connected.connect(lambda _: self._tell(Opened()))
        self._native.speech_start_detected.connect(lambda _: self._tell(Stirred()))
        self._native.recognizing.connect(lambda event: self._recognised(event.result))
        self._native.recognized.connect(lambda event: self._recognised(event.result))
        self._native.canceled.connect(lambda event: self._cancelled(event.cancellation_details))
        self._native.session_stopped.connect(lambda _: self._stopped())

    def _recognised(self, result: speech.SpeechRecognitionResult) -> None:
        final = result.reason != ResultReason.RecognizingSpeech
        best = (json.loads(result.json).get("NBest") or [{}])[0] if final and result.json else {}
        began = result.offset / TICKS
        self._tell(
            Heard(
                # A phrase without words ends what there was of partial results.
                "" if result.reason == ResultReason.NoMatch else result.text,
                final,
                self._only or _language(result),
                float(best.get("Confidence", 1.0)),
                began,
                began + result.duration / TICKS,
            )
        )

    def _cancelled(self, details: speech.CancellationDetails) -> None:
        if details.reason == speech.CancellationReason.Error:
            self._tell(Failure(details.code, details.error_details))

    def _stopped(self) -> None:
        if not self._ending:
            self._tell(Failure(speech.CancellationErrorCode.ConnectionFailure))


def _configured(config: speech.SpeechConfig, languages: Sequence[str]) -> speech.SpeechConfig:
    config.output_format = speech.OutputFormat.Detailed
    config.set_profanity(speech.ProfanityOption.Raw)  # as a typed message would have it
    config.set_property(PropertyId.Speech_SegmentationSilenceTimeoutMs, str(SEGMENT_MS))
    # What is heard again after a failure goes out at once, not at twice the speed of speech.
    config.set_property_by_name("SPEECH-TransmitLengthBeforThrottleMs", str(UNTHROTTLED_MS))
    config.set_property_by_name("SPEECH-StopRecognitionTimeoutInSeconds", str(STOP_S))
    if len(languages) > 1:
        config.set_property(PropertyId.SpeechServiceConnection_LanguageIdMode, "Continuous")
    return config


def _languages(languages: Sequence[str]) -> dict[str, Any]:
    locales = [LOCALES.get(language, language) for language in languages]
    if len(locales) == 1:
        return {"language": locales[0]}
    detected = speech.languageconfig.AutoDetectSourceLanguageConfig(languages=locales)
    return {"auto_detect_source_language_config": detected}


def _language(result: speech.SpeechRecognitionResult) -> str:
    locale = speech.AutoDetectSourceLanguageResult(result).language or ""
    language = locale.partition("-")[0]
    return language if language in LOCALES else ""
