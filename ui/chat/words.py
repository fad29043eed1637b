"""What the chat's page says that is no message: Chainlit's own words, and those of our header."""

from __future__ import annotations

from contracts.language import ENGLISH, SPANISH, marked, t

# Our languages by the names of Chainlit's translations.
CHAINLIT = {ENGLISH: "en-US", SPANISH: "es"}
# Places in Chainlit's translations, with what stands there instead of its own text.
OVERRIDES = {
    "common.status.error.serverConnection": marked(
        "We lost the connection, and are trying to get it back. What you type stays here."
    ),
    "common.status.error.default": marked("Something went wrong on our side."),
    "chat.input.placeholder": marked("Write a message…"),
    "chat.input.actions.send": marked("Send message"),
    "chat.input.actions.attachFiles": marked("Attach a photo or a PDF"),
    "chat.fileUpload.errors.failed": marked("I couldn't take"),
    "chat.fileUpload.errors.cancelled": marked("Left out:"),
    "chat.fileUpload.actions.cancelUpload": marked("Leave it out"),
    "chat.fileUpload.actions.removeAttachment": marked("Leave it out"),
    "chat.fileUpload.dragDrop": marked("Drop a photo or a PDF here"),
    "chat.messages.status.using": "",
    "chat.messages.status.used": "",
    "chat.messages.actions.copy.button": marked("Copy"),
    "chat.messages.actions.copy.success": marked("Copied"),
    "chat.watermark": marked("Emergency? Call 911 or {emergency_phone}. {model}"),
    "navigation.header.readme": marked("About this chat"),
    "navigation.header.theme.light": marked("Light"),
    "navigation.header.theme.dark": marked("Dark"),
    "navigation.header.theme.system": marked("As on this device"),
    "navigation.user.menu.logout": marked("Sign out"),
    "auth.login.title": marked("Signing in…"),
}
# What our script puts on the page.
PAGE = {
    "conversation": marked("Conversation"),
    "person": marked("Talk to a person"),
    "say_person": marked("I want to talk to a person"),
    "outages": marked("Outage map"),
    "sign_out": marked("Sign out"),
    "theme": marked("Light or dark"),
    "down": marked("Go to the latest message"),
    "close": marked("Close"),
    "pages": marked("Pages"),
    "message": marked("Your message"),
    "send": marked("Send message"),
    "copy": marked("Copy"),
    "attach": marked("Attach a photo"),
    "ended": marked("Your session has ended."),
    "sign_in": marked("Sign in again"),
    "kept": marked("Your last message was not sent. It is back in the field below."),
}


def page_words() -> dict[str, str]:
    """What our script says, in the language that is spoken."""
    return {name: t(text) for name, text in PAGE.items()}
