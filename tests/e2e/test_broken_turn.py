"""A turn that breaks half-way leaves a thread that can be talked to."""

from __future__ import annotations

import pytest

from evals.scripted import OneModel, ScriptedChatModel, calls
from tests.conftest import OpenTalk
from tests.sequences import violations

pytestmark = pytest.mark.e2e

MARIA = "+15550101"


async def test_a_model_that_breaks_after_a_tool_leaves_the_thread_whole(
    open_talk: OpenTalk,
) -> None:
    model = ScriptedChatModel(
        script=[
            "Hello!",
            calls("handoff_outage_agent", outage_type="no power"),
            calls("check_outage_status"),
            RuntimeError("a bug"),
            "It is all right again.",
        ]
    )
    async with open_talk(models=OneModel(model)) as talk:
        await talk.say("voice", MARIA, "hello")
        broken = await talk.say("voice", MARIA, "my power is out")
        assert "something went wrong on our side" in broken.reply
        after = await talk.say("voice", MARIA, "are you there?")
        assert after.reply.startswith("It is all right again.")
        assert not violations(model.seen[-1])
        assert "are you there?" in str(model.seen[-1][-1].content)
