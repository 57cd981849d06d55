"""Reads one picture from standard input and writes it anew: `python -m protogen.intake.picture_reader`.

A process of its own, so that a picture that eats memory or time, or breaks its decoder, ends here. It prints one line
of JSON (`Header`) and after it the bytes of each file that the line names, without a gap.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, TypedDict
from xml.etree import ElementTree

from PIL import Image, ImageCms, ImageOps

from protogen.intake.child import UnreadableError, answer

WIDTHS = (480, 800, 1280)  # px; never wider than the original
LOGO_SIZE = (512, 256)  # px, at most
MAX_PIXELS = 60_000_000  # of the original: a phone's largest, and a third of a gigabyte when it is open
MAX_SVG_BYTES = 300_000
MAX_MEMORY = 1_500_000_000
MAX_CPU_SECONDS = 20
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF")
_LEAST_SIDE, _MOST_RATIO = 16, 12
_WEBP_QUALITY, _AVIF_QUALITY = 78, 50
_AVIF_SPEED = 8  # of 10: a tenth more bytes than at 6, in a third of the time
_SAMPLE = 64  # px; a logo is judged by so small a copy
_FLAT_COLOURS, _FLAT_SHARE = 8, 0.9
_COLOURFUL = 50  # of 255, between the strongest and the weakest channel
_ALIKE = 90  # of 765: colours nearer than this are one
# Shapes and their colours; nothing that could reach outside or run.
_SVG_PARTS = frozenset(
    "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop title desc metadata"
    " style clipPath mask use symbol a".split()
)
_SVG_LETTERS = frozenset({"text", "tspan", "textPath"})


class Header(TypedDict):
    """What is known of a picture; `files` are (form, width in px, bytes) in the order in which they follow.

    A form is `webp`, `avif` or `logo`; `mark` says whether it looks like a logo.
    """

    width: int
    height: int
    mark: bool
    dark: bool
    clear: bool
    colours: list[str]
    files: list[tuple[str, int, int]]


def main() -> int:
    """Print the picture."""
    return answer(_parts, MAX_MEMORY, MAX_CPU_SECONDS)


def _parts(data: bytes) -> Iterator[bytes]:
    header, files = make(data)
    yield json.dumps(header).encode() + b"\n"
    yield from files


def make(data: bytes) -> tuple[Header, list[bytes]]:
    """The picture in each width, and as a logo where it looks like one. Raises UnreadableError or one of Pillow's."""
    image = _open(data)
    dark, clear = _ink(image)
    mark = _is_mark(image, clear=clear)
    made = [*_renditions(image), *([("logo", *_logo(image))] if mark else [])]
    header = Header(
        width=min(image.width, WIDTHS[-1]),
        height=max(1, round(image.height * min(1, WIDTHS[-1] / image.width))),
        mark=mark,
        dark=dark,
        clear=clear,
        colours=_colours(image),
        files=[(form, width, len(data)) for form, width, data in made],
    )
    return header, [data for _, _, data in made]


def _open(data: bytes) -> Image.Image:
    """The picture upright in sRGB; of an animation the first frame."""
    if b"<" in data[:4] or data.lstrip()[:1] == b"<":
        from protogen.site.raster import draw_png  # few pictures are drawings, and it loads a lot

        data = draw_png(clean_svg(data), WIDTHS[1])
    import pillow_heif

    pillow_heif.register_heif_opener()
    try:
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _check_size(*image.size)
            image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))  # a JPEG is read no larger than needed
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image)
            clear = "A" in upright.getbands() or "transparency" in upright.info
            whole = upright.convert("RGBA" if clear else "RGB")
    except Image.DecompressionBombError:
        raise UnreadableError(_TOO_LARGE) from None
    return _to_srgb(whole, profile)


_TOO_LARGE = f"it has more than {MAX_PIXELS // 1_000_000} million pixels"


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadableError(_TOO_LARGE)
    if min(width, height) < _LEAST_SIDE:
        raise UnreadableError("it is too small to be seen")
    if max(width, height) > _MOST_RATIO * min(width, height):
        raise UnreadableError("it is a line")


def clean_svg(data: bytes) -> str:
    """The drawing with its plain shapes alone: scripts, links and pictures are cut out. Raises UnreadableError.

    Entities are refused, since they can read files and grow without end; so are letters, which need a font that is not
    there.
    """
    text = re.sub(r"<!DOCTYPE[^>\[]*>", "", data.decode("utf-8-sig"), count=1)
    if len(data) > MAX_SVG_BYTES:
        raise UnreadableError("it is too large a drawing")
    if "<!" in re.sub(r"<!--|<!\[CDATA\[", "", text):
        raise UnreadableError("it declares entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise UnreadableError("it is damaged") from None
    width, height = _svg_size(root)
    if max(width, height) > _MOST_RATIO * min(width, height):
        raise UnreadableError("it is a line")
    _clean(root)
    if not any(_local(each) not in ("svg", "g", "defs", "title", "desc", "metadata") for each in root.iter()):
        raise UnreadableError("nothing is drawn in it")
    return ElementTree.tostring(root, encoding="unicode")


def _clean(element: ElementTree.Element) -> None:
    for key in list(element.attrib):
        name = key.rpartition("}")[2].lower()
        value = element.attrib[key]
        outside = re.search(r"url\(\s*['\"]?\s*(?!['\"]?#)|@import", value)
        if name.startswith("on") or (name in ("href", "src") and not value.startswith("#")) or outside:
            del element.attrib[key]
    if _local(element) == "style" and re.search(r"@import|url\(\s*['\"]?(?!#)|\\", element.text or ""):
        element.text = ""
    for child in list(element):
        name = _local(child)
        if name in _SVG_LETTERS:
            raise UnreadableError("its letters are text: please export them as paths")
        if name in _SVG_PARTS:
            _clean(child)
        else:
            element.remove(child)


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _svg_size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height, by the attributes or the `viewBox`."""
    said = [re.match(r"\s*(\d+\.?\d*)(px)?\s*$", root.get(side, "")) for side in ("width", "height")]
    box = [float(part) for part in re.findall(r"-?\d+\.?\d*", root.get("viewBox", ""))]
    size = [float(one[1]) for one in said if one] if all(said) else box[2:4]
    if len(size) != 2 or min(size) <= 0:
        raise UnreadableError("the drawing says no size")
    return size[0], size[1]


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as every screen shows them; a profile that cannot be read is as if it were sRGB."""
    if not profile or image.mode != "RGB":
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return made or image


def _renditions(image: Image.Image) -> Iterator[tuple[str, int, bytes]]:
    largest = min(image.width, WIDTHS[-1])
    for width in dict.fromkeys([*(width for width in WIDTHS if width < largest), largest]):
        size = (width, max(1, round(image.height * width / image.width)))
        smaller = (
            image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        )
        yield "webp", width, _encoded(smaller, "WEBP", quality=_WEBP_QUALITY, method=4)
        avif = _encoded(smaller, "AVIF", quality=_AVIF_QUALITY, speed=_AVIF_SPEED, max_threads=1)
        yield "avif", width, avif


def _logo(image: Image.Image) -> tuple[int, bytes]:
    """A logo is small, and its edges are sharp."""
    small = image.copy()
    small.thumbnail(LOGO_SIZE, Image.Resampling.LANCZOS)
    return small.width, _encoded(small, "WEBP", lossless=True, method=4)


def _encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """Nothing that the camera wrote goes along: no place, no time, no name."""
    out = io.BytesIO()
    image.save(out, form, exif=b"", xmp=b"", icc_profile=b"", **options)
    return out.getvalue()


def _ink(image: Image.Image) -> tuple[bool, bool]:
    """Whether what is drawn is dark, and whether the ground is clear."""
    small = image.convert("RGBA").resize((32, 32))
    alpha = small.getchannel("A")
    clear = sum(alpha.histogram()[:32]) > 100
    shades = small.convert("L").histogram(alpha.point(lambda value: 255 * (value > 127)))
    total = sum(shades)
    return (sum(shade * count for shade, count in enumerate(shades)) / total < 150 if total else True), clear


def _is_mark(image: Image.Image, *, clear: bool) -> bool:
    """Few flat colours on a clear or even ground: what logos are, and photographs are not."""
    small = image.convert("RGBA").resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST)
    edge = [
        small.crop(box).getcolors(_SAMPLE) or []
        for box in ((0, 0, _SAMPLE, 1), (0, _SAMPLE - 1, _SAMPLE, _SAMPLE), (0, 0, 1, _SAMPLE))
    ]
    even = all(
        len(colours) == 1 or max(n for n, _ in colours) >= 0.9 * _SAMPLE for colours in edge if colours
    )
    if not (clear or even):
        return False
    coarse = small.convert("RGB").point(lambda value: value & 0xE0)
    counts = sorted((count for count, _ in coarse.getcolors(_SAMPLE**2) or []), reverse=True)
    return sum(counts[:_FLAT_COLOURS]) >= _FLAT_SHARE * _SAMPLE**2 and len(counts) > 1


def _colours(image: Image.Image) -> list[str]:
    """At most two colours that a palette may be made of, as hex, the most used first; greys are none."""
    small = image.convert("RGBA").resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST)
    solid = small.getchannel("A").point(lambda value: 255 * (value > 127))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small.convert("RGB"), mask=solid)
    few = flat.quantize(12, dither=Image.Dither.NONE).convert("RGB")
    counted = sorted(few.getcolors(_SAMPLE**2) or [], key=lambda each: -each[0])
    found: list[tuple[int, ...]] = []
    for count, colour in counted:
        assert isinstance(colour, tuple)
        new = all(sum(abs(a - b) for a, b in zip(colour, other, strict=True)) >= _ALIKE for other in found)
        if max(colour) - min(colour) >= _COLOURFUL and count >= 0.01 * _SAMPLE**2 and new:
            found.append(colour)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in found[:2]]


if __name__ == "__main__":
    sys.exit(main())
