"""Bodies of the messages API, with WhatsApp's limits: what breaks one is answered with 400."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from emulator.errors import Refused, bad_request

MAX_BODY = 4_096
MAX_INTERACTIVE = 1_024
MAX_ROWS = 10


def _text(most: int, least: int = 1) -> Any:
    return StringConstraints(min_length=least, max_length=most)


Caption = Annotated[str, _text(1_024, 0)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2_000)]
Title = Annotated[str, _text(20)]
Id = Annotated[str, _text(256)]


class _Wire(BaseModel):
    """Unknown keys are passed over, as Azure does."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, populate_by_name=True)


class _Content(_Wire):
    channel_registration_id: Annotated[str, _text(200)]
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=1)]

    @property
    def media(self) -> str:
        """Where a file of it is."""
        return ""


class TextContent(_Content):
    kind: Literal["text"]
    content: Annotated[str, _text(MAX_BODY)]


class MediaContent(_Content):
    kind: Literal["image", "audio", "video", "document", "sticker"]
    media_uri: Url
    caption: Caption | None = None
    file_name: Annotated[str, _text(240)] | None = None

    @property
    def media(self) -> str:
        return self.media_uri


class ReactionContent(_Content):
    kind: Literal["reaction"]
    emoji: Annotated[str, _text(32, 0)]
    message_id: Annotated[str, _text(200)]


class TemplateValue(_Wire):
    kind: Literal["text", "image", "document", "video", "location", "quickAction"]
    name: Annotated[str, _text(100)]
    text: Annotated[str, _text(1_024)] | None = None


class Component(_Wire):
    ref_value: str


class Bindings(_Wire):
    kind: Literal["whatsApp"]
    body: tuple[Component, ...] | None = None


class TemplateBody(_Wire):
    name: Annotated[str, _text(512)]
    language: Annotated[str, _text(20)]
    values: tuple[TemplateValue, ...] | None = None
    bindings: Bindings | None = None


class TemplateContent(_Content):
    kind: Literal["template"]
    template: TemplateBody


class Words(_Wire):
    kind: Literal["text"]
    text: Annotated[str, _text(MAX_INTERACTIVE)]


class Footing(_Wire):
    kind: Literal["text"]
    text: Annotated[str, _text(60)]


class Picture(_Wire):
    kind: Literal["image", "video", "document"]
    media_uri: Url


class ButtonShape(_Wire):
    id: Id
    title: Title


class ButtonSet(_Wire):
    kind: Literal["buttonSet"]
    buttons: Annotated[tuple[ButtonShape, ...], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _differ(self) -> ButtonSet:
        _must_differ("buttons", [button.id for button in self.buttons])
        _must_differ("titles of buttons", [button.title for button in self.buttons])
        return self


class Item(_Wire):
    id: Annotated[str, _text(200)]
    title: Annotated[str, _text(24)]
    description: Annotated[str, _text(72, 0)] | None = None


class Group(_Wire):
    title: Annotated[str, _text(24, 0)] = ""
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=MAX_ROWS)]


class GroupContent(_Wire):
    kind: Literal["group"]
    title: Title  # of the button that opens the list
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _within_limits(self) -> GroupContent:
        ids = [item.id for group in self.groups for item in group.items]
        if len(ids) > MAX_ROWS:
            raise ValueError(f"a list has at most {MAX_ROWS} rows, of all sections")
        if len(self.groups) > 1 and not all(group.title for group in self.groups):
            raise ValueError("each section needs a title where there are several")
        _must_differ("rows", ids)
        return self


class LinkShape(_Wire):
    kind: Literal["url"]
    title: Title
    url: Url


class ButtonAction(_Wire):
    kind: Literal["whatsAppButtonAction"]
    content: ButtonSet


class ListAction(_Wire):
    kind: Literal["whatsAppListAction"]
    content: GroupContent


class UrlAction(_Wire):
    kind: Literal["whatsAppUrlAction"]
    content: LinkShape


class Interactive(_Wire):
    header: Annotated[Footing | Picture, Field(discriminator="kind")] | None = None
    body: Words
    footer: Footing | None = None
    action: Annotated[ButtonAction | ListAction | UrlAction, Field(discriminator="kind")]

    @model_validator(mode="after")
    def _plain_over_a_list(self) -> Interactive:
        if isinstance(self.action, ListAction) and isinstance(self.header, Picture):
            raise ValueError("the header of a list is text")
        return self


class InteractiveContent(_Content):
    kind: Literal["interactive"]
    interactive_message: Interactive

    @property
    def media(self) -> str:
        header = self.interactive_message.header
        return header.media_uri if isinstance(header, Picture) else ""


Content = TextContent | MediaContent | ReactionContent | TemplateContent | InteractiveContent
_CONTENT: TypeAdapter[Content] = TypeAdapter(Annotated[Content, Field(discriminator="kind")])


def read_content(body: bytes) -> Content:
    """Raises Refused (400), saying which field breaks which rule."""
    try:
        return _CONTENT.validate_json(body)
    except ValidationError as error:
        raise refusal(error) from None


def refusal(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return bad_request(f"{where or 'body'}: {first['msg']}")


def _must_differ(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValueError(f"two {what} are the same")
