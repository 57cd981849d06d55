"""The customer's own pictures as values: re-encoded, in several widths, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

FOLDER = "assets/images"  # in a site


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of a picture: its path in the site, its width in px, and its bytes."""

    path: str
    width: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture ready for pages.

    `width` and `height` are those of the largest rendition; `caption` is what the file's name says, or empty. `webp` is
    for every browser, the narrowest first; `avif` the same widths in fewer bytes, or nothing (logos).
    """

    slug: str
    caption: str
    width: int
    height: int
    webp: tuple[Rendition, ...]
    avif: tuple[Rendition, ...] = ()

    @property
    def files(self) -> tuple[Rendition, ...]:
        """All renditions."""
        return (*self.webp, *self.avif)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(len(each.data) for each in self.files)

    @property
    def src(self) -> str:
        """The middle one, for browsers that know no `srcset`."""
        return self.webp[len(self.webp) // 2].path

    @property
    def upright(self) -> bool:
        """Whether it is taller than wide."""
        return self.height > self.width


@dataclass(frozen=True, slots=True)
class Logo:
    """The customer's sign: its picture, whether its ink is dark, whether it has no ground of its own, its colours.

    `colours` are hex, the most used first, at most two, without black, white and greys.
    """

    photo: Photo
    dark: bool
    clear: bool
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictures:
    """The logo, where there is one, and the other pictures in the customer's order."""

    logo: Logo | None = None
    photos: tuple[Photo, ...] = ()


NO_PICTURES = Pictures()


def srcset(renditions: tuple[Rendition, ...]) -> str:
    """Files with their widths (HTML, 4.8.4.2.1)."""
    return ", ".join(f"{each.path} {each.width}w" for each in renditions)
