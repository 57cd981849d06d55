"""The customer's own pictures: read with care, turned upright, made smaller, without what a camera wrote into them."""

from __future__ import annotations

import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from xml.etree import ElementTree

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from slugify import slugify

from protogen.site.raster import draw_png
from protogen.submission import Attachment

FOLDER = "assets/images"
WIDTHS = (480, 960, 1440)  # px; never wider than the original
MOST = 16  # pictures of one site
MAX_PIXELS = 60_000_000  # of the original: a phone's largest, and a third of a gigabyte when it is open
MAX_BYTES = 6_000_000  # of all pictures of a site together
MAX_SVG_BYTES = 300_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 78
_LOGO_SIDE = 256
# Shapes and their colours; no picture, script, text or reference that could reach outside or grow without end.
_SVG_PARTS = frozenset(
    "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop title desc metadata"
    " style".split()
)
# What cameras, phones and browsers call their files says nothing about the picture.
_NAMELESS = re.compile(
    r"(img|image|dsc[nf]?|dcim|pxl|photo|foto|picture|pic|p|screenshot|scan|untitled|unnamed|download|whatsapp"
    r"|signal|file|mvimg|obr[aá]zek|bild)?[\W_\d]*(wa|copy|at|edit|final)?[\W_\d]*|[0-9a-f-]{16,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture ready for pages: files by width (path in the site, width in px, bytes), the smallest first.

    `width` and `height` are those of the largest; `caption` is what the file's name says, or empty; `dark` and
    `clear` say of a logo whether its ink is dark, and whether it has no ground of its own.
    """

    slug: str
    caption: str
    width: int
    height: int
    files: tuple[tuple[str, int, bytes], ...]
    dark: bool = True
    clear: bool = False

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(len(data) for _, _, data in self.files)

    @property
    def src(self) -> str:
        """The middle one, for browsers that know no `srcset`."""
        return self.files[len(self.files) // 2][0]

    @property
    def srcset(self) -> str:
        """All of them with their widths (HTML, 4.8.4.2.1)."""
        return ", ".join(f"{path} {width}w" for path, width, _ in self.files)


def read_photos(attachments: Sequence[Attachment]) -> tuple[Photo | None, tuple[Photo, ...]]:
    """The logo, if one of the files is called so, and the other pictures in the customer's order.

    What is no picture, is broken or too large is passed over, and so is what a site cannot carry.
    """
    logo: Photo | None = None
    photos: list[Photo] = []
    size = 0
    for attachment in attachments:
        is_logo = "logo" in attachment.name.lower()
        if (is_logo and logo) or (not is_logo and len(photos) == MOST):
            continue
        photo = _made(attachment, is_logo)
        if photo is None or size + photo.size > MAX_BYTES:
            continue
        size += photo.size
        if is_logo:
            logo = photo
        elif all(photo.files[0][2] != other.files[0][2] for other in photos):
            photos.append(photo)
    return logo, tuple(photos)


_kept: OrderedDict[tuple[str, str, bool], Photo | None] = OrderedDict()


def _made(attachment: Attachment, is_logo: bool) -> Photo | None:
    """The picture of a file, or None; kept, since every page of a site and each of its versions asks for it."""
    key = (attachment.name, hashlib.sha256(attachment.data).hexdigest(), is_logo)
    if key not in _kept:
        _kept[key] = _make(attachment, key[1][:6], is_logo)
        while len(_kept) > 2 * MOST:
            _kept.popitem(last=False)
    return _kept[key]


def _make(attachment: Attachment, mark: str, is_logo: bool) -> Photo | None:
    try:
        image = _open(attachment.data)
    except (
        OSError, ValueError, SyntaxError, MemoryError, UnidentifiedImageError, Image.DecompressionBombError,
    ):  # fmt: skip
        return None
    stem = PurePath(attachment.name).stem
    slug = slugify(stem, max_length=40) or "picture"
    widths = [width for width in WIDTHS if width < image.width] + [min(image.width, WIDTHS[-1])]
    if is_logo:
        image.thumbnail((2 * _LOGO_SIDE, _LOGO_SIDE), Image.Resampling.LANCZOS)
        widths = [image.width]
    files = tuple(
        (f"{FOLDER}/{slug}-{mark}-{width}.webp", width, _webp(image, width))
        for width in dict.fromkeys(widths)
    )
    height = max(1, round(image.height * widths[-1] / image.width))
    dark, clear = _ink(image)
    return Photo(slug, _caption(stem), widths[-1], height, files, dark, clear)


def _open(data: bytes) -> Image.Image:
    """The picture upright in sRGB. Raises one of Pillow's many errors, or ValueError for what is refused."""
    if data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        data = draw_png(safe_svg(data), WIDTHS[1])
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS or min(image.size) < 16:
            raise ValueError("The picture is too large or too small.")
        if max(image.size) > 12 * min(image.size):
            raise ValueError("The picture is a line.")
        image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))  # a JPEG is read no larger than needed
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        clear = "A" in upright.getbands() or "transparency" in upright.info
        whole = upright.convert("RGBA" if clear else "RGB")
    return _to_srgb(whole, profile)


def safe_svg(data: bytes) -> str:
    """The drawing's text, if it is made of plain shapes alone; else ValueError.

    Entities, references, scripts, text and embedded pictures are refused: none of them is needed for a logo, and each
    can read files, run code or grow without end.
    """
    text = re.sub(r"<!DOCTYPE[^>\[]*>", "", data.decode("utf-8"), count=1)
    if len(data) > MAX_SVG_BYTES or "<!" in re.sub(r"<!--|<!\[CDATA\[", "", text):
        raise ValueError("The drawing is too large or declares entities.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"The drawing is no XML: {error}.") from None
    width, height = _svg_size(root)
    if not 1 / 12 <= width / height <= 12:
        raise ValueError("The drawing is a line.")
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if name not in _SVG_PARTS and "}" in str(element.tag) and "svg" not in str(element.tag):
            continue  # what drawing programs note for themselves
        if name not in _SVG_PARTS:
            raise ValueError(f"The drawing has a part that is not a plain shape: {name}.")
        if any(
            key.rpartition("}")[2] == "href" and not value.startswith("#") for key, value in element.items()
        ):
            raise ValueError("The drawing refers to something outside of it.")
    return text


def _svg_size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height, by the attributes or the `viewBox`. Raises ValueError for a drawing without a size."""
    said = [re.match(r"\s*(\d+\.?\d*)(px)?\s*$", root.get(side, "")) for side in ("width", "height")]
    box = [float(part) for part in re.findall(r"-?\d+\.?\d*", root.get("viewBox", ""))]
    size = [float(one[1]) for one in said if one] if all(said) else box[2:4]
    if len(size) != 2 or min(size) <= 0:
        raise ValueError("The drawing has no size.")
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


def _webp(image: Image.Image, width: int) -> bytes:
    out = io.BytesIO()
    size = (width, max(1, round(image.height * width / image.width)))
    smaller = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    # Nothing that the camera wrote goes along: no place, no time, no name.
    smaller.save(out, "WEBP", quality=_QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return out.getvalue()


def _ink(image: Image.Image) -> tuple[bool, bool]:
    """Whether what is drawn is dark, and whether the corners are clear."""
    small = image.convert("RGBA").resize((32, 32))
    alpha = small.getchannel("A")
    clear = sum(alpha.histogram()[:32]) > 100
    shades = small.convert("L").histogram(alpha.point(lambda value: 255 * (value > 127)))
    total = sum(shades)
    return (sum(shade * count for shade, count in enumerate(shades)) / total < 150 if total else True), clear


def _caption(stem: str) -> str:
    """What the file's name says, or nothing where a camera named it."""
    words = " ".join(re.sub(r"[_\-.+]+", " ", stem).split())
    if _NAMELESS.fullmatch(stem) or not re.search(r"[^\W\d]{3}", words):
        return ""
    said = re.sub(r"^\d+\s+|\s+\d+$", "", words)[:80]
    return said[:1].upper() + said[1:]
