"""The customer's own pictures, made ready for pages: each read and written anew in a child process.

A file is a picture by its content. What is broken, too large or of no kind that browsers show is kept, and noted.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from slugify import slugify

from protogen.intake.child import UnreadableError, read_in_child
from protogen.intake.picture_reader import Header
from protogen.intake.text import one_line
from protogen.photo import FOLDER, Logo, Photo, Pictures, Rendition
from protogen.submission import Attachment

MOST = 16  # pictures of one site
MAX_BYTES = 6_000_000  # of all pictures of a site together: the budget of a site leaves room for them
ONE_SECONDS = 15.0
ALL_SECONDS = 30.0
_AT_ONCE = 2
# What cameras, phones and browsers call their files says nothing about the picture.
_NAMELESS = re.compile(
    r"(img|image|dsc[nf]?|dcim|pxl|photo|foto|picture|pic|p|screenshot|scan|untitled|unnamed|download|whatsapp"
    r"|signal|file|mvimg|obr[aá]zek|bild)?[\W_\d]*(wa|copy|at|edit|final)?[\W_\d]*|[0-9a-f-]{16,}",
    re.IGNORECASE,
)
_CALLED_LOGO = re.compile(r"logo|(?:^|[^a-z])(?:brand|emblem|znak)(?:[^a-z]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of one file: its picture, as a logo too where it looks like one, or why there is none."""

    name: str
    photo: Photo | None = None
    logo: Logo | None = None
    note: str = ""


def read_pictures(
    files: Sequence[Attachment], cancelled: Callable[[], bool] = lambda: False
) -> tuple[Pictures, tuple[str, ...]]:
    """The pictures of these files, and a note for each file of which none was made. Raises Cancelled.

    The logo is the file that is called so, else the only one that looks like one. All others are shown in the
    customer's order, up to `MOST` and `MAX_BYTES`; the same picture twice is shown once.
    """
    end = time.monotonic() + ALL_SECONDS
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures") as pool:
        made = list(pool.map(partial(_made, end=end, cancelled=cancelled), files[: MOST + 1]))
    notes = [each.note for each in made if each.note]
    marks = [each for each in made if each.logo]
    called = [each for each in marks if _CALLED_LOGO.search(each.name)]
    logo = called[0] if called else marks[0] if len(marks) == 1 and len(made) > 1 else None
    photos: dict[bytes, Photo] = {}
    size = 0
    for each in made:
        if each.photo is None or each is logo:
            continue
        if len(photos) == MOST or size + each.photo.size > MAX_BYTES:
            notes.append(f"{one_line(each.name)} is kept, and not shown: the site has no room for it.")
        elif each.photo.webp[0].data not in photos:
            photos[each.photo.webp[0].data] = each.photo
            size += each.photo.size
    if len(files) > MOST + 1:
        notes.append(f"Of {len(files)} pictures the first {MOST + 1} were looked at; the others are kept.")
    return Pictures(logo.logo if logo else None, tuple(photos.values())), tuple(notes)


def _made(file: Attachment, end: float, cancelled: Callable[[], bool]) -> _Made:
    left = min(ONE_SECONDS, end - time.monotonic())
    name = one_line(file.name)
    if left <= 0:
        return _Made(file.name, note=f"{name} is kept, and not shown: there was no time left.")
    try:
        read = read_in_child("protogen.intake.picture_reader", file.data, left, cancelled)
    except UnreadableError as error:
        return _Made(file.name, note=f"{name} is kept, and not shown: {str(error) or 'it is damaged'}.")
    line, _, rest = read.partition(b"\n")
    return _of(file, json.loads(line), rest)


def _of(file: Attachment, header: Header, data: bytes) -> _Made:
    stem = PurePath(file.name).stem
    slug = slugify(stem, max_length=40) or "picture"
    mark = hashlib.sha256(file.data).hexdigest()[:6]
    forms: dict[str, list[Rendition]] = {"webp": [], "avif": [], "logo": []}
    at = 0
    for form, width, size in header["files"]:
        suffix = "webp" if form == "logo" else form
        path = f"{FOLDER}/{slug}-{mark}-{width}{'-logo' if form == 'logo' else ''}.{suffix}"
        forms[form].append(Rendition(path, width, data[at : at + size]))
        at += size
    ratio = header["height"] / header["width"]
    photo = Photo(
        slug, _caption(stem), header["width"], header["height"], tuple(forms["webp"]), tuple(forms["avif"])
    )
    if not forms["logo"] and not _CALLED_LOGO.search(file.name):
        return _Made(file.name, photo)
    sign = tuple(forms["logo"]) or photo.webp[:1]
    width = sign[0].width
    small = Photo(slug, "", width, max(1, round(width * ratio)), sign)
    return _Made(file.name, photo, Logo(small, header["dark"], header["clear"], tuple(header["colours"])))


def _caption(stem: str) -> str:
    """What the file's name says, or nothing where a camera named it."""
    words = " ".join(re.sub(r"[_\-.+]+", " ", stem).split())
    if _NAMELESS.fullmatch(stem) or not re.search(r"[^\W\d]{3}", words):
        return ""
    said = re.sub(r"^\d+\s+|\s+\d+$", "", words)[:80]
    return said[:1].upper() + said[1:]
