"""What a page says of itself to browsers, search engines and those who share its address; icons and manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel.core import get_global
from markupsafe import escape

from protogen.draft import Draft, Section, Theme
from protogen.photo import Logo
from protogen.site import art
from protogen.site.card import HEIGHT, WIDTH, draw_card
from protogen.site.raster import draw_icons, framed_logo
from protogen.site.structured import structured_data
from protogen.site.words import Words

IMAGES = "assets/images"
CARD = f"{IMAGES}/card.png"
TOUCH_ICON = f"{IMAGES}/icon-180.png"
MANIFEST = "manifest.webmanifest"
LONGEST_DESCRIPTION = 160
_ICON_SIDE = 180  # Apple's touch icon; whatever reads the manifest knows SVG
_ICON_RATIO = 1.7  # a wider sign would be a thin line in a tab
_STYLES = '<link rel="stylesheet"'


def head(draft: Draft, words: Words, slug: str, title: str, description: str) -> dict[str, Any]:
    """The values of the head of page `slug`, for base.html.j2."""
    theme = draft.theme
    assert theme is not None
    root = f"{draft.url.rstrip('/')}/" if draft.url else ""
    return {
        "language": words.language,
        "direction": words.direction,
        "locale": locale_of(words.language),
        "title": title,
        "description": shorten(description),
        "color_scheme": "light dark" if theme.dark_tokens else theme.scheme.replace("auto", "light"),
        "theme_colours": _theme_colours(theme),
        "url": f"{root}{slug}.html" if root and slug != "index" else root,
        "card": {"url": f"{root}{CARD}" if root else "", "width": WIDTH, "height": HEIGHT},
        "structured": structured_data(draft, root, slug),
    }


def with_preloads(page: str, fonts: Sequence[str]) -> str:
    """The page with its fonts asked for before the style sheet is read, so that text is set once."""
    links = "".join(
        f'<link rel="preload" href="{escape(path)}" as="font" type="font/woff2" crossorigin>\n    '
        for path in fonts
    )
    return page.replace(_STYLES, f"{links}{_STYLES}", 1)


def description_of(sections: Iterable[Section]) -> str:
    """What a further page is about: the first sentence or paragraph on it."""
    for section in sections:
        said = [section.fields.get("lead"), *(section.fields.get("body") or ())]
        if text := next((str(one) for one in said if one), ""):
            return text
    return ""


def shorten(text: str) -> str:
    """`text` no longer than a search result shows, cut between words."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_DESCRIPTION:
        return line
    return line[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + "…"


def locale_of(language: str) -> str:
    """`cs` as Open Graph writes it, with the territory where most speak it: `cs_CZ`."""
    base, _, region = language.replace("_", "-").partition("-")
    if len(region) == 2:
        return f"{base.lower()}_{region.upper()}"
    likely = str(get_global("likely_subtags").get(base.lower(), "")).split("_")
    return f"{likely[0]}_{likely[-1]}" if len(likely) == 3 else base


def icon_files(name: str, theme: Theme, logo: Logo | None = None) -> dict[str, bytes]:
    """The site's icon: SVG, and the PNG and ICO files for what knows no SVG.

    The customer's logo, where it is about as wide as high; else what the kit draws of the name.
    """
    if logo and max(logo.photo.width, logo.photo.height) <= _ICON_RATIO * min(
        logo.photo.width, logo.photo.height
    ):
        ground = "#ffffff" if logo.dark else theme.tokens.get("--ink", "#111111")
        return dict(_icons(framed_logo(logo.photo.webp[0].data, ground, _ICON_SIDE)))
    return dict(_icons(art.favicon(name, theme.tokens)))


@lru_cache(maxsize=16)
def _icons(svg: bytes) -> tuple[tuple[str, bytes], ...]:
    ico, png = draw_icons(svg.decode(), _ICON_SIDE)
    return ((f"{IMAGES}/favicon.svg", svg), (f"{IMAGES}/favicon.ico", ico), (TOUCH_ICON, png))


def site_files(draft: Draft, name: str, tagline: str, words: Words) -> dict[str, bytes]:
    """The picture for who shares the address, and the manifest (https://www.w3.org/TR/appmanifest/)."""
    theme = draft.theme
    assert theme is not None
    card = draw_card(theme, draft.seed, name, tagline, rtl=words.direction == "rtl")
    ground = theme.tokens["--ground"]
    manifest = {
        "name": name,
        "short_name": name if len(name) <= 12 else name.split()[0][:12],
        "lang": words.language,
        "dir": words.direction,
        "start_url": "index.html",
        "scope": "./",
        "display": "browser",
        "background_color": ground,
        "theme_color": ground,
        "icons": [
            {"src": f"{IMAGES}/favicon.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": TOUCH_ICON, "sizes": f"{_ICON_SIDE}x{_ICON_SIDE}", "type": "image/png"},
        ],
    }
    return {CARD: card, MANIFEST: f"{json.dumps(manifest, ensure_ascii=False, indent=2)}\n".encode()}


def _theme_colours(theme: Theme) -> list[tuple[str, str]]:
    """(colour of the browser's own frame, media query) for light and dark."""
    dark: Mapping[str, str] = theme.dark_tokens
    light_only = "(prefers-color-scheme: light)" if dark else ""
    colours = [(theme.tokens.get("--ground", "#ffffff"), light_only)]
    return colours + ([(dark["--ground"], "(prefers-color-scheme: dark)")] if "--ground" in dark else [])
