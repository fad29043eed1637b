"""What a customer sent as a file, made safe to keep and to show.

The type is told by the bytes, never by a name. An image is drawn anew as a JPEG: nothing of what
else was in the file is left, neither where it was taken nor anything hidden in it. A PDF stays as
it is, and so does a voice message, which nothing here decodes: both are only ever given out as a
download.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from contracts.errors import FileRefused
from contracts.records.attachments import MAX_AUDIO_BYTES, MAX_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, PDF = "image/jpeg", "application/pdf"
MAX_PIXELS = 50_000_000  # of what is sent: the largest phones' photos, and no bomb
MAX_SIDE = 2_800  # of what is kept: the digits of a meter and the lines of a bill can be read
THUMBNAIL_SIDE = 480
MAX_NAME = 80
_QUALITY, _THUMBNAIL_QUALITY = 88, 80
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})

_OGG_VOICES = (b"OpusHead", b"\x01vorbis", b"Speex   ")
_TRACK = b"hdlr" + bytes(8)  # and what kind of track it is, in an MP4

Kind = Literal["JPEG", "PNG", "WEBP", "HEIF", "PDF"]
Audio = Literal["audio/ogg", "audio/mpeg", "audio/aac", "audio/mp4", "audio/amr"]
_EXTENSIONS: dict[Audio, str] = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/amr": "amr",
}


@dataclass(frozen=True, slots=True)
class SafeFile:
    name: str
    content_type: str
    data: bytes
    thumbnail: bytes = b""  # a JPEG; of an image only


def safe_file(name: str, data: bytes, *, voices: bool = False) -> SafeFile:
    """The file as it may be kept. Blocks, about a second for a large photo: call it in a thread.
    voices: whether a voice message is taken. Raises FileRefused."""
    audio = audio_of(data) if voices else None
    if len(data) > (MAX_AUDIO_BYTES if audio else MAX_BYTES):
        raise FileRefused("size")
    if audio:
        return SafeFile(clean_name(name, _EXTENSIONS[audio]), audio, data)
    kind = kind_of(data)
    if kind is None:
        raise FileRefused("type")
    if kind == "PDF":
        return SafeFile(clean_name(name, "pdf"), PDF, data)
    image = _opened(data, kind)
    kept = _as_jpeg(image, MAX_SIDE, _QUALITY)
    small = _as_jpeg(image, THUMBNAIL_SIDE, _THUMBNAIL_QUALITY)
    return SafeFile(clean_name(name, "jpg"), JPEG, kept, small)


def kind_of(data: bytes) -> Kind | None:
    """What the bytes are, of what we take."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return "PDF" if data.startswith(b"%PDF-") else None


def audio_of(data: bytes) -> Audio | None:
    """Which kind of sound the bytes are, of those that phones send; None for a film."""
    if data.startswith(b"OggS"):
        return "audio/ogg" if any(voice in data[:256] for voice in _OGG_VOICES) else None
    if data.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if data[4:8] == b"ftyp":
        sounds = _TRACK + b"soun" in data and _TRACK + b"vide" not in data
        return "audio/mp4" if sounds else None
    if data.startswith(b"ID3"):
        return "audio/mpeg"
    if data[:1] == b"\xff" and len(data) > 1:
        return _of_frames(data[1])
    return None


def _of_frames(second: int) -> Audio | None:
    """By the second byte of a first frame: MPEG's third layer, or AAC in ADTS."""
    if second & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if second & 0xE6 == 0xE2 else None


def clean_name(name: str, extension: str) -> str:
    """A name that is no path and holds nothing unseen, with the extension it deserves."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(it for it in last if unicodedata.category(it)[0] not in "CZ" or it == " ")
    stem = re.sub(r'[<>:"|?*\s]+', " ", seen).rpartition(".")[0] or seen
    plain = stem.strip(" .")[:MAX_NAME].strip()
    return f"{plain or 'file'}.{extension}"


def _opened(data: bytes, kind: Kind) -> Image:
    """The image, upright, in red, green and blue. Raises FileRefused for one that can't be read or
    is too large to."""
    from PIL import ImageOps, UnidentifiedImageError
    from PIL.Image import DecompressionBombError

    try:
        image = _heif(data) if kind == "HEIF" else _image(data, kind)
        if image.mode != "P":  # of a palette there are no shades between
            image.thumbnail((MAX_SIDE, MAX_SIDE))  # early: the rest is done on less
        return _on_white(ImageOps.exif_transpose(image))
    except DecompressionBombError as error:
        raise FileRefused("size") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileRefused("broken") from error


def _image(data: bytes, kind: Kind) -> Image:
    from PIL import Image

    image = Image.open(BytesIO(data), formats=(kind,))  # reads the header only
    _bounded(image.width, image.height)
    if kind == "JPEG":  # decoded smaller where it is much too large anyway
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    image.load()
    return image


def _heif(data: bytes) -> Image:
    from pi_heif.heif import open_heif

    found = open_heif(data, convert_hdr_to_8bit=True)  # decoded when it is asked for
    _bounded(*found.size)
    image: Image = found.to_pillow()
    return image


def _bounded(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise FileRefused("size")


def _on_white(image: Image) -> Image:
    from PIL import Image

    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode not in ("RGBA", "LA", "PA"):
        return image.convert("RGB")
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image.getchannel("A"))
    return page


def _as_jpeg(image: Image, side: int, quality: int) -> bytes:
    """The image at most so many pixels high and wide; without a word about it."""
    small = image.copy()
    small.thumbnail((side, side))
    small.info.clear()
    written = BytesIO()
    small.save(written, "JPEG", quality=quality, optimize=False, progressive=False)
    return written.getvalue()
