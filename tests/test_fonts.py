"""What the fonts of a site promise."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from protogen.site import fonts
from protogen.site.theme import DIRECTIONS, build_theme

CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy — 650 Kč „denně“ 7:30–17:00 €"


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of kept fonts of the test's own, and nothing in memory before and after."""
    monkeypatch.setattr(fonts, "_cache_folder", lambda: tmp_path / "fonts")
    fonts._woff2.cache_clear()
    yield tmp_path / "fonts"
    fonts._woff2.cache_clear()


def cut(direction: str, text: str) -> tuple[dict[str, bytes], str]:
    return fonts.font_files(build_theme(direction, (), "light", "loaf", 1), text)


def characters(data: bytes) -> set[int]:
    with TTFont(io.BytesIO(data)) as font:
        return set(font.getBestCmap())


@pytest.mark.parametrize("direction", sorted(DIRECTIONS))
def test_every_direction_sets_czech_in_its_own_faces(direction: str) -> None:
    """Each file is WOFF2 under 40 KB, holds every letter of the text, and has its licence beside it."""
    files, css = cut(direction, CZECH)
    woffs = {path: data for path, data in files.items() if path.endswith(".woff2")}
    assert 2 <= len(woffs) <= 3
    for data in woffs.values():
        assert data[:4] == b"wOF2"
        assert len(data) < 40_000
        assert {ord(char) for char in CZECH} <= characters(data)
    assert set(re.findall(r'url\("([^"]+)"\)', css)) == set(woffs)
    licences = [data for path, data in files.items() if path.endswith("-OFL.txt")]
    assert licences
    assert all(b"SIL OPEN FONT LICENSE" in data.upper() for data in licences)


def test_faces_swap_and_fall_back_to_matched_metrics() -> None:
    """No invisible text while a font loads, and no jump when it comes."""
    _, css = cut("craft", CZECH)
    faces = re.findall(r"@font-face \{(.*?)\}", css, re.S)
    own = [face for face in faces if "url(" in face]
    matched = [face for face in faces if "local(" in face]
    assert all("font-display: swap" in face for face in own)
    assert len(matched) >= 2
    for face in matched:
        size = float(re.search(r"size-adjust: ([\d.]+)%", face).group(1))  # type: ignore[union-attr]
        assert 60 < size < 150
        assert "ascent-override" in face
    stack = build_theme("craft", (), "light", "loaf", 1).tokens["--font-display"]
    assert stack.startswith('"Vollkorn", "Vollkorn fallback", "Vollkorn fallback 2"')


@pytest.mark.parametrize(
    ("direction", "text"),
    [
        ("festival", "Привет, Київ"),
        ("boutique", "ქართული"),
        ("portfolio", "Пекарня"),
        ("garden", "東京"),
        ("swiss", "שלום"),
    ],
)
def test_letters_that_a_family_lacks_come_from_another(direction: str, text: str) -> None:
    """Every letter is in some file of the display family's name."""
    files, css = cut(direction, text)
    held = set().union(*(characters(data) for path, data in files.items() if path.endswith(".woff2")))
    assert {ord(char) for char in text} <= held
    assert all(len(data) < 40_000 for path, data in files.items() if path.endswith(".woff2"))
    assert css.count("@font-face") >= 4


def test_a_plain_english_page_carries_no_other_alphabet() -> None:
    """Only the alphabets that the text touches are shipped."""
    files, _ = cut("swiss", "Plain words")
    for path, data in files.items():
        if path.endswith(".woff2"):
            assert not any(0x400 <= point < 0x500 for point in characters(data))


def test_the_same_text_gives_the_same_bytes(cache: Path) -> None:
    """Also when nothing is kept from the run before."""
    before = cut("workshop", "Leeds")
    fonts._woff2.cache_clear()
    for kept in cache.glob("*.woff2"):
        kept.unlink()
    assert cut("workshop", "Leeds") == before


def test_a_broken_file_in_the_cache_is_made_again(cache: Path) -> None:
    """A font cut short by a crash is never shipped."""
    before = cut("workshop", "Leeds")
    fonts._woff2.cache_clear()
    assert len(list(cache.glob("*.woff2"))) == 3
    for kept in cache.glob("*.woff2"):
        kept.write_bytes(kept.read_bytes()[:100])
    assert cut("workshop", "Leeds") == before


def test_a_cache_that_cannot_be_written_does_no_harm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The fonts come all the same."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(fonts, "_cache_folder", lambda: blocked / "fonts")
    fonts._woff2.cache_clear()
    files, _ = cut("portfolio", "Porto")
    assert any(path.endswith(".woff2") for path in files)


def test_kept_fonts_are_read_in_a_quarter_of_a_second() -> None:
    """Both families of a site, from the folder of kept fonts, with nothing in memory."""
    cut("editorial", CZECH)
    for memo in (fonts._woff2, fonts._coverage, fonts._licence, fonts._fallback_rules):
        memo.cache_clear()
    start = time.perf_counter()
    cut("editorial", CZECH)
    assert time.perf_counter() - start < 0.25
