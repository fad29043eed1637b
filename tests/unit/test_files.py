"""What customers send as files, made safe to keep."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from contracts.errors import FileRefused
from contracts.records.attachments import MAX_AUDIO_BYTES, MAX_BYTES
from gateway.files import MAX_SIDE, THUMBNAIL_SIDE, clean_name, kind_of, safe_file
from tests.photos import PLACE, bomb, heic, pdf, photo, photo_with_place

pytestmark = pytest.mark.unit


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    "data", [photo(), photo("PNG"), photo("WEBP"), heic()], ids=["JPEG", "PNG", "WebP", "HEIC"]
)
def test_an_image_is_drawn_anew_as_jpeg(data: bytes) -> None:
    safe = safe_file("meter", data)
    assert (safe.content_type, safe.name) == ("image/jpeg", "meter.jpg")
    assert opened(safe.data).format == opened(safe.thumbnail).format == "JPEG"
    assert safe.data != data
    again = safe_file("meter", safe.data)  # what we made is taken, too
    assert opened(again.data).size == opened(safe.data).size


def test_nothing_is_left_of_where_and_by_whom_it_was_taken() -> None:
    data = photo_with_place()
    assert PLACE.encode() in data
    safe = safe_file("a.jpg", data)
    for kept in (safe.data, safe.thumbnail):
        assert b"Maria" not in kept
        assert PLACE.encode() not in kept
        assert b"Exif" not in kept
        assert not opened(kept).getexif()
    assert opened(safe.data).size == (480, 640)  # upright


def test_what_is_hidden_behind_an_image_goes() -> None:
    assert b"<script>" not in safe_file("a.jpg", photo() + b"<script>alert(1)</script>").data
    assert b"Maria" not in safe_file("a.png", photo("PNG", pnginfo=None) + b"Maria").data


def test_a_large_photo_is_made_smaller() -> None:
    safe = safe_file("a.jpg", photo(size=(4_000, 3_000)))
    assert opened(safe.data).size == (MAX_SIDE, MAX_SIDE * 3 // 4)
    assert max(opened(safe.thumbnail).size) == THUMBNAIL_SIDE
    assert len(safe.thumbnail) < len(safe.data) < MAX_BYTES


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_whatever_colours_it_has(mode: str) -> None:
    form = "TIFF" if mode == "F" else "JPEG" if mode == "CMYK" else "PNG"
    written = BytesIO()
    Image.new(mode, (60, 40)).save(written, form)
    if form == "TIFF":
        with pytest.raises(FileRefused):
            safe_file("a", written.getvalue())
        return
    assert opened(safe_file("a", written.getvalue()).data).mode == "RGB"


def test_what_can_be_seen_through_stands_on_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(safe_file("a", written.getvalue()).data).getpixel((5, 5)) == (255, 255, 255)


def test_a_pdf_stays_as_it_is() -> None:
    safe = safe_file("bill.PDF", pdf())
    assert (safe.content_type, safe.data, safe.thumbnail) == ("application/pdf", pdf(), b"")
    assert safe.name == "bill.pdf"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "type"),
        (b"MZ\x90\x00", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        (b"<html>", "type"),
        (photo("GIF"), "type"),
        (photo("BMP"), "type"),
        (b"\x00\x00\x00\x1cftypmp42", "type"),
        (photo()[:500], "broken"),
        (photo("PNG")[:200], "broken"),
        (photo("WEBP")[:60], "broken"),
        (heic()[:200], "broken"),
        (b"\xff\xd8\xff" + bytes(100), "broken"),
        (bomb(), "size"),
        (bomb(9_000), "size"),
        (b"%PDF-" + bytes(MAX_BYTES), "size"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        safe_file("photo.jpg", data)
    assert refused.value.reason == reason


def test_the_bytes_tell_the_type_and_not_the_name() -> None:
    assert kind_of(photo("PNG")) == "PNG"
    assert safe_file("bill.pdf", photo("PNG")).name == "bill.jpg"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("IMG_0001.HEIC", "IMG_0001.jpg"),
        ("mi factura de ñandú.png", "mi factura de ñandú.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\Maria\\meter.jpeg", "meter.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ('<b>"x"|y?.png', "b x y.jpg"),
        ("\x00\r\nSet-Cookie: a=b.jpg", "Set-Cookie a=b.jpg"),
        ("", "file.jpg"),
        (".jpg", "jpg.jpg"),
        ("...", "file.jpg"),
        ("x" * 500 + ".jpg", "x" * 80 + ".jpg"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name, "jpg") == clean


MP4 = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00" + bytes(40)


@pytest.mark.parametrize(
    ("data", "content_type", "extension"),
    [
        (b"OggS" + bytes(24) + b"OpusHead" + bytes(99), "audio/ogg", "ogg"),
        (b"OggS" + bytes(24) + b"\x01vorbis" + bytes(99), "audio/ogg", "ogg"),
        (b"ID3\x04" + bytes(99), "audio/mpeg", "mp3"),
        (b"\xff\xfb\x90\x00" + bytes(99), "audio/mpeg", "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(99), "audio/aac", "aac"),
        (b"#!AMR\n" + bytes(99), "audio/amr", "amr"),
        (MP4 + b"hdlr" + bytes(8) + b"soun", "audio/mp4", "m4a"),
    ],
)
def test_a_voice_message_is_kept_as_it_is(data: bytes, content_type: str, extension: str) -> None:
    safe = safe_file("../note.exe", data, voices=True)
    assert (safe.content_type, safe.name) == (content_type, f"note.{extension}")
    assert (safe.data, safe.thumbnail) == (data, b"")
    with pytest.raises(FileRefused, match="type"):
        safe_file("note", data)  # where no voice is taken


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (MP4 + b"hdlr" + bytes(8) + b"soun" + b"hdlr" + bytes(8) + b"vide", "type"),
        (MP4, "type"),
        (b"OggS" + bytes(24) + b"\x80theora" + bytes(99), "type"),
        (b"\xff", "type"),
        (b"#!AMR\n" + bytes(MAX_AUDIO_BYTES), "size"),
        (b"%PDF-" + bytes(MAX_BYTES), "size"),
    ],
)
def test_a_film_is_no_voice_message(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        safe_file("note", data, voices=True)
