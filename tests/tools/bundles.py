"""Rich requests as people send them: spoken, as documents, as pictures, all at once; and four that came broken.

Everything is made here: voices by espeak-ng, menus by the libraries that write such files, signs and photographs drawn.
"""

from __future__ import annotations

import io
import random
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from PIL import Image, ImageDraw, ImageFilter

from protogen.submission import Attachment
from tools.made_files import SAMPLES_A_SECOND, printed, recording, saved, sheet
from tools.missing import program

SPOKEN_ENGLISH = (
    "We are a small bakery in Leeds. We bake sourdough bread, rye bread and apple cake every morning. "
    "Our bakery is open from Tuesday to Saturday. People should be able to order bread on the website. "
    "Please call us on 0 1 1 3, 4 9 6, 0 1 2 3."
)
SPOKEN_GERMAN = (
    "Wir sind eine kleine Bäckerei in Leipzig. Wir backen jeden Morgen frisches Brot und Kuchen. "
    "Wir haben von Dienstag bis Samstag geöffnet."
)
SPOKEN_SPANISH = (
    "Somos una pequeña panadería en Sevilla. Hacemos pan y pasteles todas las mañanas. "
    "Abrimos de martes a sábado."
)
DISHES = (("Pumpkin soup", 85), ("Goulash with bread", 165), ("Apple strudel", 70))
DRINKS = (("Elderflower lemonade", 45), ("Dark lager", 52))


@dataclass(frozen=True, slots=True)
class Bundle:
    """One rich request, and what must come of it.

    `facts` are texts that the page must show, each with the kinds of section it belongs to; `pictures` names of files
    whose picture must be shown, each with the kinds of section; `notes` pieces of the notes that there must be.
    """

    name: str
    description: str = ""
    voice: tuple[Attachment, ...] = ()
    files: tuple[Attachment, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pictures: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()


def bundles() -> tuple[Bundle, ...]:
    """All eight."""
    return tuple(make() for make in BUNDLES.values())


def spoken(text: str, language: str) -> bytes:
    """A recording (WAV) of a voice that speaks."""
    executable = program(["espeak-ng"], "espeak-ng")
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        file = Path(folder) / "voice.wav"
        subprocess.run([executable, "-v", language, "-s", "140", "-w", str(file), text], check=True)
        return file.read_bytes()


def menu_pdf() -> bytes:
    """The dishes as a page that was printed."""
    return printed(["Menu", *(f"{name} {price} CZK" for name, price in DISHES)])


def drinks_xlsx() -> bytes:
    """The drinks as a sheet with the currency in its heading."""
    return sheet(("Drink", "Price (CZK)"), *DRINKS)


def about_docx() -> bytes:
    """What a restaurant says of itself, as Word writes it."""
    document = Document()
    document.add_paragraph("Hearth is a small restaurant in Brno.")
    document.add_paragraph("We cook over a wood fire and bake our own bread.")
    document.add_paragraph("You find us at Veveří 42, Brno. Call +420 541 234 567.")
    document.add_paragraph("Open Tue-Sat 11:00-22:00.")
    return saved(document)


def sign() -> bytes:
    """A logo: a flame in two flat colours on a clear ground."""
    image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 40, 560, 560), fill="#7a1f12")
    pen.polygon([(300, 110), (430, 330), (390, 470), (210, 470), (170, 330)], fill="#f2a03d")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def photograph(hue: int, size: tuple[int, int] = (2400, 1600), form: str = "JPEG") -> bytes:
    """A scene as a camera might see it: a table in a room, with light, blur and grain, and what a camera writes."""
    width, height = size
    image = Image.linear_gradient("L").resize(size)
    coloured = Image.merge(
        "HSV",
        (
            Image.new("L", size, hue),
            image.point(lambda value: 90 + value // 3),
            image.point(lambda value: 240 - value // 2),
        ),
    ).convert("RGB")
    pen = ImageDraw.Draw(coloured)
    pen.rectangle((0, height * 2 // 3, width, height), fill=f"hsl({(hue + 20) % 360}, 45%, 34%)")
    for n in range(5):
        left = width * (2 * n + 1) // 12
        pen.ellipse(
            (left, height // 2, left + width // 9, height // 2 + width // 9),
            fill=f"hsl({(hue * 2 + 31 * n) % 360}, 60%, 58%)",
        )
    grain = Image.effect_noise(size, 24).convert("RGB")
    seen = Image.blend(coloured.filter(ImageFilter.GaussianBlur(width // 400)), grain, 0.08)
    exif = Image.Exif()
    exif[0x010F] = "SecretCam"
    out = io.BytesIO()
    seen.save(out, form, exif=exif, quality=88)
    return out.getvalue()


MENU = ("menu", "services", "pricing")
BRNO = (("Hearth", ("hero", "about", "contact")), ("+420 541 234 567", ("contact", "hero")))


def _voice_only() -> Bundle:
    return Bundle(
        "voice-only",
        voice=(Attachment("message.wav", spoken(SPOKEN_ENGLISH, "en")),),
        facts=(("0113", ("contact", "hero")), ("rye bread", ("menu", "services", "about", "hero"))),
    )


def _document_only() -> Bundle:
    return Bundle(
        "document-only",
        files=(
            Attachment("about.docx", about_docx()),
            Attachment("menu.pdf", menu_pdf()),
            Attachment("drinks.xlsx", drinks_xlsx()),
        ),
        facts=(*BRNO, *((f"{name}", MENU) for name, _ in (*DISHES, *DRINKS)), ("165", MENU), ("52", MENU)),
    )


def _pictures_only() -> Bundle:
    return Bundle(
        "pictures-only",
        files=(
            Attachment("logo.png", sign()),
            *(Attachment(f"IMG_{n}.jpg", photograph(40 * n, (1600, 1100))) for n in range(1, 5)),
        ),
        pictures=tuple((f"img-{n}", ("hero", "about", "profile", "gallery")) for n in range(1, 5)),
    )


def _mixed() -> Bundle:
    return Bundle(
        "mixed",
        description="Hearth is a small restaurant in Brno, at Veveří 42. We cook over a wood fire. "
        "Call +420 541 234 567. We want a menu.",
        voice=(Attachment("nachricht.wav", spoken(SPOKEN_GERMAN, "de")),),
        files=(
            Attachment("menu.pdf", menu_pdf()),
            Attachment("drinks.xlsx", drinks_xlsx()),
            Attachment("sign.png", sign()),
            Attachment("cover.jpg", photograph(20)),
            Attachment("interior.jpg", photograph(90, (1400, 1800))),
            *(Attachment(f"DSC_000{n}.jpg", photograph(130 + 30 * n)) for n in range(3)),
        ),
        facts=(*BRNO, *((name, MENU) for name, _ in (*DISHES, *DRINKS)), ("165", MENU)),
        pictures=(
            ("cover", ("hero",)),
            ("interior", ("about", "profile", "gallery")),
            *((f"dsc-000{n}", ("gallery", "about")) for n in range(3)),
        ),
    )


BROKEN_WORDS = (
    "Hearth is a small restaurant in Brno. We cook over a wood fire every day. Call +420 541 234 567."
)


def _silent() -> Bundle:
    return Bundle(
        "broken-voice",
        description=BROKEN_WORDS,
        voice=(Attachment("hum.wav", _noise()), Attachment("cut.webm", b"\x1aE\xdf\xa3" + bytes(900))),
        facts=BRNO,
        notes=("hum.wav", "cut.webm"),
    )


def _locked() -> Bundle:
    return Bundle(
        "broken-documents",
        description=BROKEN_WORDS,
        files=(
            Attachment("menu.pdf", menu_pdf()[:500]),
            Attachment("old.doc", b"\xd0\xcf\x11\xe0" + bytes(600)),
            Attachment("drinks.xlsx", drinks_xlsx()),
        ),
        facts=(*BRNO, ("Dark lager", MENU)),
        notes=("menu.pdf", "old.doc"),
    )


def _torn() -> Bundle:
    return Bundle(
        "broken-pictures",
        description=BROKEN_WORDS,
        files=(
            Attachment("cover.jpg", photograph(20)[:20_000]),
            Attachment("page.png", b"<html><script>alert(1)</script></html>"),
            Attachment("interior.jpg", photograph(60, (1200, 900))),
        ),
        facts=BRNO,
        pictures=(("interior", ("hero", "about", "gallery")),),
        notes=("cover.jpg", "page.png"),
    )


def _half() -> Bundle:
    return Bundle(
        "broken-mixed",
        voice=(Attachment("message.wav", spoken(SPOKEN_SPANISH, "es")), Attachment("nothing.ogg", b"")),
        files=(Attachment("menu.pdf", b"%PDF-1.7 torn"), Attachment("shop.jpg", photograph(200)[:5_000])),
        facts=(("Sevilla", ("hero", "about", "contact", "services")),),
        notes=("nothing.ogg", "menu.pdf", "shop.jpg"),
    )


def _noise() -> bytes:
    """Three seconds of a hum that nobody speaks in."""
    chance = random.Random(1)
    return recording(bytes(chance.randrange(256) if n % 2 == 0 else 0 for n in range(6 * SAMPLES_A_SECOND)))


BUNDLES: dict[str, Callable[[], Bundle]] = {
    "voice-only": _voice_only,
    "document-only": _document_only,
    "pictures-only": _pictures_only,
    "mixed": _mixed,
    "broken-voice": _silent,
    "broken-documents": _locked,
    "broken-pictures": _torn,
    "broken-mixed": _half,
}
