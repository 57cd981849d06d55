"""The faces that stand in while a site's fonts are on their way: the system's own, stretched to the same metrics.

CSS Fonts Level 5, 4.9 (`size-adjust`) and Level 4, 11.1 (`ascent-override` …). Every system brings other faces, so each
family has a stand-in for each of them: what a system lacks is passed over.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

from fontTools.ttLib import TTFont

BOLD = 600  # from this weight on a bold face stands in
_LETTERS = ascii_uppercase + ascii_lowercase + " "
# How often a to z and the space stand in a thousand characters of running text.
_FREQUENCY = dict(
    zip(
        ascii_lowercase + " ",
        (
            *(64, 12, 25, 36, 102, 18, 16, 44, 57, 2, 7, 35, 21),
            *(57, 62, 16, 1, 50, 52, 74, 24, 8, 18, 2, 15, 2, 180),
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class SystemFace:
    """A face that some systems bring, or one of the same widths; widths are 1/1000 em by letter."""

    names: tuple[str, ...]
    regular: Mapping[str, float]
    bold: Mapping[str, float]


def families(family: str, generic: str) -> list[str]:
    """Names of the stand-ins of `family`, in the order in which a `font-family` must list them."""
    return [_name(family, number) for number in range(len(_system_faces()[generic]))]


def rules(family: str, generic: str, font: TTFont, weight: int, *, upper: bool) -> Iterator[str]:
    """A `@font-face` rule for each stand-in of `family`, whose own face of that weight is `font`.

    `upper` says that the text is set in capitals, whose widths then count.
    """
    em, line, metrics, cmap = font["head"].unitsPerEm, font["hhea"], font["hmtx"], font.getBestCmap()
    own = {char: metrics[cmap[ord(char)]][0] / em * 1000 for char in _LETTERS if ord(char) in cmap}
    for number, system in enumerate(_system_faces()[generic]):
        theirs = system.bold if weight >= BOLD else system.regular
        size = _average(own, upper) / _average(theirs, upper)
        bold = " Bold" if weight >= BOLD else ""
        local = ", ".join(f'local("{name}{bold}")' for name in system.names)
        yield (
            f'@font-face {{\n  font-family: "{_name(family, number)}";\n  font-weight: {weight};\n'
            f"  src: {local};\n  size-adjust: {size:.2%};\n"
            f"  ascent-override: {line.ascent / em / size:.2%};\n"
            f"  descent-override: {-line.descent / em / size:.2%};\n"
            f"  line-gap-override: {line.lineGap / em / size:.2%};\n}}"
        )


def _name(family: str, number: int) -> str:
    return f"{family} fallback{f' {number + 1}' if number else ''}"


def _average(widths: Mapping[str, float], upper: bool) -> float:
    """The mean width of running text, in 1/1000 em."""
    shown = {char.upper() if upper else char: often for char, often in _FREQUENCY.items()}
    known = {char: often for char, often in shown.items() if char in widths}
    return sum(widths[char] * often for char, often in known.items()) / (sum(known.values()) or 1)


@cache
def _system_faces() -> Mapping[str, Sequence[SystemFace]]:
    rows = tomllib.loads(Path(__file__).with_name("system_faces.toml").read_text("utf-8"))["faces"]
    found: dict[str, list[SystemFace]] = {}
    for row in rows:
        face = SystemFace(tuple(row["names"]), _widths(row["regular"]), _widths(row["bold"]))
        found.setdefault(row["generic"], []).append(face)
    return found


def _widths(widths: list[float]) -> Mapping[str, float]:
    """One width a letter; a face whose letters are all alike has a single one."""
    return dict(zip(_LETTERS, widths * (len(_LETTERS) // len(widths)), strict=True))
