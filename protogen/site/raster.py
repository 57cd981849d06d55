"""Drawn pictures as PNG, where a program wants pixels: icons, and the picture that a shared link shows."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import resvg_py
from coloraide import Color
from PIL import Image

from protogen.site.paths import TEMPLATES

_MIX = re.compile(r"color-mix\(in oklab, var\((--[\w-]+)\) (\d+)%, var\((--[\w-]+)\)\)")
_VAR = re.compile(r"var\((--[\w-]+)\)")


def to_png(
    svg: str, width: int, *, style: str = "", fonts: Sequence[bytes] = (), colours: int = 128
) -> bytes:
    """The picture at `width` pixels, in a palette of at most `colours`; the same arguments give the same bytes.

    `style` is CSS for its classes, `fonts` are TrueType or OpenType files for its text: no font of the system is used.
    Raises ValueError for what is no SVG.
    """
    with tempfile.TemporaryDirectory(prefix="protogen-fonts-") as folder:
        files = []
        for number, data in enumerate(fonts):
            file = Path(folder) / f"{number}.ttf"
            file.write_bytes(data)
            files.append(str(file))
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg, width=width, style_sheet=style or None, skip_system_fonts=True, font_files=files
        )
    return _smaller(bytes(drawn), colours)


def draw_svg(svg: str, width: int) -> bytes:
    """A drawing as PNG of that width in all its colours. Raises ValueError for what cannot be drawn."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))


def to_ico(svg: str, side: int = 32) -> bytes:
    """The picture as an icon file of one size, for browsers that know no SVG icon."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(to_png(svg, side))) as image:
        image.convert("RGBA").save(out, "ICO", sizes=[(side, side)])
    return out.getvalue()


def art_style(tokens: Mapping[str, str]) -> str:
    """art.css with the colours of `tokens` written out: what a renderer without custom properties can read."""
    rules = []
    for mood, parts in _moods().items():
        for part, value in parts.items():
            colour = _resolve(value, tokens)
            rules.append(f".{mood} .art-f-{part} {{ fill: {colour} }}")
            rules.append(f".{mood} .art-s-{part} {{ stroke: {colour}; fill: none; stroke-linejoin: round }}")
    return "\n".join(rules)


@cache
def _moods() -> Mapping[str, Mapping[str, str]]:
    """Mood (`art-0`) -> part (`main`) -> value, as art.css has them."""
    css = (TEMPLATES / "css" / "art.css").read_text("utf-8")
    blocks = re.findall(r"^ +\.(art-\d) \{(.*?)\}", css, re.S | re.M)  # not what a band's tone changes
    return {mood: dict(re.findall(r"--art-(\w+): (.*?);", body)) for mood, body in blocks}


def _resolve(value: str, tokens: Mapping[str, str]) -> str:
    if mix := _MIX.fullmatch(value):
        first, share, second = mix.groups()
        mixed = Color(tokens[second]).mix(tokens[first], int(share) / 100, space="oklab")
        return str(mixed.convert("srgb").fit().to_string(hex=True))
    if name := _VAR.fullmatch(value):
        return tokens[name[1]]
    raise ValueError(f"art.css says {value!r}, which only a browser understands.")


def _smaller(png: bytes, colours: int) -> bytes:
    """The same picture with a palette: flat drawings need few colours, and half the bytes."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        whole = image.convert("RGBA")
        if whole.getchannel("A").histogram()[255] == whole.width * whole.height:
            whole = whole.convert("RGB")
        method = Image.Quantize.FASTOCTREE  # the one that keeps transparency
        whole.quantize(colours, method=method, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
