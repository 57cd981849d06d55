"""Which picture stands where: the customer's own by its name or its order, else a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup
from slugify import slugify

from protogen.draft import Section, Theme
from protogen.site import art
from protogen.site.photos import Photo

# Sections that can show any picture of the customer's, those first that show it best; a gallery takes what is left.
_OPEN = ("hero", "about", "profile")
_SIZES = {"hero": "(min-width: 60rem) 60vw, 100vw", "gallery": "(min-width: 60rem) 60vw, 100vw"}
_OTHERS = "(min-width: 60rem) 45vw, (min-width: 40rem) 50vw, 100vw"
_SHORTEST = 4  # letters of a name that is looked for in a file's name


@dataclass(frozen=True, slots=True)
class Placed:
    """The customer's pictures by place: for things of a name (a product, a work, a person), and for sections."""

    named: Mapping[str, Photo]
    sections: Mapping[tuple[str, str], tuple[Photo, ...]]

    @property
    def photos(self) -> tuple[Photo, ...]:
        """All that are shown, each once."""
        shown = [*self.named.values(), *(photo for several in self.sections.values() for photo in several)]
        return tuple({photo.src: photo for photo in shown}.values())


def place(sections: Sequence[Section], photos: Sequence[Photo]) -> Placed:
    """A place for each picture; what finds none is not on the site."""
    named = dict(_named(sections, photos))
    taken = {photo.src for photo in named.values()}
    free = [photo for photo in photos if photo.src not in taken]
    placed: dict[tuple[str, str], tuple[Photo, ...]] = {}
    for kind in _OPEN:
        for section in sections:
            if section.kind == kind and free and not section.html and section.variant != "column":
                placed[section.page, section.id] = (free.pop(0),)
    galleries = [section for section in sections if section.kind == "gallery" and not section.html]
    if galleries and free:
        placed[galleries[0].page, galleries[0].id] = tuple(free)
    return Placed(named, placed)


def _named(sections: Iterable[Section], photos: Sequence[Photo]) -> Iterator[tuple[str, Photo]]:
    """The things whose name stands in a file's name, and that file; a file serves one thing."""
    left = [photo for photo in photos if photo.caption]
    for section in sections:
        if section.html or section.kind not in ("products", "portfolio", "team", "detail"):
            continue
        items = section.fields.get("items") or section.fields.get("people") or [section.fields]
        for item in items:
            name = str(item.get("name") or item.get("title") or item.get("heading") or "")
            slug = slugify(name)
            found = next((one for one in left if len(slug) >= _SHORTEST and slug in one.slug), None)
            if found:
                left.remove(found)
                yield name, found


class Artist:
    """Draws for one section: `art(ratio)` in its template is its next picture, `art(ratio, name)` that of a thing.

    `drawn` is True once a picture had to be drawn.
    """

    def __init__(
        self, section: Section, placed: Placed, numbers: Iterator[int], theme: Theme, seed: int, name: str
    ) -> None:
        self.photos = placed.sections.get((section.page, section.id), ())
        self.drawn = False
        self._named = placed.named
        self._next = iter(self.photos)
        self._numbers = numbers
        self._kind = section.kind
        self._name = name
        self._draw = partial(art.draw, theme.motif, seed, name=name)

    def __call__(self, ratio: str, of: str = "") -> Markup:
        """An `img` of the customer's, or a drawing as inline SVG."""
        photo = self._named.get(of) or next(self._next, None)
        if photo:
            return self._shown(photo, of)
        self.drawn = True
        return Markup(self._draw(ratio=ratio, index=next(self._numbers)))

    def _shown(self, photo: Photo, of: str) -> Markup:
        first = self._kind == "hero"
        return Markup(
            '<img class="art art--photo" src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}>'
        ).format(
            photo.src,
            photo.srcset,
            _SIZES.get(self._kind, _OTHERS),
            photo.width,
            photo.height,
            of or photo.caption or self._name,
            Markup('fetchpriority="high"' if first else 'loading="lazy" decoding="async"'),
        )
