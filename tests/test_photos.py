"""The customer's own pictures: safe, small, upright, in the place where they belong."""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from protogen.checks.gate import check_files
from protogen.draft import Draft, Section, Site
from protogen.files import write_tree
from protogen.site.photos import MAX_BYTES, MOST, WIDTHS, Photo, read_photos, safe_svg
from protogen.site.pictures import place
from protogen.site.render import render
from protogen.submission import Attachment
from tools.drafts import BAKERY, finished
from tools.serving import serve_folder
from tools.validators import axe_violations, nu_errors

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">'
LOGO = f'{SVG}<path d="M10 90L60 10L110 90Z" fill="#1c5b39"/></svg>'
HOSTILE = (
    f"{SVG}<script>alert(1)</script></svg>",
    f'{SVG}<image href="/etc/hostname" width="9" height="9"/></svg>',
    f"{SVG}<foreignObject><p>x</p></foreignObject></svg>",
    f'{SVG}<g id="a"/><use href="#a"/></svg>',
    f'{SVG}<linearGradient href="http://x.example/a"/></svg>',
    f'<!DOCTYPE svg [<!ENTITY a "aaaa">]>{SVG}<title>&a;</title></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 99999"><path d="M0 0h1v9z"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1v9z"/></svg>',
    "<svg",
    "<html><body>x</body></html>",
)


def photo(width: int, height: int, form: str = "JPEG", turn: int = 1, shade: int = 90) -> bytes:
    """A picture whose upper half is red and lower half blue, with what a camera writes into it."""
    image = Image.new("RGB", (width, height), (shade, 60, 200))
    image.paste((220, shade, 40), (0, 0, width, height // 2))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turn, "SecretCam"
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def one(name: str, data: bytes) -> Photo | None:
    """What is made of one file."""
    logo, photos = read_photos([Attachment(name, data)])
    return logo or next(iter(photos), None)


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_comes_in_several_widths_and_no_larger_than_it_is(form: str) -> None:
    """Re-encoded as WebP; the smallest first; the sides keep their proportion."""
    made = one("counter.x", photo(1200, 800, form))
    assert made
    assert [width for _, width, _ in made.files] == [480, 960, 1200]
    assert (made.width, made.height) == (1200, 800)
    for path, width, data in made.files:
        assert opened(data).format == "WEBP"
        assert opened(data).size == (width, round(width * 2 / 3))
        assert re.fullmatch(r"assets/images/counter-[0-9a-f]{6}-\d+\.webp", path)
    large = one("large.jpg", photo(4000, 2000))
    assert large
    assert [width for _, width, _ in large.files] == list(WIDTHS)


def test_a_turned_picture_is_upright_and_tells_nothing_of_its_maker() -> None:
    """The camera's orientation is obeyed; place, time and camera are gone."""
    made = one("IMG_1.jpg", photo(1000, 600, turn=6))
    assert made
    assert (made.width, made.height) == (600, 1000)
    for _, _, data in made.files:
        assert b"SecretCam" not in data
        assert not opened(data).getexif()
        right, left = (opened(data).convert("RGB").getpixel((x, 100)) for x in (opened(data).width - 40, 40))
        assert isinstance(right, tuple)
        assert isinstance(left, tuple)
        assert right[0] > 180 > left[0]  # what was above is now on the right


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it has `side` squared pixels."""
    parts = b""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        parts += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(
    "data",
    [
        bomb(50_000), bomb(8_000), bomb(100_000_000), photo(900, 600)[:2000], b"", b"no picture", b"\xff\xd8\xff\xe0",
        photo(8, 8, "PNG"), photo(4000, 20, "PNG"), b"GIF89a" + b"\0" * 50, b"%PDF-1.7", *map(str.encode, HOSTILE),
    ],
)  # fmt: skip
def test_what_is_no_safe_picture_is_passed_over(data: bytes) -> None:
    """Bombs, broken files, other formats, drawings with scripts or references: no error, no picture."""
    assert one("x.jpg", data) is None
    assert one("logo.svg", data) is None


def test_a_drawing_of_plain_shapes_becomes_pixels() -> None:
    """An SVG logo is drawn, not shipped, and keeps its clear ground; editors' notes in it do no harm."""
    noted = LOGO.replace("<svg ", '<svg xmlns:i="http://www.inkscape.org/x" i:v="1" ').replace(
        "<path", "<i:view/><path"
    )
    doctype = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
    for text in (LOGO, noted, doctype + LOGO):
        logo, others = read_photos([Attachment("Logo.svg", text.encode())])
        assert logo
        assert not others
        assert (logo.width, logo.height) == (512, 256)
        assert (logo.dark, logo.clear) == (True, True)
        assert "DOCTYPE" not in safe_svg(text.encode())


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
    _, photos = read_photos([files[0], *files])
    assert len(photos) == MOST
    assert sum(made.size for made in photos) <= MAX_BYTES


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
    made = finished(BAKERY + " We want a gallery of pictures.")
    request = dataclasses.replace(made.submission, files=tuple(attachments()))
    return dataclasses.replace(made, submission=request)


@pytest.fixture(scope="module")
def site(draft: Draft) -> Site:
    """Its site."""
    return render(draft)


def test_every_picture_stands_where_it_belongs() -> None:
    """By name to the thing of that name, then hero, about and the gallery, in the customer's order."""
    _, photos = read_photos(attachments())
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
            r'srcset="[^"]+ 480w, [^"]+ 960w, [^"]+ 1440w" sizes="[^"]+" width="1440" height="900"', image
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
    bare = render(dataclasses.replace(draft, submission=dataclasses.replace(draft.submission, files=())))
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
