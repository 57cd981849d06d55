"""Which picture stands where: the customer's own by its name or its order, else a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from markupsafe import Markup
from slugify import slugify

from protogen.draft import Section, Theme
from protogen.photo import Photo, srcset
from protogen.site import art

# Sections that can show any picture of the customer's, those first that show it best; a gallery takes what is left.
_OPEN = ("hero", "about", "profile")
_SHOWING = {
    "about": "split",
    "team": "grid",
}  # variants with a picture, of kinds that have others without one
# Words of a file's name that say where the picture belongs.
_HINTS = {
    "hero": frozenset(
        "hero cover header banner front title main intro uvod uvodni titulni titel portada accueil".split()
    ),
    "about": frozenset(
        "about us story interior inside shop studio workshop o-nas nas interier laden atelier".split()
    ),
    "profile": frozenset("portrait profile me owner headshot portret ja ich moi yo".split()),
}
_GALLERY_KEEPS = 3  # pictures that are not taken from a gallery by sections without a hint
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
    galleries = [section for section in sections if section.kind == "gallery" and not section.html]
    placed: dict[tuple[str, str], tuple[Photo, ...]] = {}
    for kind in _OPEN:
        for section in sections:
            if section.kind != kind or section.html or not free:
                continue
            hinted = [photo for photo in free if _hinted(photo, section)]
            if hinted or kind == "hero" or not galleries or len(free) > _GALLERY_KEEPS:
                photo = next(iter(hinted or _unhinted(free, kind)), free[0])
                free.remove(photo)
                placed[section.page, section.id] = (photo,)
    if galleries and free:
        placed[galleries[0].page, galleries[0].id] = tuple(free)
    return Placed(named, placed)


def showing(sections: Sequence[Section], placed: Placed) -> tuple[Section, ...]:
    """The sections, those with a picture of the customer's in a variant that shows it."""
    return tuple(
        replace(section, variant=_SHOWING[section.kind])
        if section.kind in _SHOWING
        and ((section.page, section.id) in placed.sections or _names(section, placed))
        else section
        for section in sections
    )


def _names(section: Section, placed: Placed) -> bool:
    return any(str(item.get("name", "")) in placed.named for item in section.fields.get("items") or ())


def _hinted(photo: Photo, section: Section) -> bool:
    """Whether the file's name says that the picture belongs into this section: a word for it, or a name in it."""
    words = set(photo.slug.split("-"))
    people = (slugify(str(person.get("name", ""))) for person in section.fields.get("people") or ())
    return bool(words & _HINTS[section.kind]) or any(len(n) >= _SHORTEST and n in photo.slug for n in people)


def _unhinted(photos: Sequence[Photo], kind: str) -> list[Photo]:
    """Those that belong nowhere else; the top of a page shows a wide one before a tall one, where there is one."""
    others = frozenset().union(*(words for name, words in _HINTS.items() if name != kind))
    left = [photo for photo in photos if not set(photo.slug.split("-")) & others]
    wide = [photo for photo in left if not photo.upright]
    return wide or left if kind == "hero" else left


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
        sizes = _SIZES.get(self._kind, _OTHERS)
        better = Markup('<source type="image/avif" srcset="{}" sizes="{}">').format(srcset(photo.avif), sizes)
        image = Markup(
            '<img class="art art--photo" src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}>'
        ).format(
            photo.src,
            srcset(photo.webp),
            sizes,
            photo.width,
            photo.height,
            of or photo.caption or self._name,
            Markup('fetchpriority="high"' if first else 'loading="lazy" decoding="async"'),
        )
        return Markup("<picture>{}{}</picture>").format(better if photo.avif else "", image)
