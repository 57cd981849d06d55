"""What visitors do with forms and polls: forget a field, mistype an address, ask, vote, suggest."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Locator, Page, expect

from tools.interface.visitor import Check, Visitor

FORM = "[data-form]"
CONTACTS = f"{FORM} :is(input[type=email], input[type=tel])"
SUGGEST = "[data-suggest]"
_EVIL = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"


def _form(page: Page) -> Locator:
    return page.locator(FORM).first


def _answer(page: Page) -> Locator:
    return page.locator(_form(page).get_attribute("action") or "")


def _fill(page: Page, email: str = "ada@post.example", words: str = "Ada Lovelace") -> None:
    values = {
        "email": email, "tel": "+420 541 222 333", "date": (date.today() + timedelta(40)).isoformat(),
        "time": "14:30", "number": "2",
    }  # fmt: skip
    for control in _form(page).locator("input, textarea, select").all():
        kind = control.get_attribute("type") or ""
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(index=1)
        elif kind == "checkbox":
            control.check()
        else:
            control.fill(values.get(kind, words))


def _send(page: Page) -> None:
    _form(page).locator("button[type=submit]").click()


def form_refuses_what_is_empty(visitor: Visitor) -> None:
    """Each empty field that is needed is named; the first has the focus."""
    page = visitor.open()
    _send(page)
    needed = _form(page).locator("[required]")
    expect(needed.first).to_be_focused()
    assert _form(page).locator(".field__fault").count() == needed.count() > 0
    expect(_form(page).locator("[data-faults-shown]")).to_be_visible()
    expect(_answer(page)).to_be_hidden()


def form_refuses_a_bad_address(visitor: Visitor) -> None:
    """A mistyped address is found before anybody waits for an answer."""
    page = visitor.open()
    for wrong in ("ada", "ada@post", "ada@post..example "):
        _fill(page, wrong)
        _send(page)
        expect(_form(page).locator("input[type=email]")).to_be_focused()
        expect(_answer(page)).to_be_hidden()


def form_forgives_while_typing(visitor: Visitor) -> None:
    """A fault goes as soon as it is mended."""
    page = visitor.open()
    _send(page)
    first = _form(page).locator("input[required]").first
    expect(first).to_have_attribute("aria-invalid", "true")
    first.press_sequentially("Ada")
    if first.get_attribute("type") == "text":
        expect(first).not_to_have_attribute("aria-invalid", "true")


def form_answers_honestly(visitor: Visitor) -> None:
    """Nothing was sent, nothing leaves the page, and the words are shown as they would go."""
    page = visitor.open()
    _fill(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _send(page)
    answer = _answer(page)
    expect(answer).to_be_visible()
    expect(answer).to_be_focused()
    expect(answer.locator(".answer__title")).to_be_visible()
    expect(answer.locator("[data-summary]")).to_contain_text("Ada Lovelace")
    assert not asked


def form_names_the_recipient(visitor: Visitor) -> None:
    """To whom it would go stands in the answer."""
    page = visitor.open()
    _fill(page)
    _send(page)
    expect(_answer(page)).to_contain_text(_form(page).get_attribute("data-recipient") or "")


def form_offers_the_mail(visitor: Visitor) -> None:
    """The same words as an e-mail, ready to be sent by the visitor."""
    page = visitor.open()
    _fill(page)
    _send(page)
    link = _answer(page).locator("[data-mail]")
    expect(link).to_be_visible()
    href = link.get_attribute("href") or ""
    assert href.startswith(f"mailto:{_form(page).get_attribute('data-recipient')}?subject=")
    assert "Ada%20Lovelace" in href


def form_never_runs_what_is_written(visitor: Visitor) -> None:
    """Markup in a field comes back as letters."""
    page = visitor.open()
    _fill(page, words=_EVIL)
    _send(page)
    expect(_answer(page)).to_contain_text("onerror")
    assert _answer(page).locator("img, b").count() == 0
    assert page.title() != "taken"


def form_answers_without_a_script(visitor: Visitor) -> None:
    """The browser checks, sends no word, and shows the answer."""
    page = visitor.open(scripts=False)
    _fill(page)
    _send(page)
    expect(_answer(page)).to_be_visible()
    assert "?" not in page.url.removesuffix("?").partition("#")[0].removesuffix("?")
    assert "Ada" not in page.url


def form_can_be_filled_by_keyboard(visitor: Visitor) -> None:
    """Tab goes through the fields in their order and Enter sends."""
    page = visitor.open()
    controls = _form(page).locator("input, textarea, select").all()
    controls[0].focus()
    for control in controls[1:]:
        for _ in range(8):  # a date or a time has several places of its own
            page.keyboard.press("Tab")
            if control.evaluate("e => e === document.activeElement"):
                break
        expect(control).to_be_focused()
    controls[0].focus()
    page.keyboard.press("Enter")
    expect(_form(page).locator("[aria-invalid=true]").first).to_be_focused()


def dates_are_native_and_not_past(visitor: Visitor) -> None:
    """The browser's own calendar; yesterday is refused."""
    page = visitor.open()
    _fill(page)
    field = _form(page).locator("input[type=date]").first
    field.fill((date.today() - timedelta(2)).isoformat())
    _send(page)
    expect(field).to_be_focused()
    expect(_answer(page)).to_be_hidden()


def fields_call_the_right_keyboard(visitor: Visitor) -> None:
    """E-mail and phone have their keyboard and are filled in by the browser."""
    page = visitor.open()
    for kind, token in (("email", "email"), ("tel", "tel")):
        for control in page.locator(f"{FORM} input[type={kind}]").all():
            expect(control).to_have_attribute("autocomplete", token)
            expect(control).to_have_attribute("inputmode", kind)
    assert page.locator(CONTACTS).count()


def _suggest(page: Page, name: str, reason: str = "") -> None:
    fields = page.locator(f"{SUGGEST} input")
    fields.nth(0).fill(name)
    fields.nth(1).fill(reason)
    page.locator(f"{SUGGEST} button").click()


def _choices(page: Page) -> list[str]:
    return page.locator("[data-results] .choice__name").all_inner_texts()


def _votes(page: Page) -> list[int]:
    return [int(number) for number in page.locator("[data-results] .choice__votes").all_inner_texts()]


def a_suggestion_is_added(visitor: Visitor) -> None:
    """Name and reason stand in the list, with the first vote; the form is empty again."""
    page = visitor.open()
    before = len(_choices(page))
    _suggest(page, "Lighthouse", "Clear nights")
    assert len(_choices(page)) == before + 1
    expect(page.locator("[data-results]")).to_contain_text("Clear nights")
    assert _votes(page)[_choices(page).index("Lighthouse")] == 1
    expect(page.locator(f"{SUGGEST} input").first).to_have_value("")


def a_suggestion_cannot_inject(visitor: Visitor) -> None:
    """Markup in a suggestion is letters, also after a reload."""
    page = visitor.open()
    _suggest(page, _EVIL, _EVIL)
    page.reload()
    assert _EVIL in _choices(page)
    assert page.locator("[data-results] :is(img, b, script)").count() == 0
    assert page.title() != "taken"


def an_empty_or_doubled_suggestion_is_refused(visitor: Visitor) -> None:
    """The fault stands beside the field, which has the focus."""
    page = visitor.open()
    _suggest(page, "Lighthouse")
    number = len(_choices(page))
    for name in ("  ", "LIGHTHOUSE"):
        _suggest(page, name)
        field = page.locator(f"{SUGGEST} input").first
        expect(field).to_be_focused()
        expect(page.locator(f"{SUGGEST} .field__fault")).to_be_visible()
    assert len(_choices(page)) == number


def a_vote_counts_once(visitor: Visitor) -> None:
    """A second press takes it back; a reload gives no second vote."""
    page = visitor.open()
    _suggest(page, "Lighthouse")
    vote = page.locator("[data-results] .choice__vote").first
    expect(vote).to_have_attribute("aria-pressed", "true")
    page.reload()
    vote.click()
    assert sum(_votes(page)) == 0
    vote.click()
    assert sum(_votes(page)) == 1
    page.reload()
    expect(vote).to_have_attribute("aria-pressed", "true")
    assert sum(_votes(page)) == 1


def results_are_sorted_bars(visitor: Visitor) -> None:
    """Most votes first, the longest bar with them."""
    page = visitor.open()
    for name in ("Lighthouse", "Vineyard"):
        _suggest(page, name)
    page.locator("[data-results] > li", has_text="Lighthouse").locator(".choice__vote").click()
    votes = _votes(page)
    assert votes == sorted(votes, reverse=True)
    bars = page.locator(".choice__fill").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > bars[-1] == 0


def votes_work_without_storage(visitor: Visitor) -> None:
    """Where the browser keeps nothing the vote lives as long as the page."""
    page = visitor.open(storage=False)
    _suggest(page, "Lighthouse")
    assert _votes(page)[0] == 1


def voting_works_by_keyboard(visitor: Visitor) -> None:
    """Space votes, and the focus stays with the choice as it moves."""
    page = visitor.open()
    for name in ("Lighthouse", "Vineyard"):
        _suggest(page, name)
    last = page.locator("[data-results] > li").last
    name = last.locator(".choice__name").inner_text()
    last.locator(".choice__vote").focus()
    page.keyboard.press("Space")
    row = page.locator("[data-results] > li", has_text=name)
    expect(row.locator(".choice__vote")).to_be_focused()


CHECKS = (
    Check("form refuses what is empty and focuses it", FORM, form_refuses_what_is_empty),
    Check("form refuses a bad e-mail and focuses it", f"{FORM} input[type=email]", form_refuses_a_bad_address),
    Check("form forgives a fault while typing", FORM, form_forgives_while_typing),
    Check("form answers honestly and sends nothing", FORM, form_answers_honestly),
    Check("form names the recipient", f"{FORM}:not([data-recipient=''])", form_names_the_recipient),
    Check("form offers the words as an e-mail", "[data-form] ~ [data-answer] [data-mail]", form_offers_the_mail),
    Check("form never runs what is written", FORM, form_never_runs_what_is_written),
    Check("form answers without JavaScript", FORM, form_answers_without_a_script),
    Check("form is filled by keyboard alone", FORM, form_can_be_filled_by_keyboard),
    Check("dates are native and never past", f"{FORM} input[type=date]", dates_are_native_and_not_past),
    Check("fields call the right keyboard", CONTACTS, fields_call_the_right_keyboard),
    Check("a suggestion is added", SUGGEST, a_suggestion_is_added),
    Check("a suggestion cannot inject HTML", SUGGEST, a_suggestion_cannot_inject),
    Check("an empty or doubled suggestion is refused", SUGGEST, an_empty_or_doubled_suggestion_is_refused),
    Check("a vote counts once", SUGGEST, a_vote_counts_once),
    Check("results are bars, most votes first", SUGGEST, results_are_sorted_bars),
    Check("voting works without storage", SUGGEST, votes_work_without_storage),
    Check("voting works by keyboard", SUGGEST, voting_works_by_keyboard),
)  # fmt: skip
