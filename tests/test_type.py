"""How text is set: no line jumps when the fonts come, and pages from right to left are turned round."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from protogen.draft import Draft
from protogen.files import write_tree
from protogen.site.directions import DIRECTIONS
from protogen.site.paths import TEMPLATES
from protogen.site.render import render
from protogen.site.theme import build_theme
from tools.interface.example import example
from tools.serving import serve_folder

MOST_SHIFT = 0.05  # half of what web.dev calls good: one paragraph of one direction gains a line
WATCH = """window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
  .observe({type: 'layout-shift', buffered: true});"""
HEBREW = {"headline": "האופניים שלך חזרה עד מחר בערב", "lead": "הביאו אותם לפני עשר"}
PHYSICAL = re.compile(
    r"(?<![\w-])((margin|padding|border|inset)-)?(left|right)(-[a-z]+)?\s*:|float:\s*(left|right)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example in every direction, and once in Hebrew."""
    folder = tmp_path_factory.mktemp("sites")
    for direction in DIRECTIONS:
        write_tree(folder / direction, render(themed(example("en"), direction)).files)
    write_tree(folder / "hebrew", render(themed(hebrew(), "swiss")).files)
    with serve_folder(folder) as served:
        yield served


def themed(draft: Draft, direction: str) -> Draft:
    """The draft in another direction."""
    return dataclasses.replace(draft, theme=build_theme(direction, [], "light", "wheel", 3))


def hebrew() -> Draft:
    """The example as a page from right to left."""
    draft = example("en")
    assert draft.brief
    assert draft.page
    sections = [
        dataclasses.replace(one, fields=dict(one.fields) | HEBREW) if one.kind == "hero" else one
        for one in draft.page.sections
    ]
    return dataclasses.replace(
        draft,
        brief=dataclasses.replace(draft.brief, language="he", name="אופני התעלה"),
        page=dataclasses.replace(draft.page, sections=tuple(sections)),
    )


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nothing_jumps_when_the_fonts_come(direction: str, browser: Browser, address: str) -> None:
    """The stand-ins take the room of the fonts: where fonts come late, the first screen of a phone stays as it is."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    held: list[Route] = []
    late = True  # a face that is asked for only when the others come is not held back

    def answer(route: Route) -> None:
        if late:
            held.append(route)
        else:
            route.continue_()

    page.route("**/*.woff2", answer)
    page.goto(f"{address}/{direction}/index.html", wait_until="domcontentloaded")
    page.wait_for_timeout(300)
    late = False
    for route in held:
        route.continue_()
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_timeout(100)
    shift = page.evaluate("window.shift")
    context.close()
    assert len(held) >= 2
    assert shift <= MOST_SHIFT


def test_a_page_from_right_to_left_begins_on_the_right(page: Page, address: str) -> None:
    """Brand, headline and text stand on the right, the call on the left; nothing scrolls sideways."""
    page.goto(f"{address}/hebrew/index.html")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    brand, action = (page.locator(one).first.bounding_box() for one in (".brand", ".header__action"))
    assert brand
    assert action
    assert brand["x"] > action["x"] + action["width"]
    assert page.locator("h1").evaluate("e => getComputedStyle(e).textAlign") == "right"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_arrows_point_the_way_that_the_page_is_read(page: Page, address: str) -> None:
    """From right to left, "next" points and leads to the left."""
    page.goto(f"{address}/hebrew/index.html")
    dialog = page.locator("[data-lightbox-dialog]")
    page.locator("[data-open]").first.click()
    assert dialog.locator("[data-next] .icon").evaluate("e => getComputedStyle(e).scale") == "-1 1"
    before = dialog.locator("[data-lightbox-body]").inner_html()
    page.keyboard.press("ArrowLeft")
    second = dialog.locator("[data-lightbox-body]").inner_html()
    page.keyboard.press("ArrowRight")
    assert dialog.locator("[data-lightbox-body]").inner_html() == before != second


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.css")), ids=lambda file: str(Path(file).stem))
def test_styles_know_no_left_and_right(file: Path) -> None:
    """Only start and end, so that every page can be turned round."""
    assert not PHYSICAL.findall(re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.S))
