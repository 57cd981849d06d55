"""The gallery, and what every section of it must satisfy in a browser, however much or little it is given."""

from __future__ import annotations

import dataclasses
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pydantic import ValidationError

from protogen.checks.gate import check_folder
from protogen.files import FileError
from protogen.gallery import (
    all_pages,
    direction_files,
    gallery_files,
    gallery_server,
    specimen,
    write_gallery,
)
from protogen.site.directions import DIRECTIONS
from protogen.site.fillings import FILLINGS, MOST, filled
from protogen.site.kit import KINDS, parse
from protogen.site.render import render_page
from tools.looks import contrast_faults, layout_faults, stretch
from tools.processes import protogen
from tools.validators import Axe, Vnu

ENTRIES = 5  # of each list at its limit; all of them are the bench's
WIDTHS = (360, 768, 1280)
# Each variant of each kind stands in one direction, in all three fillings; each direction has its share.
VARIANTS = [(kind.name, variant) for kind in KINDS.values() for variant in kind.variants]
SHARES = {
    direction: [(*pair, filling) for filling in FILLINGS for pair in VARIANTS[n :: len(DIRECTIONS)]]
    for n, direction in enumerate(DIRECTIONS)
}
Share = Callable[..., Page]
every_direction = pytest.mark.parametrize("direction", DIRECTIONS)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a direction, with its share of all variants on one page, `share.html`."""
    root = tmp_path_factory.mktemp("gallery")
    for direction, parts in SHARES.items():
        for name, data in direction_files(direction, {"share": parts}, ENTRIES):
            path = root / direction / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return root


@pytest.fixture
def share(browser: Browser, gallery: Path) -> Iterator[Callable[..., Page]]:
    """`share(direction, width)` opens a direction's share in a window of its own; its console stays silent."""
    contexts = []

    def show(direction: str, width: int, *, dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"file://{gallery / direction / 'share.html'}")
        page.evaluate("document.fonts.ready.then(() => null)")
        assert not errors
        return page

    yield show
    for context in contexts:
        context.close()


def test_every_variant_stands_in_every_filling() -> None:
    """Nothing of the kit is left unseen."""
    shown = {part for parts in SHARES.values() for part in parts}
    assert shown == {(*pair, filling) for pair in VARIANTS for filling in FILLINGS}


def test_no_page_of_the_gallery_has_an_error_by_the_nu_checker(gallery: Path, vnu: Vnu) -> None:
    """HTML, CSS and SVG of every variant, filling and direction."""
    assert vnu([gallery]) == []


@every_direction
def test_no_page_of_the_gallery_has_a_fault_that_the_gate_would_find(gallery: Path, direction: str) -> None:
    """What the gate says of customers' sites it may not say of the kit itself."""
    assert check_folder(gallery / direction) == []


@pytest.mark.parametrize("width", WIDTHS)
@every_direction
def test_every_section_is_whole_to_the_eye(share: Share, direction: str, width: int) -> None:
    """No sideways scroll, no text cut off, covered or on other text, no empty part, no target too small."""
    page = share(direction, width)
    stretch(page, width)
    assert layout_faults(page) == []


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])
@every_direction
def test_every_line_stands_out_from_what_it_is_painted_on(
    share: Share, direction: str, width: int, dark: bool
) -> None:
    """Contrast read from the pixels, in both schemes."""
    assert contrast_faults(share(direction, width, dark=dark)) == []


@pytest.mark.parametrize("width", WIDTHS)
@every_direction
def test_axe_finds_nothing(share: Share, direction: str, width: int, axe: Axe) -> None:
    """WCAG A and AA and best practice, at every width.

    A page that shows one kind three times has landmarks of one name, as no customer's page has.
    """
    page = share(direction, width, dark=width == 768)
    assert [fault for fault in axe(page) if not fault.startswith("landmark-unique")] == []


@every_direction
def test_every_section_is_there_without_javascript(share: Share, direction: str) -> None:
    """Nothing waits for a script to be seen."""
    page = share(direction, 360, script=False)
    stretch(page, 360)
    assert layout_faults(page) == []
    assert page.locator("main > section").count() == len(SHARES[direction])


def test_a_page_that_is_broken_is_found_out(page: Page, tmp_path: Path) -> None:
    """Each kind of fault is seen where it is."""
    (tmp_path / "index.html").write_text(
        """<!doctype html><html lang="en"><title>x</title>
        <style>.lid { height: 4rem; margin-top: -4rem; position: relative; background: red; }</style><body><main>
        <section id="a" style="background:#fff"><p style="color:#ccc">too pale to be read</p></section>
        <section id="b"><p style="width:4rem;overflow:hidden;white-space:nowrap">cut off at the end</p></section>
        <section id="c"><p style="width:999px">wide</p><p style="margin-top:-2em">on top of it</p></section>
        <section id="d"></section>
        <section id="e"><p>hidden</p><div class="lid"></div></section>
        <section id="f"><button style="height:20px">small</button></section></main></body></html>"""
    )
    page.goto(f"file://{tmp_path / 'index.html'}")
    stretch(page, 360)
    found = "\n".join(layout_faults(page))
    for fault in ("scrolls sideways", "cut off", "overlap", "an empty section: #d", "covered", "too small"):
        assert fault in found
    assert any("too pale" in fault for fault in contrast_faults(page))


class TestFillings:
    """The extremes are read off the schemas."""

    @pytest.mark.parametrize("filling", FILLINGS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_filling_fits_its_schema(self, kind: str, filling: str) -> None:
        """What is shown could have come from a customer."""
        assert parse(kind, filled(kind, filling))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_field_at_its_limit_has_no_room_left(self, kind: str) -> None:
        """Every text is within a long word of its limit, every list as long as it may be (or as is shown)."""
        limits = {name: field.metadata for name, field in KINDS[kind].fields.model_fields.items()}
        for name, value in filled(kind, "limit").items():
            longest = next((m.max_length for m in limits[name] if getattr(m, "max_length", None)), None)
            if longest and isinstance(value, list):
                assert len(value) == min(longest, MOST), name
            elif longest and isinstance(value, str) and " " in value and name != "phone":
                assert longest - 48 < len(value) <= longest, name

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_is_empty_cannot_be_emptier(self, kind: str) -> None:
        """Only what the kind requires is left."""
        fields = filled(kind, "empty")
        for name in fields:
            with pytest.raises(ValidationError):
                parse(kind, {key: value for key, value in fields.items() if key != name})

    def test_a_filling_that_is_none_is_refused(self) -> None:
        """A misspelt one is not the example."""
        with pytest.raises(ValueError, match="is no filling"):
            filled("hero", "full")


class TestFolder:
    """What `protogen kit` writes."""

    def test_the_index_leads_to_every_page(self, tmp_path: Path) -> None:
        """A page a direction, kind and filling, and a whole page a direction."""
        files = dict(gallery_files())
        index = files["index.html"].decode()
        for direction in DIRECTIONS:
            for name in ("index", *all_pages()):
                assert f"{direction}/{name}.html" in files
                assert f'href="{direction}/{name}.html"' in index

    def test_a_folder_that_holds_something_is_left_alone(self, tmp_path: Path) -> None:
        """Nothing of anybody's is overwritten."""
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(FileError, match="not empty"):
            write_gallery(tmp_path)

    def test_it_is_made_as_customers_sites_are(self) -> None:
        """The same renderer: the same markup for the same section."""
        draft = specimen("swiss", [("hero", "split", "example")])
        assert render_page(draft) == render_page(dataclasses.replace(draft))
        assert 'data-direction="swiss"' in render_page(draft)


def test_the_gallery_is_served(tmp_path: Path) -> None:
    """`--serve`: the address answers with the index."""
    (tmp_path / "index.html").write_text("the kit")
    with gallery_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert answer.read() == b"the kit"
        server.shutdown()


def test_the_command_writes_the_folder_and_says_where(tmp_path: Path) -> None:
    """`protogen kit -o DIR`: the index and the styles of every direction are there."""
    run = protogen("kit", "-o", "kit", cwd=tmp_path, seconds=200)
    assert run.returncode == 0, run.stderr
    assert "kit/index.html and" in run.stdout
    for direction in DIRECTIONS:
        assert (tmp_path / "kit" / direction / "styles.css").is_file()
    again = protogen("kit", "-o", "kit", cwd=tmp_path)
    assert again.returncode == 2
    assert "not empty" in again.stderr
