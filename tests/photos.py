"""Files as customers send them, made by the tests: no photo of anybody's meter is kept here."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

PLACE = "N 45 30 0, W 122 40 0"  # in a photo's EXIF: where it was taken
HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABYAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5"
    "uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAA"
    "AAAAAAEAAQWBAgMFhAAAAB5tZGF0AAAAEigBrwUY+ptSOj/ezcZLhp5z1g=="
)


def photo(form: str = "JPEG", size: tuple[int, int] = (640, 480), **more: Any) -> bytes:
    """A photo of a meter: a dial, and digits that somebody reads."""
    image = Image.new("RGB", size, (90, 110, 130))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rounded_rectangle((width // 4, height // 4, 3 * width // 4, 3 * height // 4), 30, "white")
    draw.text((width // 3, height // 2), "4 8 2 1 3 kWh", fill="black", font_size=height // 12)
    written = BytesIO()
    image.save(written, form, **more)
    return written.getvalue()


def photo_with_place() -> bytes:
    """A photo that says where it was taken and by what, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of Maria Alvarez"
    exif[0x010E] = PLACE
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (45.0, 30.0, 0.0)
    return photo(exif=exif)


def heic() -> bytes:
    """A plain 64 by 48 pixels, as a phone writes them: what we have only reads such files."""
    return base64.b64decode(HEIC)


def pdf() -> bytes:
    """A bill as PDF, of one page."""
    written = BytesIO()
    Image.new("RGB", (200, 280), "white").save(written, "PDF")
    return written.getvalue()


def bomb(side: int = 40_000) -> bytes:
    """A PNG of a few hundred bytes that says it is an image of gigabytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
