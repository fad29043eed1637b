"""What the call itself says, where the graph has no part in it. Told with `t`."""

from __future__ import annotations

from contracts.language import marked

CALLING = marked("Hello, this is {brand}.")
CALLING_KNOWN = marked("Hello {name}, this is {brand}.")
NEWS_IS_OVER = marked("That was all. You can reach us at any time. Goodbye.")
SILENCE = (
    marked("Are you still there?"),
    marked("I'm sorry, I can't hear you. Please say something, or press any key."),
    marked(
        "I still can't hear you. Would you like somebody to call you back? Please say yes, or "
        "press one."
    ),
    marked("I'll end the call now. You can reach us at any time. Goodbye."),
)
OFFER = 3  # of them, the one that offers a call-back
CALL_ME_BACK = marked("Please have somebody call me back.")
NOT_TAKEN = marked("I'm sorry, I couldn't take that in just now. Could you say it once more?")
NOBODY_FREE = marked(
    "I'm sorry, nobody is free to take your call right now. What else can I do for you?"
)
MAY_WE_RECORD = marked(
    "Thank you for calling {brand}. May we record this call, to serve you better? Please say yes "
    "or no."
)
RECORDING = marked("Thank you. This call is now being recorded.")
CANT_GO_ON = marked(
    "I'm sorry, we have a technical problem and I can't go on with this call. Please call again in "
    "a minute. In an emergency call 911 or {phone}. Goodbye."
)
CANT_HEAR = marked(
    "I'm sorry, we have a technical problem and I can't hear you any more. Please call again in a "
    "minute. In an emergency call 911 or {phone}. Goodbye."
)
