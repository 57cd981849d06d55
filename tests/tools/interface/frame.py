"""What visitors do on any page: find the way by menu, link, key and back button."""

from __future__ import annotations

from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

from tools.interface.visitor import Check, Visitor

PAGE = "main"
MENU = ".nav__list a"
LINKS = "a[href^='#']:not(.skip)"
_UNDER_HEADER = """element => {
  const header = document.querySelector('.header').getBoundingClientRect();
  const box = element.getBoundingClientRect();
  return header.height > 0 && header.bottom > box.top + 1 && header.top < box.bottom;
}"""
# Where the focus is, and what a sighted keyboard user would miss there.
_FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body || element.closest('.footer')) return ['end', ''];
  const style = getComputedStyle(element);
  const ringed = element.matches(':focus-visible') ? style.outlineStyle !== 'none' : true;
  const header = document.querySelector('.header');
  const bar = header.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const hidden = !element.closest('.header, .skip') && bar.bottom > box.bottom && bar.top < box.top;
  return [element.dataset.at || '', [ringed ? '' : 'no ring', hidden ? 'under the header' : ''].join('')];
}"""


def _phone(visitor: Visitor, *, scripts: bool = True) -> tuple[Page, Locator]:
    page = visitor.open(width=360, scripts=scripts)
    expect(page.locator("#nav")).to_be_hidden()
    page.locator(".nav__toggle").click()
    expect(page.locator("#nav")).to_be_visible()
    return page, page.locator("#nav")


def menu_closes_by_escape(visitor: Visitor) -> None:
    """Escape takes the sheet away and the focus goes back to the button."""
    page, nav = _phone(visitor)
    page.keyboard.press("Escape")
    expect(nav).to_be_hidden()
    expect(page.locator(".nav__toggle")).to_be_focused()


def menu_closes_after_a_choice(visitor: Visitor) -> None:
    """A tap on a link leads there and takes the sheet away."""
    page, nav = _phone(visitor)
    link = nav.locator("a").last
    href = link.get_attribute("href") or ""
    link.click()
    expect(page.locator("#nav")).to_be_hidden()
    assert page.url.endswith(href)


def menu_closes_by_its_button(visitor: Visitor) -> None:
    """The cross is there for who looks for one."""
    _, nav = _phone(visitor)
    nav.locator(".nav__close").click()
    expect(nav).to_be_hidden()


def menu_opens_without_a_script(visitor: Visitor) -> None:
    """Navigation needs no JavaScript."""
    _, nav = _phone(visitor, scripts=False)
    expect(nav.locator("a").first).to_be_visible()


def menu_is_a_bar_on_a_desktop(visitor: Visitor) -> None:
    """No button hides what there is room for."""
    page = visitor.open()
    expect(page.locator(".nav__toggle")).to_be_hidden()
    expect(page.locator(MENU).first).to_be_visible()


def links_land_below_the_header(visitor: Visitor) -> None:
    """What a link leads to is in view, not under the header."""
    page = visitor.open()
    hrefs = {link.get_attribute("href") for link in page.locator(LINKS).all()} - {"#main"}
    for href in filter(None, hrefs):
        page.goto(f"{page.url.partition('#')[0]}{href}")
        target = page.locator(href)
        first = target.locator("h1, h2, h3, p, label").first
        seen = first if first.count() and first.is_visible() else target
        if not seen.is_visible():
            continue  # an answer or a cart that is still empty
        expect(seen).to_be_in_viewport()
        assert not seen.evaluate(_UNDER_HEADER), f"{href} lies under the header"


def back_leads_back(visitor: Visitor) -> None:
    """After a link of the page the back button returns."""
    page = visitor.open()
    before = page.url
    page.locator(LINKS).locator("visible=true").first.click()
    assert page.url != before
    page.go_back()
    assert page.url == before


def skip_link_comes_first(visitor: Visitor) -> None:
    """The first Tab offers the way past the header, and Enter takes it."""
    page = visitor.open()
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.header')")


def keyboard_reaches_everything(visitor: Visitor) -> None:
    """Tab meets every link and button in view, shows where it is, and hides it under nothing."""
    page = visitor.open()
    wanted = page.locator("main :is(a[href], button, input, select, textarea, summary)").locator(
        "visible=true"
    )
    number = wanted.count()
    met: set[str] = set()
    page.evaluate("document.querySelectorAll('main *').forEach((e, n) => { e.dataset.at = n; })")
    for _ in range(number * 4 + 60):
        page.keyboard.press("Tab")
        at, faults = page.evaluate(_FOCUS)
        if at == "end":
            break
        met.add(at)
        assert not faults, f"{page.evaluate('document.activeElement.outerHTML')[:90]}: {faults}"
    expected = {at for at in (element.get_attribute("data-at") for element in wanted.all()) if at}
    roving = {at for at in expected if page.locator(f"[data-at='{at}']").get_attribute("tabindex") == "-1"}
    missed = [
        page.locator(f"[data-at='{at}']").evaluate("e => e.outerHTML")[:90] for at in expected - roving - met
    ]
    assert not missed, f"Tab never comes to {missed}"


def nothing_scrolls_sideways(visitor: Visitor) -> None:
    """On the narrowest phone the page is as wide as the window."""
    page = visitor.open(width=320)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def the_page_is_whole_without_a_script(visitor: Visitor) -> None:
    """Every heading and paragraph that is there with a script is there without; no button is dead."""
    with_script, without = visitor.open(), visitor.open(scripts=False)
    headings = "main :is(h1, h2)"
    assert (
        without.locator(headings).locator("visible=true").count()
        == with_script.locator(headings).locator("visible=true").count()
    )
    dead = without.locator("main button[type=button]").locator("visible=true")
    assert dead.count() == 0


def the_page_is_whole_without_storage(visitor: Visitor) -> None:
    """Where storage is forbidden the page loads without an error."""
    page = visitor.open(storage=False)
    expect(page.locator("h1")).to_be_visible()


def every_page_leads_home(visitor: Visitor) -> None:
    """Each further page opens from the menu, is marked as the current one, and the name leads back."""
    page = visitor.open("index.html")
    files = {link.get_attribute("href") or "" for link in page.locator(".nav__list a[href$='.html']").all()}
    assert files - {"index.html"}
    for file in files - {"index.html"}:
        page.locator(f".nav__list a[href='{file}']").first.click()
        expect(page.locator(f".nav__list a[href='{file}']")).to_have_attribute("aria-current", "page")
        page.locator(".brand").click()
        assert page.url == urljoin(visitor.url, "index.html")


def the_call_is_one_tap_away(visitor: Visitor) -> None:
    """On a phone the number is in the header, large enough for a thumb."""
    page = visitor.open(width=360)
    call = page.locator(".header__action.is-call")
    box = call.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    expect(call).to_be_in_viewport()


def the_section_in_view_is_marked(visitor: Visitor) -> None:
    """The menu shows where the reader is."""
    page = visitor.open()
    link = page.locator(".nav__list a[href^='#']").last
    page.locator(link.get_attribute("href") or "").evaluate("e => e.scrollIntoView({block: 'center'})")
    expect(link).to_have_attribute("aria-current", "location")


CHECKS = (
    Check("menu opens on a phone, Escape closes it", MENU, menu_closes_by_escape),
    Check("menu closes after a choice", MENU, menu_closes_after_a_choice),
    Check("menu closes by its button", MENU, menu_closes_by_its_button),
    Check("menu opens without JavaScript", MENU, menu_opens_without_a_script),
    Check("menu is a bar on a desktop", MENU, menu_is_a_bar_on_a_desktop),
    Check("in-page links land below the header", LINKS, links_land_below_the_header),
    Check("the back button leads back", LINKS, back_leads_back),
    Check("the skip link comes first", PAGE, skip_link_comes_first),
    Check("keyboard reaches everything, focus is seen", PAGE, keyboard_reaches_everything),
    Check("nothing scrolls sideways at 320 px", PAGE, nothing_scrolls_sideways),
    Check("the page is whole without JavaScript", PAGE, the_page_is_whole_without_a_script),
    Check("the page is whole without storage", PAGE, the_page_is_whole_without_storage),
    Check(
        "every page opens from the menu and leads home", ".nav__list a[href$='.html']", every_page_leads_home
    ),
    Check("the call is one tap away", ".header__action.is-call", the_call_is_one_tap_away),
    Check("the section in view is marked", "[data-spy]", the_section_in_view_is_marked),
)
