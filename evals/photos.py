"""Photos that come with a case's messages: drawn here, nobody's own."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from app.build import App
from contracts.messages import Channel, Media


def drawn(number: int) -> bytes:
    """A photo of a meter, as JPEG; another `number`, another reading."""
    image = Image.new("RGB", (320, 240), (90, 110, 130))
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 80, 260, 160), "white")
    draw.text((100, 110), f"{48_213 + number} kWh", fill="black")
    written = BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


async def sent(
    app: App, channel: Channel, address: str, message_id: str, count: int
) -> tuple[Media, ...]:
    """So many photos, kept as a channel keeps them before it receives their message."""
    return tuple(
        [
            await app.attaching.take(
                channel, address, key=f"{message_id}:{n}", name=f"photo-{n}.jpg", data=drawn(n)
            )
            for n in range(count)
        ]
    )
