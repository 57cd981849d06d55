"""The customer's own pictures: safe, small, upright, in the place where they belong."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pillow_heif
import pytest
from coloraide import Color
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from protogen.checks.gate import check_files
from protogen.draft import Draft, Section, Site
from protogen.files import write_tree
from protogen.intake import pictures as intake_pictures
from protogen.intake.picture_reader import WIDTHS, clean_svg
from protogen.intake.pictures import MAX_BYTES, MOST, read_pictures
from protogen.photo import NO_PICTURES, Photo, Pictures
from protogen.site.pictures import place
from protogen.site.render import render
from protogen.submission import Attachment
from tools.drafts import BAKERY, finished
from tools.made_files import png_that_says
from tools.serving import serve_folder
from tools.validators import axe_violations, nu_errors

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">'
LOGO = f'{SVG}<path d="M10 90L60 10L110 90Z" fill="#1c5b39"/></svg>'
REFUSED = (
    (f'<!DOCTYPE svg [<!ENTITY a "aaaa">]>{SVG}<title>&a;</title></svg>', "entities"),
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 99999"><path d="M0 0h1v9z"/></svg>', "line"),
    ('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1v9z"/></svg>', "no size"),
    (f"{SVG}<text>Fern</text></svg>", "paths"),
    (f"{SVG}<script>alert(1)</script></svg>", "nothing is drawn"),
    ("<svg", "damaged"),
)
HOSTILE_PARTS = (
    "<script>alert(1)</script>",
    '<image href="/etc/hostname" width="9" height="9"/>',
    "<foreignObject><p>x</p></foreignObject>",
    '<use href="http://x.example/a.svg#b"/>',
    '<path onclick="alert(1)" d="M0 0h9v9z"/>',
    '<a href="javascript:alert(1)"><path d="M0 0h9v9z"/></a>',
    "<style>@import url(http://x.example/a.css);</style>",
    '<path style="fill: url(http://x.example/a)" d="M0 0h9v9z"/>',
    '<animate attributeName="href" to="javascript:alert(1)"/>',
)


def photo(width: int, height: int, form: str = "JPEG", turn: int = 1, shade: int = 90) -> bytes:
    """A picture whose upper half is red and lower half blue, with what a camera writes into it."""
    image = Image.new("RGB", (width, height), (shade, 60, 200))
    image.paste((220, shade, 40), (0, 0, width, height // 2))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turn, "SecretCam"
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(out, exif=exif.tobytes())
    else:
        image.save(out, form, exif=exif)
    return out.getvalue()


def one(name: str, data: bytes) -> Photo | None:
    """What is made of one file."""
    made, _ = read_pictures([Attachment(name, data)])
    return made.logo.photo if made.logo else next(iter(made.photos), None)


def made_of(files: Sequence[Attachment]) -> Pictures:
    """The pictures of several files, all of them usable."""
    made, notes = read_pictures(files)
    assert notes == ()
    return made


@pytest.fixture(autouse=True, scope="module")
def patient() -> Iterator[None]:
    """Time enough on a machine that does other things as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_pictures, "ONE_SECONDS", 100.0)
        patch.setattr(intake_pictures, "ALL_SECONDS", 400.0)
        yield


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"])
def test_a_picture_comes_in_several_widths_and_no_larger_than_it_is(form: str) -> None:
    """Re-encoded as WebP and AVIF; the smallest first; the sides keep their proportion."""
    made = one("counter.x", photo(1200, 800, form))
    assert made
    assert (made.width, made.height) == (1200, 800)
    for suffix, several in (("webp", made.webp), ("avif", made.avif)):
        assert [each.width for each in several] == [480, 800, 1200]
        for each in several:
            assert opened(each.data).format == suffix.upper()
            assert opened(each.data).size == (each.width, round(each.width * 2 / 3))
            assert re.fullmatch(rf"assets/images/counter-[0-9a-f]{{6}}-\d+\.{suffix}", each.path)
    large = one("large.jpg", photo(4000, 2000))
    assert large
    assert [each.width for each in large.webp] == list(WIDTHS)


def test_a_turned_picture_is_upright_and_tells_nothing_of_its_maker() -> None:
    """The camera's orientation is obeyed; place, time and camera are gone."""
    made = one("IMG_1.jpg", photo(1000, 600, turn=6))
    assert made
    assert (made.width, made.height) == (600, 1000)
    for data in (each.data for each in made.files):
        assert b"SecretCam" not in data
        assert not opened(data).getexif()
        right, left = (opened(data).convert("RGB").getpixel((x, 100)) for x in (opened(data).width - 40, 40))
        assert isinstance(right, tuple)
        assert isinstance(left, tuple)
        assert right[0] > 180 > left[0]  # what was above is now on the right


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        *((png_that_says(side, side), "million pixels") for side in (50_000, 8_000, 100_000_000)),
        (photo(900, 600)[:2000], "damaged"), (b"", "damaged"), (b"no picture", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"), (photo(8, 8, "PNG"), "too small"), (photo(4000, 20, "PNG"), "line"),
        (b"GIF89a" + b"\0" * 50, "damaged"), (b"%PDF-1.7", "damaged"),
        *((text.encode(), reason) for text, reason in REFUSED),
    ],
)  # fmt: skip
def test_what_is_no_safe_picture_is_kept_and_noted(data: bytes, reason: str) -> None:
    """Bombs, broken files, drawings that could reach outside: no error, no picture, and the reason."""
    for name in ("x.jpg", "logo.svg"):
        made, (note,) = read_pictures([Attachment(name, data)])
        assert made == NO_PICTURES
        assert name in note
        assert reason in note


@pytest.mark.parametrize("part", HOSTILE_PARTS)
def test_a_drawing_is_cleaned(part: str) -> None:
    """Scripts, links and pictures are cut out of it; what is drawn stays."""
    text = clean_svg(f"{LOGO.removesuffix('</svg>')}{part}</svg>".encode())
    assert "M10 90L60" in text
    assert not re.search(r"alert|http://x|javascript|hostname|foreignObject|onclick|import", text)
    assert one("logo.svg", text.encode())


def test_a_drawing_of_plain_shapes_becomes_pixels() -> None:
    """An SVG logo is drawn, not shipped, and keeps its clear ground; editors' notes in it do no harm."""
    noted = LOGO.replace("<svg ", '<svg xmlns:i="http://www.inkscape.org/x" i:v="1" ').replace(
        "<path", "<i:view/><path"
    )
    doctype = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
    for text in (LOGO, noted, doctype + LOGO):
        made = made_of([Attachment("Logo.svg", text.encode())])
        assert made.photos == ()
        assert made.logo
        assert (made.logo.photo.width, made.logo.photo.height) == (512, 256)
        assert (made.logo.dark, made.logo.clear) == (True, True)
        assert made.logo.colours == ("#1c5b39",)


def sign(clear: bool = True) -> bytes:
    """A drawn sign as pixels: an orange disc with a blue bar."""
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0) if clear else (255, 255, 255, 255))
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 40, 360, 360), fill="#e06010")
    pen.rectangle((120, 180, 280, 220), fill="#1040c0")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("clear", [True, False])
def test_a_logo_is_known_by_its_looks(clear: bool) -> None:
    """Flat colours on an even or clear ground, among photographs; of two that look so neither is taken for it."""
    garden = Attachment("garden.jpg", grainy(900, 600))
    made = made_of([garden, Attachment("IMG_7.png", sign(clear))])
    assert made.logo
    assert [photo.slug for photo in made.photos] == ["garden"]
    assert made.logo.colours == ("#e06010", "#1040c0")
    both = made_of([garden, Attachment("a1.png", sign()), Attachment("b2.png", sign(clear=False))])
    assert both.logo is None
    assert len(both.photos) == 3


def grainy(width: int, height: int) -> bytes:
    """A picture with as many shades as a photograph."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_logo_gives_the_site_its_colours_and_its_icon() -> None:
    """Where the customer said no colour; a colour that is said stands above it."""
    words = "Fern & Flour is a bakery in Brno. We bake sourdough bread every morning."
    logo = made_of([Attachment("logo.png", sign())])
    plain, signed = finished(words), finished(words, pictures=logo)
    told = finished(f"{words} We want a green and cream look.", pictures=logo)
    assert signed.theme
    assert told.theme
    assert plain.site
    assert signed.site
    hues = [
        Color(made.theme.tokens["--accent"]).convert("oklch")["hue"] for made in (signed, told) if made.theme
    ]
    assert abs(hues[0] - Color("#e06010").convert("oklch")["hue"]) < 25
    assert 100 < hues[1] < 180
    icon = opened(signed.site.files["assets/images/icon-180.png"]).convert("RGBA")
    assert icon.getpixel((90, 60)) == pytest.approx((0xE0, 0x60, 0x10, 255), abs=12)
    assert plain.site.files["assets/images/favicon.svg"] != signed.site.files["assets/images/favicon.svg"]


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("Jana-at-the-oven.jpg", "Jana at the oven"), ("our_rye bread 2.png", "Our rye bread"),
        ("Zahrada.jpg", "Zahrada"),
        ("IMG_2231.jpg", ""), ("DSC00012.JPG", ""), ("PXL_20260102_101112.jpg", ""), ("photo (3).webp", ""),
        ("7f0c1c1e-aaaa-4bbb-8ccc-123456789abc.jpg", ""), ("IMG-20260101-WA0003.jpg", ""), ("12.png", ""),
    ],
)  # fmt: skip
def test_a_picture_is_called_what_its_file_says(name: str, caption: str) -> None:
    """A name that a person gave is the caption; a camera's is none."""
    made = one(name, photo(600, 400))
    assert made
    assert made.caption == caption


def test_a_site_carries_so_many_pictures_and_no_more() -> None:
    """The first ones in the customer's order; the same picture twice is shown once."""
    files = [Attachment(f"{n}.jpg", photo(500, 400, shade=n * 9)) for n in range(MOST + 5)]
    made, notes = read_pictures([files[0], *files])
    assert len(made.photos) == MOST
    assert sum(each.size for each in made.photos) <= MAX_BYTES
    assert "16" in notes[0] or "17" in notes[0]


def attachments() -> Sequence[Attachment]:
    """A logo and six pictures, one of them by the name of a product."""
    names = ("IMG_1.jpg", "Jana at the oven.jpg", "counter.jpg", "rye-loaf.jpg", "garden.png", "window.webp")
    forms = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
    return (
        Attachment("logo.svg", LOGO.encode()),
        *(
            Attachment(name, photo(1600, 1000, forms[name[-4:].strip(".")], shade=20 * n))
            for n, name in enumerate(names)
        ),
    )


@pytest.fixture(scope="module")
def draft() -> Draft:
    """A bakery that sent pictures and wants a gallery."""
    return finished(BAKERY + " We want a gallery of pictures.", pictures=made_of(attachments()))


@pytest.fixture(scope="module")
def site(draft: Draft) -> Site:
    """Its site."""
    return render(draft)


def test_every_picture_stands_where_it_belongs() -> None:
    """By name to the thing of that name, then hero, about and the gallery, in the customer's order."""
    photos = made_of(attachments()).photos
    items = [{"name": "Rye loaf"}, {"name": "Oat roll"}]
    sections = [
        Section("top", "hero", "split", {}), Section("shop", "products", "grid", {"items": items}),
        Section("about", "about", "split", {}), Section("pictures", "gallery", "mosaic", {}),
    ]  # fmt: skip
    placed = place(sections, photos)
    assert [one.caption for one in placed.sections["index", "top"]] == [""]
    assert [one.caption for one in placed.sections["index", "about"]] == ["Jana at the oven"]
    assert [one.caption for one in placed.sections["index", "pictures"]] == ["Counter", "Garden", "Window"]
    assert placed.named["Rye loaf"].slug == "rye-loaf"
    assert set(placed.named) == {"Rye loaf"}
    assert len(placed.photos) == len(photos)


def test_a_page_shows_the_customers_pictures_and_no_drawing_instead(site: Site) -> None:
    """Each with its sizes, its sides and words for who cannot see it; only the first is fetched at once."""
    html = site.files["index.html"].decode()
    shown = re.findall(r'<img class="art art--photo"[^>]*>', html)
    assert len(shown) == 6
    for image in shown:
        assert re.search(
            r'srcset="[^"]+ 480w, [^"]+ 800w, [^"]+ 1280w" sizes="[^"]+" width="1280" height="800"', image
        )
        assert re.search(r'alt="[^"]{3,}"', image)
        assert all(path in site.files for path in re.findall(r"assets/[\w./-]+", image))
    assert [("lazy" in image, "fetchpriority" in image) for image in shown] == [
        (False, True),
        *[(True, False)] * 5,
    ]
    assert "brand__mark--logo" in html
    assert "These pictures are drawn" not in html
    assert check_files(site.files) == []


def test_without_pictures_all_is_drawn(draft: Draft) -> None:
    """No hole, and it is said that the gallery is drawn."""
    bare = render(dataclasses.replace(draft, pictures=NO_PICTURES))
    html = bare.files["index.html"].decode()
    assert "art--photo" not in html
    assert "These pictures are drawn" in html
    assert not [name for name in bare.files if name.endswith(".webp")]


def test_a_page_with_pictures_is_valid_and_accessible(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Nu and axe find nothing; no picture is broken, stretched or the cause of a jump."""
    write_tree(tmp_path / "site", site.files)
    assert nu_errors([tmp_path / "site"]) == []
    with serve_folder(tmp_path) as address:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
            "entry => { window.shift += entry.value; })).observe({type: 'layout-shift', buffered: true});"
        )
        page.goto(f"{address}/site/index.html")
        for image in page.locator("img.art--photo").all():
            image.scroll_into_view_if_needed()
            image.evaluate("e => e.decode()")
            assert image.evaluate("e => e.naturalWidth > 0 && getComputedStyle(e).objectFit === 'cover'")
        assert page.evaluate("window.shift") < 0.01
        assert axe_violations(page) == []
        page.close()
