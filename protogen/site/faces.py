"""The bundled typefaces: where each stands in its package, what it weighs, and what stands in for it.

All come by pip, so that nothing is fetched when a site is made. Paths are relative to the package's folder.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_CORE = "justmytype_western_core"
_PACK = "pretix_fontpackfree"
_STATIC = "static/pretix_fontpackfree"
_PACK_LICENCE = "SIL Open Font License.txt"


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face of a family at one optical size, width and slant.

    `files` maps weights to files; a variable font has the one weight 0 and takes any within its axis. `axes`
    are fixed positions on a variable font's other axes. `generic` is a CSS generic family. `instead` is the
    key of the face taken where the package is not installed.
    """

    family: str
    package: str
    files: Mapping[int, str]
    licence: str
    generic: str = "sans-serif"
    axes: Mapping[str, float] = field(default_factory=dict)
    instead: str = "inter"

    def file(self, weight: int) -> tuple[Path, bool]:
        """The file that carries `weight`, or the nearest to it, and whether it is variable."""
        if 0 in self.files:
            return _folder(self.package) / self.files[0], True
        nearest = min(self.files, key=lambda have: (abs(have - weight), -have))
        return _folder(self.package) / self.files[nearest], False

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return _folder(self.package) != Path()

    @property
    def licence_file(self) -> Path:
        """The licence text that its package carries."""
        return _folder(self.package) / self.licence


def face(key: str) -> Face:
    """The face of that key, or the one that stands in for it where its package is not installed."""
    found = FACES[key]
    return found if found.installed else FACES[found.instead]


@lru_cache(maxsize=32)
def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path()


def _core(family: str, folder: str, file: str, generic: str = "sans-serif", **axes: float) -> Face:
    root = f"fonts/ofl/{folder}"
    return Face(family, _CORE, {0: f"{root}/{file}"}, f"{root}/OFL.txt", generic, axes)


def _pack(family: str, regular: str, bold: str, generic: str = "sans-serif") -> Face:
    files = {weight: f"{_STATIC}/{file}" for weight, file in ((400, regular), (700, bold)) if file}
    return Face(family, _PACK, files, _PACK_LICENCE, generic)


def _hanken(family: str, files: Mapping[int, str]) -> Face:
    paths = {weight: f"files/HankenGrotesk-{file}.otf" for weight, file in files.items()}
    return Face(family, "font_hanken_grotesk", paths, "files/OFL.txt")


_SOURCE = "SourceSerif4[opsz,wght].ttf"

FACES: Mapping[str, Face] = MappingProxyType(
    {
        "inter": _core("Inter", "inter", "Inter[opsz,wght].ttf", opsz=14),
        "inter-display": _core("Inter Display", "inter", "Inter[opsz,wght].ttf", opsz=32),
        "source-text": _core("Source Serif 4", "sourceserif4", _SOURCE, "serif", opsz=14),
        "source-display": _core("Source Serif 4 Display", "sourceserif4", _SOURCE, "serif", opsz=60),
        "source-display-light": _core("Source Serif 4 Display", "sourceserif4", _SOURCE, "serif", opsz=60),
        "jetbrains": _core("JetBrains Mono", "jetbrainsmono", "JetBrainsMono[wght].ttf", "monospace"),
        "noto-sans": _core("Noto Sans", "notosans", "NotoSans[wdth,wght].ttf", wdth=100),
        "noto-serif": _core("Noto Serif", "notoserif", "NotoSerif[wdth,wght].ttf", "serif", wdth=100),
        "vollkorn": _pack("Vollkorn", "Vollkorn_v30_regular.ttf", "Vollkorn_v30_bold.ttf", "serif"),
        "vollkorn-italic": _pack(
            "Vollkorn Italic", "Vollkorn_v30_italic.ttf", "Vollkorn_v30_bolditalic.ttf", "serif"
        ),
        "fira": _pack("Fira Sans", "Fira-Sans_v18_regular.ttf", "Fira-Sans_v18_bold.ttf"),
        "lato": _pack("Lato", "Lato-Regular.ttf", "Lato-Bold.ttf"),
        "oswald": _pack("Oswald", "Oswald_v57_regular.ttf", "Oswald_v57_bold.ttf"),
        "roboto": _pack("Roboto", "Roboto_v51_regular.ttf", "Roboto_v51_bold.ttf"),
        "montserrat": _pack("Montserrat", "Montserrat_v31_regular.ttf", "Montserrat_v31_bold.ttf"),
        "poppins": _pack("Poppins", "Poppins_v24_regular.ttf", "Poppins_v24_bold.ttf"),
        "baloo": _pack("Baloo", "baloo-bhaijaan-v6-latin-ext_vietnamese_latin_arabic-regular.ttf", ""),
        "manrope": Face(
            "Manrope", "font_manrope", {0: "files/Manrope-VariableFont_wght.ttf"}, "files/OFL.txt"
        ),
        "hanken": _hanken("Hanken Grotesk", {400: "Regular", 600: "SemiBold", 700: "Bold"}),
        "hanken-light": _hanken("Hanken Grotesk Light", {300: "Light"}),
        **{
            f"noto-{script}": _pack(
                f"Noto Sans {script}", f"Noto-Sans-{file}_regular.ttf", f"Noto-Sans-{file}_bold.ttf"
            )
            for script, file in (
                ("arabic", "Arabic_v33"),
                ("hebrew", "Hebrew_v50"),
                ("thai", "Thai_v29"),
                ("georgian", "Georgian_v48"),
                ("armenian", "Armenian_v47"),
                ("japanese", "JP_v56"),
                ("korean", "KR_v39"),
                ("chinese", "SC_v40"),
            )
        },
    }
)
