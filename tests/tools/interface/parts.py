"""What visitors do with the parts that move: clocks, pictures, answers, tabs, the clipboard, the colours."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from playwright.sync_api import Page, expect

from tools.interface.visitor import Check, Visitor

COUNTDOWN = "[data-countdown]"
HOURS = "[data-hours]:not([data-spans='[]'])"
LIGHTBOX = "[data-lightbox] [data-open]"
ANSWERS = "[data-accordion] details"
COPY = "[data-copy]"
TOGGLE = "[data-theme-toggle]"
TABS = "[data-tabs]"
_MONDAY = datetime(2026, 11, 23)


def _seconds_left(page: Page) -> int:
    names = ("days", "hours", "minutes", "seconds")
    days, hours, minutes, seconds = (int(page.locator(f"[data-unit={name}]").inner_text()) for name in names)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _end(page: Page) -> datetime:
    until = date.fromisoformat(page.locator(COUNTDOWN).get_attribute("data-countdown") or "")
    return datetime.combine(until + timedelta(1), datetime.min.time())


def countdown_counts(visitor: Visitor) -> None:
    """To the end of the day, a second at a time."""
    end = _end(visitor.open())
    page = visitor.open(at=end - timedelta(days=3, hours=2))
    assert _seconds_left(page) == (3 * 24 + 2) * 3600
    page.clock.run_for(65_000)
    assert _seconds_left(page) == (3 * 24 + 2) * 3600 - 65


def countdown_ends(visitor: Visitor) -> None:
    """The clock goes and a word says that the time is up."""
    end = _end(visitor.open())
    page = visitor.open(at=end - timedelta(seconds=2))
    assert _seconds_left(page) == 2
    page.clock.run_for(4_000)
    expect(page.locator("[data-clock]")).to_be_hidden()
    over = page.locator("[data-until]")
    expect(over).to_have_text(over.get_attribute("data-over") or "")


def countdown_without_a_script(visitor: Visitor) -> None:
    """The day itself is there, and no clock that stands still."""
    page = visitor.open(scripts=False)
    expect(page.locator("[data-until] time")).to_be_visible()
    expect(page.locator("[data-clock]")).to_be_hidden()


def _spans(visitor: Visitor) -> list[tuple[datetime, datetime]]:
    raw = visitor.open().locator(HOURS).first.get_attribute("data-spans") or "[]"
    spans = []
    for day, opens, closes in json.loads(raw):
        hours, minutes = map(int, opens.split(":"))
        begin = _MONDAY + timedelta(days=day, hours=hours, minutes=minutes)
        hours, minutes = map(int, closes.split(":"))
        end = _MONDAY + timedelta(days=day, hours=hours, minutes=minutes)
        spans.append((begin, end if end > begin else end + timedelta(days=1)))
    return sorted(spans)


def open_within_hours(visitor: Visitor) -> None:
    """A minute after opening it is open, and today's row is marked."""
    begin, end = _spans(visitor)[0]
    page = visitor.open(at=begin + timedelta(minutes=1))
    note = page.locator("[data-open-now]")
    expect(note).to_have_class("hours__now is-open")
    expect(note).to_contain_text(f"{end.hour % 24}:{end.minute:02}")
    expect(page.locator("tr.is-today")).to_have_count(1)


def closed_outside_hours(visitor: Visitor) -> None:
    """Before opening it is closed and says when it opens; the minute it opens, it turns."""
    begin, _ = _spans(visitor)[0]
    page = visitor.open(at=begin - timedelta(minutes=1))
    note = page.locator("[data-open-now]")
    expect(note).to_have_class("hours__now")
    expect(note).to_contain_text(f"{begin.hour}:{begin.minute:02}")
    page.clock.run_for(61_000)
    expect(note).to_have_class("hours__now is-open")


def closed_at_the_stroke(visitor: Visitor) -> None:
    """At closing time it is closed, and the next opening is named with its day."""
    spans = _spans(visitor)
    _, end = spans[-1]
    page = visitor.open(at=end)
    note = page.locator("[data-open-now]")
    expect(note).to_have_class("hours__now")
    first = spans[0][0]
    expect(note).to_contain_text(f"{first.hour}:{first.minute:02}")


def lightbox_opens_and_closes(visitor: Visitor) -> None:
    """A picture opens large by Enter, Escape closes it, the focus is where it was."""
    page = visitor.open()
    opener = page.locator(LIGHTBOX).first
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("[data-lightbox-dialog]").first
    expect(dialog).to_be_visible()
    box = dialog.locator("figure").bounding_box()
    assert box
    assert box["width"] > 300
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def lightbox_goes_on(visitor: Visitor) -> None:
    """Arrow keys and buttons lead to the next picture and back to the first."""
    page = visitor.open()
    openers = page.locator(LIGHTBOX)
    openers.first.click()
    shown = page.locator("[data-lightbox-body]").first
    first = shown.inner_html()
    page.keyboard.press("ArrowRight")
    if openers.count() > 1:
        assert shown.inner_html() != first
    page.locator("[data-previous]").first.click()
    assert shown.inner_html() == first


def lightbox_keeps_the_focus(visitor: Visitor) -> None:
    """Tab stays inside while the picture is open."""
    page = visitor.open()
    page.locator(LIGHTBOX).first.click()
    inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog[open]')"
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)


def lightbox_closes_beside_the_picture(visitor: Visitor) -> None:
    """A click on the dark around it closes it."""
    page = visitor.open()
    page.locator(LIGHTBOX).first.click()
    dialog = page.locator("[data-lightbox-dialog]").first
    expect(dialog).to_be_visible()
    page.mouse.click(3, 3)
    expect(dialog).to_be_hidden()


def answers_open_by_keyboard(visitor: Visitor) -> None:
    """Enter opens, Space closes."""
    page = visitor.open()
    answer = page.locator(ANSWERS).first
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(answer.locator("p")).to_be_visible()
    page.keyboard.press("Space")
    expect(answer.locator("p")).to_be_hidden()


def a_link_opens_its_answer(visitor: Visitor) -> None:
    """Who is sent to an answer sees it."""
    page = visitor.open()
    answer = page.locator(ANSWERS).last
    page.goto(f"{page.url.partition('#')[0]}#{answer.get_attribute('id')}")
    expect(answer.locator("p")).to_be_visible()


def answers_open_without_a_script(visitor: Visitor) -> None:
    """Questions and answers need no JavaScript."""
    page = visitor.open(scripts=False)
    answer = page.locator(ANSWERS).first
    answer.locator("summary").click()
    expect(answer.locator("p")).to_be_visible()


def copy_copies(visitor: Visitor) -> None:
    """The contact is on the clipboard and the button says so."""
    page = visitor.open()
    button = page.locator(COPY).first
    button.click()
    expect(button).to_contain_text(button.get_attribute("data-done") or "")
    assert page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")


def copy_without_permission_marks(visitor: Visitor) -> None:
    """Where the browser refuses, the contact is marked, ready to be copied by hand."""
    page = visitor.open()
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied')); }"
    )
    button = page.locator(COPY).first
    button.click()
    expect(button).to_contain_text(button.get_attribute("data-marked") or "")
    marked = page.evaluate("String(getSelection())")
    assert marked.strip() == button.get_attribute("data-copy")


def _ground(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def _turned(page: Page, before: str) -> str:
    """The ground once it is another one than `before`: colours may take a moment to turn."""
    page.wait_for_function("before => getComputedStyle(document.body).backgroundColor !== before", arg=before)
    page.wait_for_function("() => !document.getAnimations().some(one => one.playState === 'running')")
    return _ground(page)


def colours_turn_and_stay(visitor: Visitor) -> None:
    """The button turns the colours, says which are on, and a reload keeps them."""
    page = visitor.open()
    light = _ground(page)
    page.locator(TOGGLE).click()
    dark = _turned(page, light)
    expect(page.locator(TOGGLE)).to_have_attribute("aria-pressed", "true")
    page.reload()
    assert light != dark == _ground(page)


def colours_turn_without_storage(visitor: Visitor) -> None:
    """Where the browser keeps nothing they turn for as long as the page is open."""
    page = visitor.open(storage=False)
    light = _ground(page)
    page.locator(TOGGLE).click()
    assert _turned(page, light) != light


def tabs_by_click_and_key(visitor: Visitor) -> None:
    """One panel at a time; arrow keys, Home and End lead on."""
    page = visitor.open()
    tabs, panels = page.locator(f"{TABS} [role=tab]"), page.locator(f"{TABS} [role=tabpanel]")
    tabs.nth(1).click()
    expect(panels.nth(1)).to_be_visible()
    expect(panels.nth(0)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(2)).to_be_focused()
    expect(panels.nth(2)).to_be_visible()
    page.keyboard.press("Home")
    expect(panels.nth(0)).to_be_visible()
    page.keyboard.press("Tab")
    expect(panels.nth(0)).to_be_focused()


def tabs_without_a_script(visitor: Visitor) -> None:
    """Every panel is there."""
    page = visitor.open(scripts=False)
    for panel in page.locator(f"{TABS} [data-panel]").all():
        expect(panel).to_be_visible()


CHECKS = (
    Check("countdown counts down", COUNTDOWN, countdown_counts),
    Check("countdown ends with a word", COUNTDOWN, countdown_ends),
    Check("countdown names its day without JavaScript", COUNTDOWN, countdown_without_a_script),
    Check("open-now: open within hours", HOURS, open_within_hours),
    Check("open-now: closed before, turns at opening", HOURS, closed_outside_hours),
    Check("open-now: closed at closing time, names the next day", HOURS, closed_at_the_stroke),
    Check("lightbox opens, Escape closes, focus returns", LIGHTBOX, lightbox_opens_and_closes),
    Check("lightbox goes on and back", LIGHTBOX, lightbox_goes_on),
    Check("lightbox keeps the focus", LIGHTBOX, lightbox_keeps_the_focus),
    Check("lightbox closes by a click beside it", LIGHTBOX, lightbox_closes_beside_the_picture),
    Check("answers open by keyboard", ANSWERS, answers_open_by_keyboard),
    Check("a link opens its answer", ANSWERS, a_link_opens_its_answer),
    Check("answers open without JavaScript", ANSWERS, answers_open_without_a_script),
    Check("copy puts the contact on the clipboard", COPY, copy_copies),
    Check("copy without permission marks the contact", COPY, copy_without_permission_marks),
    Check("theme toggle turns and remembers", TOGGLE, colours_turn_and_stay),
    Check("theme toggle works without storage", TOGGLE, colours_turn_without_storage),
    Check("tabs by click and by arrow keys", TABS, tabs_by_click_and_key),
    Check("tabs show everything without JavaScript", TABS, tabs_without_a_script),
)
