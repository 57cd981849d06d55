"""Drawn pictures as PNG, where a program wants pixels: icons, and the picture that a shared link shows."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from coloraide import Color
from PIL import Image

from protogen.site.paths import TEMPLATES

_ICO_SIZE = (32, 32)
_SECONDS = 10.0  # for a drawing; ours take hundredths
_MIX = re.compile(r"color-mix\(in oklab, var\((--[\w-]+)\) (\d+)%, var\((--[\w-]+)\)\)")
_VAR = re.compile(r"var\((--[\w-]+)\)")


def draw_png(svg: str, width: int, fonts: Sequence[bytes] = ()) -> bytes:
    """An SVG as PNG of `width` pixels, by resvg in a process of its own: what is hostile to it breaks that only.

    `fonts` are TrueType or OpenType files for its text: no font of the system is used. A picture that `svg` names is
    read, so what comes from a customer must have been through `picture_reader.clean_svg`. The same arguments give the
    same bytes. Raises ValueError for what cannot be drawn.
    """
    with tempfile.TemporaryDirectory(prefix="protogen-draw-") as folder:
        for number, data in enumerate(fonts):
            (Path(folder) / f"{number}.ttf").write_bytes(data)
        options = ["--quiet", "--skip-system-fonts", "--use-fonts-dir", folder]
        command = [_resvg(), *options, "--width", str(width), "-", "-c"]
        try:
            drawn = subprocess.run(command, input=svg.encode(), capture_output=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise ValueError(f"The drawing was not done after {_SECONDS:.0f} s.") from None
    if drawn.returncode or not drawn.stdout:
        raise ValueError(f"resvg refused the drawing: {drawn.stderr.decode(errors='replace').strip()[:200]}")
    return drawn.stdout


def draw_icons(svg: str, side: int) -> tuple[bytes, bytes]:
    """A square picture as an ICO file, for browsers that know no SVG icon, and as PNG of `side` pixels."""
    with Image.open(io.BytesIO(draw_png(svg, side))) as drawn:
        whole = drawn.convert("RGBA")
    ico, png = io.BytesIO(), io.BytesIO()
    whole.resize(_ICO_SIZE, Image.Resampling.LANCZOS).save(ico, "ICO", sizes=[_ICO_SIZE])
    # The method that keeps what is clear.
    whole.quantize(32, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(png, "PNG")
    return ico.getvalue(), png.getvalue()


def framed_logo(picture: bytes, ground: str, side: int) -> bytes:
    """A logo, in any form that Pillow reads, in the middle of a square of `ground`: SVG of `side` pixels."""
    square = Image.new("RGB", (side, side), ground)
    with Image.open(io.BytesIO(picture)) as opened:
        logo = opened.convert("RGBA")
    logo.thumbnail((round(0.86 * side), round(0.86 * side)), Image.Resampling.LANCZOS)
    square.paste(logo, ((side - logo.width) // 2, (side - logo.height) // 2), logo)
    out = io.BytesIO()
    square.quantize(64, dither=Image.Dither.NONE).save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<image width="{side}" height="{side}" href="data:image/png;base64,{data}"/></svg>'
    ).encode()


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


@cache
def _resvg() -> str:
    """The program, which its package installs beside this Python's own."""
    found = shutil.which("resvg", path=sysconfig.get_path("scripts")) or shutil.which("resvg")
    if found is None:
        raise RuntimeError("The program resvg is missing; install protogen's requirements again (resvg-cli).")
    return found
