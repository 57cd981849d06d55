"""The fonts of a site: WOFF2 cut to the scripts its text uses, their `@font-face` rules and their licences.

A file holds whole alphabets (the letters of the languages that the text touches) and not only the text's own
characters: what visitors type into a form or a poll is set in the same face. Cut files are kept in memory
and in the user's cache folder, since cutting one takes about half a second and reading one back takes none.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import fontTools
import platformdirs
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from protogen.draft import Theme
from protogen.site import fallbacks
from protogen.site.directions import DIRECTIONS
from protogen.site.faces import FACES, Face, face

FOLDER = "assets/fonts"
MAX_BYTES = 40_000  # of one file; a page that needs more gets only the characters of its own text


def stack(key: str) -> str:
    """The `font-family` of a face of `FACES`: the family, its metrics-matched fallbacks, the generic."""
    chosen = face(key)
    system = {"serif": "Georgia, serif", "monospace": "ui-monospace, monospace"}.get(
        chosen.generic, "system-ui, sans-serif"
    )
    families = (chosen.family, *fallbacks.families(chosen.family, chosen.generic))
    return ", ".join((*(f'"{family}"' for family in families), system))


def font_files(theme: Theme, text: str) -> tuple[dict[str, bytes], str]:
    """Files of the theme's two families for a site whose visible text is `text`, and the CSS that names them.

    Files are WOFF2 and licence texts by their path in the site; the CSS holds `@font-face` rules whose URLs
    are relative to `styles.css` in the site's root. Characters that a family lacks come from another bundled
    family under the same name by `unicode-range`. The same theme and text give the same bytes.
    """
    direction = DIRECTIONS[theme.direction]
    wanted = {
        (direction.display, direction.weight_display): None,
        (direction.text, 400): None,
        (direction.text, direction.weight_strong): None,
    }
    upper = direction.case == "uppercase"
    shown = frozenset(_shown(text, upper=upper))
    files: dict[str, bytes] = {}
    rules: dict[str, None] = {}
    for key, weight in wanted:
        cuts = _cuts(key, weight, shown)
        for cut in cuts:
            files[cut.path] = cut.data
            rules[cut.rule] = None
            files.setdefault(f"{FOLDER}/{_slug(cut.face.family)}-OFL.txt", _licence(cut.face, weight))
        capitals = upper and key == direction.display
        rules |= dict.fromkeys(_fallback_rules(face(key), weight, capitals, cuts[0].data))
    return files, "\n".join(rules) + "\n"


def preloads(theme: Theme, text: str) -> list[str]:
    """Paths of the files without which the first screen of such a text would be set twice: display and text face.

    A file is named only where its face has every letter, so that nothing is fetched in vain.
    """
    direction = DIRECTIONS[theme.direction]
    shown = frozenset(_shown(text, upper=direction.case == "uppercase")) - _INVISIBLE
    letters = frozenset(point for point in shown if chr(point).isalpha())
    first = ((direction.display, direction.weight_display), (direction.text, 400))
    return [
        f"{FOLDER}/{_slug(face(key).family)}-{weight}.woff2"
        for key, weight in dict.fromkeys(first)
        if letters <= _coverage(face(key), weight)
    ]


def plain_files(key: str, weight: int, text: str) -> list[tuple[bytes, str]]:
    """The faces that `text` is set in as (TrueType or OpenType file, family inside), for a renderer of pictures."""
    shown = frozenset(_shown(text, upper=False))
    cuts = _cuts(key, weight, shown)
    return [(_unpacked(cut.data), f"site-{_slug(cut.face.family)}") for cut in cuts]


@lru_cache(maxsize=32)
def _unpacked(woff2: bytes) -> bytes:
    out = io.BytesIO()
    with TTFont(io.BytesIO(woff2), recalcTimestamp=False) as font:
        font.flavor = None
        font.save(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Cut:
    path: str
    data: bytes
    rule: str
    face: Face


_PUNCTUATION = "ıŒœ\u2002\u2003\u2009\u200a\u200b\u2010\u2011‒–—‘’‚“”„•…\u202f′″‹›€™←↑→↓−"
_LATIN = frozenset([*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, _PUNCTUATION)])
_ALPHABETS: tuple[tuple[frozenset[int], frozenset[int]], ...] = tuple(
    (frozenset(touched), frozenset(letters))
    for touched, letters in (
        (range(0x100, 0x180), range(0x100, 0x180)),
        (range(0x218, 0x21C), range(0x218, 0x21C)),
        (range(0x370, 0x400), [*range(0x384, 0x3CF)]),
        (range(0x400, 0x530), [*range(0x400, 0x460), 0x490, 0x491, 0x2116]),
    )
)

# Faces asked for what a family lacks, by its generic family and then by script.
_SUBSTITUTES: Mapping[str, tuple[str, ...]] = {
    "sans-serif": ("noto-sans", "inter"),
    "serif": ("source-text", "noto-serif"),
    "monospace": ("jetbrains", "noto-sans"),
}
_DISPLAY_SUBSTITUTES: Mapping[str, tuple[str, ...]] = {"baloo": ("montserrat",), "poppins": ("montserrat",)}
_SCRIPTS = tuple(
    f"noto-{name}"
    for name in ("arabic", "hebrew", "thai", "georgian", "armenian", "japanese", "korean", "chinese")
)


def _shown(text: str, *, upper: bool) -> Iterable[int]:
    cased = text + text.upper() if upper else text
    return (ord(char) for char in set(cased) if ord(char) >= 0x20)


def _cuts(key: str, weight: int, shown: frozenset[int]) -> list[_Cut]:
    """The face itself and, for what it lacks of `shown`, the faces that stand in."""
    wanted = set(_LATIN)
    for touched, letters in _ALPHABETS:
        if touched & shown:
            wanted |= letters
    chosen = face(key)
    has = _coverage(chosen, weight)
    cuts = [_cut(chosen, chosen, weight, frozenset((wanted | shown) & has), shown & has, whole=True)]
    missing = shown - has - _INVISIBLE
    more = (*_DISPLAY_SUBSTITUTES.get(key, ()), *_SUBSTITUTES[chosen.generic], *_SCRIPTS)
    for other in map(face, more):
        if not missing:
            break
        found = missing & _coverage(other, weight)
        if found:
            letters = (
                frozenset(wanted & _coverage(other, weight)) - has if found & wanted else frozenset[int]()
            )
            cuts.append(_cut(chosen, other, weight, letters | found, found, whole=False))
            missing -= found
    return cuts


_INVISIBLE = frozenset([0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF, 0xAD])


def _cut(
    family: Face, source: Face, weight: int, letters: frozenset[int], least: frozenset[int], *, whole: bool
) -> _Cut:
    data = _woff2(source, weight, letters)
    if len(data) > MAX_BYTES:
        letters = least
        data = _woff2(source, weight, letters)
    name = _slug(family.family) if whole else f"{_slug(family.family)}-{_slug(source.family)}"
    path = f"{FOLDER}/{name}-{weight}.woff2"
    only = "" if whole else f"\n  unicode-range: {_ranges(letters)};"
    rule = (
        f'@font-face {{\n  font-family: "{family.family}";\n  font-weight: {weight};\n  font-display: swap;\n'
        f'  src: url("{path}") format("woff2");{only}\n}}'
    )
    return _Cut(path, data, rule, source)


def _slug(family: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", family.lower()).strip("-")


def _ranges(letters: Iterable[int]) -> str:
    """The code points as a CSS `unicode-range`, neighbours drawn together."""
    runs: list[list[int]] = []
    for point in sorted(letters):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ", ".join(f"U+{low:X}" if low == high else f"U+{low:X}-{high:X}" for low, high in runs)


@lru_cache(maxsize=256)
def _coverage(source: Face, weight: int) -> frozenset[int]:
    with _open(source, weight) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=128)
def _woff2(source: Face, weight: int, letters: frozenset[int]) -> bytes:
    file, variable = source.file(weight)
    axes = {**source.axes, "wght": float(weight)} if variable else {}
    kept = _cache_file(file, axes, letters)
    data = _read_whole(kept)
    if data is None:
        data = _build(source, weight, axes, letters)
        _keep(kept, data)
    return data


def _build(source: Face, weight: int, axes: Mapping[str, float], letters: frozenset[int]) -> bytes:
    options = subset.Options()
    options.hinting = False
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    options.layout_features = [*options.layout_features, "tnum", "lnum", "onum"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    out = io.BytesIO()
    with _open(source, weight) as font:
        cutter.subset(font)
        if axes:
            instancer.instantiateVariableFont(font, dict(axes), inplace=True)
        # A fixed time and a name of its own: same bytes every day, and no reserved name on a changed font
        # (OFL, 3).
        font["head"].modified = font["head"].created
        for name_id in (1, 4, 6):
            font["name"].setName(f"site-{_slug(source.family)}", name_id, 3, 1, 0x409)
        font.flavor = "woff2"
        font.save(out)
    return out.getvalue()


def _open(source: Face, weight: int) -> TTFont:
    return TTFont(source.file(weight)[0], lazy=True, recalcTimestamp=False)


def _cache_file(file: Path, axes: Mapping[str, float], letters: frozenset[int]) -> Path:
    facts = (file.name, file.stat().st_size, sorted(axes.items()), sorted(letters), fontTools.version, 1)
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
    return _cache_folder() / f"{digest}.woff2"


def _cache_folder() -> Path:
    return platformdirs.user_cache_path("protogen") / "fonts"


def _read_whole(file: Path) -> bytes | None:
    """The bytes of a kept font if it is whole (WOFF2, 4.1: the signature, then the length at offset 8)."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    return data if data[:4] == b"wOF2" and int.from_bytes(data[8:12], "big") == len(data) else None


def _keep(file: Path, data: bytes) -> None:
    """Keep a font for the next run; a cache that cannot be written costs time, nothing else."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).replace(file)


@lru_cache(maxsize=256)
def _licence(source: Face, weight: int) -> bytes:
    """The licence as its package has it, below the face's own copyright line."""
    with _open(source, weight) as font:
        copyright_line = font["name"].getDebugName(0) or source.family
    text = source.licence_file.read_text("utf-8", errors="replace")
    return f"{source.family}: {copyright_line.strip()}\n\n{text}".encode()


@lru_cache(maxsize=256)
def _fallback_rules(chosen: Face, weight: int, upper: bool, woff2: bytes) -> tuple[str, ...]:
    """The rules of the stand-ins, by the metrics of the file as it is cut."""
    with TTFont(io.BytesIO(woff2), lazy=True) as font:
        return tuple(fallbacks.rules(chosen.family, chosen.generic, font, weight, upper=upper))


def bundled_families() -> tuple[str, ...]:
    """Names of the families that are installed, for people."""
    return tuple(sorted({one.family for one in FACES.values() if one.installed}))
