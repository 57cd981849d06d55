"""What a page says of itself: to browsers, to search engines, and where its address is shared."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import turbohtml
from PIL import Image, ImageChops

from protogen.config import IntakeSettings
from protogen.draft import Copy, Draft, Site
from protogen.intake.parse import parse_drop
from protogen.site import head
from protogen.site.card import HEIGHT, WIDTH, draw_card
from protogen.site.directions import DIRECTIONS
from protogen.site.raster import art_style
from protogen.site.render import render
from protogen.site.theme import build_theme
from tools.drafts import BAKERY, finished

EXAMPLES = Path(__file__).parent.parent / "examples"
BAKERY_URL = re.compile(r"http://fern-flour-[a-z0-9]{5}\.localhost:3000/")
CODES = re.compile(r"https://schema\.org|(Mo|Tu|We|Th|Fr|Sa|Su) \d\d:\d\d-\d\d:\d\d|[A-Z]{3}|\d{4}-\d\d-\d\d")


@pytest.fixture(scope="module")
def bakery() -> Draft:
    """A bakery's draft, every stage by rule."""
    return finished(BAKERY)


def site_of(draft: Draft) -> Site:
    """The site of a draft that is finished."""
    assert draft.site
    return draft.site


def head_of(site: Site, page: str = "index.html") -> tuple[dict[str, str], dict[str, list[str]]]:
    """Meta values by name or property (with the media query behind it), and the addresses of links by rel."""
    tree = turbohtml.parse(site.files[page].decode())
    metas, links = {}, dict[str, list[str]]()
    for element in tree.find_all("meta"):
        name = element.attrs.get("name") or element.attrs.get("property") or ""
        metas[f"{name} {element.attrs.get('media', '')}".strip()] = str(element.attrs.get("content", ""))
    for element in tree.find_all("link"):
        rel = element.attrs.get("rel")
        links.setdefault(" ".join(rel) if isinstance(rel, list) else str(rel), []).append(
            str(element.attrs["href"])
        )
    return metas, links


def picture(data: bytes) -> Image.Image:
    """The picture in a file, as RGB."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGBA").convert("RGB")


def test_a_shared_address_shows_name_words_and_picture(bakery: Draft) -> None:
    """Open Graph names the page absolutely, and its picture is a file of the site of the size that it says."""
    site = site_of(bakery)
    metas, links = head_of(site)
    assert BAKERY_URL.fullmatch(metas["og:url"])
    assert links["canonical"] == [metas["og:url"]]
    assert metas["og:title"] == metas["og:site_name"] == "Fern & Flour"
    assert metas["og:description"] == metas["description"]
    file = metas["og:image"].removeprefix(metas["og:url"])
    shown = picture(site.files[file])
    assert shown.size == (WIDTH, HEIGHT) == (1200, 630)
    assert (metas["og:image:width"], metas["og:image:height"]) == ("1200", "630")
    assert len(site.files[file]) < 150_000


def test_a_site_whose_address_nobody_knows_names_none(bakery: Draft) -> None:
    """A canonical or a picture with a relative address would be wrong, so there is none."""
    metas, links = head_of(render(dataclasses.replace(bakery, url="")))
    assert "canonical" not in links
    assert not {"og:url", "og:image"} & set(metas)


def test_a_further_page_is_described_by_its_own_words(bakery: Draft) -> None:
    """Every page has its own title, description and canonical address."""
    assert bakery.page
    first, *rest = bakery.page.sections
    about = dataclasses.replace(
        first, id="more", page="more", fields=dict(first.fields) | {"lead": "All about rye."}
    )
    two = dataclasses.replace(
        bakery,
        page=dataclasses.replace(
            bakery.page, sections=(first, *rest, about), pages={"index": "", "more": "Rye"}
        ),
    )
    site = render(two)
    metas, links = head_of(site, "more.html")
    assert metas["description"] == "All about rye."
    assert metas["og:title"] == "Rye · Fern & Flour"
    assert links["canonical"][0].endswith("/more.html")


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en_US"), ("cs", "cs_CZ"), ("pt-BR", "pt_BR"), ("uk", "uk_UA"), ("ar", "ar_EG"), ("tlh", "tlh")],
)
def test_the_locale_is_written_as_open_graph_wants_it(language: str, locale: str) -> None:
    """Language and territory; a language that no territory is known for stands alone."""
    assert head.locale_of(language) == locale


def test_a_long_description_ends_between_words() -> None:
    """What a search result would cut is cut here, at a word."""
    text = head.shorten("Sourdough bread every morning, " * 12)
    assert len(text) <= head.LONGEST_DESCRIPTION
    assert text.endswith(("bread…", "morning…", "every…", "Sourdough…"))
    assert head.shorten("Short.") == "Short."


def test_the_browsers_frame_takes_the_ground_of_light_and_dark(bakery: Draft) -> None:
    """Where the customer left it open there are two colours, each with its query; else one without."""
    light, dark = "theme-color (prefers-color-scheme: light)", "theme-color (prefers-color-scheme: dark)"
    both = build_theme("craft", [], "auto", "wheel", 3)
    metas, _ = head_of(render(dataclasses.replace(bakery, theme=both)))
    assert (metas[light], metas[dark]) == (both.tokens["--ground"], both.dark_tokens["--ground"])
    assert metas["color-scheme"] == "light dark"
    one = build_theme("workshop", [], "dark", "wheel", 3)
    metas, _ = head_of(render(dataclasses.replace(bakery, theme=one)))
    assert metas["theme-color"] == one.tokens["--ground"]
    assert metas["color-scheme"] == "dark"


def test_every_icon_is_there_in_the_size_that_is_said(bakery: Draft) -> None:
    """SVG first, ICO and PNG for what knows no SVG; the manifest names its icons and its language."""
    site = site_of(bakery)
    _, links = head_of(site)
    assert site.files["assets/images/favicon.svg"].startswith(b"<svg")
    with Image.open(io.BytesIO(site.files["assets/images/favicon.ico"])) as icon:
        assert (icon.format, icon.size) == ("ICO", (32, 32))
    assert picture(site.files[links["apple-touch-icon"][0]]).size == (180, 180)
    manifest = json.loads(site.files[links["manifest"][0]])
    assert (manifest["name"], manifest["lang"], manifest["dir"]) == ("Fern & Flour", "en", "ltr")
    for icon in manifest["icons"][1:]:
        width, height = map(int, icon["sizes"].split("x"))
        assert picture(site.files[icon["src"]]).size == (width, height)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_card_is_painted_in_the_palette_of_its_site(direction: str) -> None:
    """Its ground is the theme's, its picture has more than one colour and none that is missing (black)."""
    theme = build_theme(direction, ["#2a7a4f", "#f6ecd2"], "light", "wheel", 5)
    card = picture(draw_card(theme, 5, "Fern & Flour", "Bread at six"))
    ground = Image.new("RGB", (1, 1), theme.tokens["--ground"]).resize((WIDTH // 2, 60))
    assert not _difference(card.crop((0, 0, WIDTH // 2, 60)), ground)
    drawn = card.crop((WIDTH - 500, 20, WIDTH, HEIGHT - 20))
    most = sorted(drawn.getcolors(drawn.width * drawn.height) or [], reverse=True)
    large = [colour for count, colour in most if count > 0.02 * drawn.width * drawn.height]
    assert len(large) >= 2
    assert (0, 0, 0) not in large


def test_every_part_of_a_picture_has_a_colour_in_every_mood() -> None:
    """A part without one would be black in the card; what a coloured band changes is not meant for it."""
    style = art_style(build_theme("craft", [], "light", "wheel", 5).tokens)
    for mood in range(4):
        for part in ("ground", "main", "second", "deep", "light"):
            assert re.search(rf"\.art-{mood} \.art-f-{part} {{ fill: #[0-9a-f]{{6}} }}", style)


@pytest.mark.parametrize(
    "name",
    ["Ö", "Fern & Flour", "Wohnungsbaugenossenschaft Friedrichshain-Kreuzberg", "Жасмин", "פרח", "<&\"'"],
)
def test_any_name_stands_inside_the_card(name: str) -> None:
    """Long, foreign or full of markup: the words never reach the picture or the edge."""
    theme = build_theme("civic", [], "light", "wheel", 5)
    rtl = name == "פרח"
    bare = draw_card(theme, 5, " ", "", rtl=rtl)
    card = draw_card(theme, 5, name, "", rtl=rtl)
    changed = _difference(picture(bare), picture(card))
    assert changed is not None
    left, top, right, bottom = changed
    room = (520, WIDTH) if rtl else (0, WIDTH - 520)
    assert room[0] <= left < right <= room[1]
    assert 0 < top < bottom < HEIGHT


def _difference(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """The box in which two pictures differ by more than a shade."""
    return ImageChops.difference(one, other).convert("L").point(lambda value: 255 * (value > 60)).getbbox()


@pytest.mark.parametrize("request_file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_structured_data_says_nothing_that_the_request_does_not(request_file: Path) -> None:
    """Every string is the customer's, or a code of schema.org read from their words; so is every number."""
    request = parse_drop(request_file, IntakeSettings())
    draft = finished(request)
    asked = _plain(" ".join((request.description, request.name, request.contact_value)))
    root = draft.url.replace("{project_id}", draft.project_id)
    said = [text for thing in _structured(site_of(draft)) for text in _strings(thing)]
    assert len(said) > 2
    for text in said:
        parts = map(_plain, text.split(","))  # an address is put together of street and town
        assert text == root or CODES.fullmatch(text) or all(part in asked for part in parts), text


def test_what_the_model_wrote_is_no_structured_fact(bakery: Draft) -> None:
    """A description in the model's words stays out of the data for programs."""
    own = dataclasses.replace(bakery, copy=Copy("Fern & Flour", "The finest bread between Brno and Vienna."))
    assert not [thing for thing in _structured(render(own)) if "description" in thing]


def _structured(site: Site) -> Iterator[dict[str, Any]]:
    for name, data in site.files.items():
        if name.endswith(".html"):
            for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', data.decode()):
                yield json.loads(text)


def _strings(value: object) -> Iterator[str]:
    """Every string and number, codes of types left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "@type":
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    else:
        yield f"{value:g}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str:
    """Letters and digits alone: how a sign or a space is set makes no difference."""
    return re.sub(r"[\W_]+", "", text).lower()
