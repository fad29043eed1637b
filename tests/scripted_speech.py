"""Engines without models, for the tests: see evals.scripted_speech."""

from evals.scripted_speech import (
    WORD_FRAMES,
    Ear,
    Level,
    Mouth,
    Opened,
    Script,
    ScriptedEngines,
    Understood,
    noise,
    tone,
)

__all__ = [
    "WORD_FRAMES",
    "Ear",
    "Level",
    "Mouth",
    "Opened",
    "Script",
    "ScriptedEngines",
    "Understood",
    "noise",
    "tone",
]
