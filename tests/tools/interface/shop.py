"""What visitors do in a shop: search, sort, fill a cart, order."""

from __future__ import annotations

from babel.numbers import format_decimal
from playwright.sync_api import Locator, Page, expect

from tools.interface.visitor import Check, Visitor

SHELF = "[data-list] [data-toolbar]"
CART = "[data-add]"
CHECKOUT = "[data-checkout]"


def _names(page: Page) -> list[str]:
    shown = page.locator("[data-items] > :not([hidden])")
    return [name or "" for name in (item.get_attribute("data-name") for item in shown.all())]


def _amounts(page: Page) -> list[float]:
    shown = page.locator("[data-items] > [data-amount]:not([hidden])")
    return [float(item.get_attribute("data-amount") or 0) for item in shown.all()]


def _put(page: Page, number: int) -> list[float]:
    """The first products go into the cart; their prices."""
    items = page.locator("[data-items] > [data-amount]")
    for at in range(number):
        items.nth(at).locator("[data-add]").click()
    return _amounts(page)[:number]


def _sum(page: Page) -> str:
    return page.locator("[data-cart-sum]").last.inner_text().replace("\u202f", "\u00a0")


def _money(page: Page, amount: float) -> str:
    """The amount as the page's language writes it, with the sign of the shop's own prices."""
    language = page.locator("html").get_attribute("lang") or "en"
    pattern = "#,##0" if amount == int(amount) else "#,##0.00"
    number = format_decimal(amount, pattern, locale=language.replace("-", "_"))
    like = page.locator("[data-items] > [data-amount]").first.get_attribute("data-money") or ""
    return like.replace("{n}", number).replace("\u202f", "\u00a0")


def search_narrows(visitor: Visitor) -> None:
    """A word of one product leaves that one, and the count says so."""
    page = visitor.open()
    everything = _names(page)
    page.locator("[data-search]").fill(everything[-1])
    assert _names(page) == [everything[-1]]
    assert "1" in page.locator("[data-count]").inner_text()


def search_ignores_case_and_accents(visitor: Visitor) -> None:
    """Capitals and accents do not matter."""
    page = visitor.open()
    name = _names(page)[0]
    shouted = name.upper().replace("A", "Á").replace("E", "É").replace("O", "Ó")
    page.locator("[data-search]").fill(shouted)
    assert name in _names(page)


def nothing_found_is_said(visitor: Visitor) -> None:
    """An empty shelf explains itself."""
    page = visitor.open()
    page.locator("[data-search]").fill("zeppelin qqq")
    assert _names(page) == []
    expect(page.locator("[data-none]")).to_be_visible()


def an_emptied_search_shows_all(visitor: Visitor) -> None:
    """What was narrowed comes back, in the order of the page."""
    page = visitor.open()
    everything = _names(page)
    page.locator("[data-search]").fill(everything[0])
    page.locator("[data-search]").fill("")
    assert _names(page) == everything


def sort_rises(visitor: Visitor) -> None:
    """Lowest price first."""
    page = visitor.open()
    page.locator("[data-sort]").select_option("amount")
    amounts = _amounts(page)
    assert amounts == sorted(amounts)
    assert len(amounts) > 1


def sort_falls(visitor: Visitor) -> None:
    """Highest price first."""
    page = visitor.open()
    page.locator("[data-sort]").select_option("-amount")
    amounts = _amounts(page)
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) > 1


def sort_by_name_and_back(visitor: Visitor) -> None:
    """By the alphabet, and as listed again."""
    page = visitor.open()
    listed = _names(page)
    page.locator("[data-sort]").select_option("name")
    assert _names(page) == sorted(listed, key=str.casefold)
    page.locator("[data-sort]").select_option("")
    assert _names(page) == listed


def sort_and_search_combine(visitor: Visitor) -> None:
    """What is searched stays sorted."""
    page = visitor.open()
    page.locator("[data-sort]").select_option("-amount")
    letter = _names(page)[0][0]
    page.locator("[data-search]").fill(letter)
    amounts = _amounts(page)
    assert amounts == sorted(amounts, reverse=True)
    assert all(letter.casefold() in item.inner_text().casefold() for item in _shown(page))


def filter_and_search_combine(visitor: Visitor) -> None:
    """A category and a word: only what fits both."""
    page = visitor.open()
    options = page.locator("[data-filter] option")
    category = options.nth(1).inner_text()
    page.locator("[data-filter]").select_option(category)
    inside = _names(page)
    assert inside
    assert all(item.get_attribute("data-category") == category for item in _shown(page))
    page.locator("[data-search]").fill(inside[0])
    assert _names(page) == [inside[0]]
    other = options.nth(2).inner_text()
    page.locator("[data-filter]").select_option(other)
    assert _names(page) == []


def _shown(page: Page) -> list[Locator]:
    return page.locator("[data-items] > :not([hidden])").all()


def cart_counts(visitor: Visitor) -> None:
    """The header's number is that of the things in the cart."""
    page = visitor.open()
    _put(page, 2)
    _put(page, 1)
    expect(page.locator("[data-cart-count]")).to_have_text("3")


def cart_says_what_was_added(visitor: Visitor) -> None:
    """Somebody who cannot see the number hears the name."""
    page = visitor.open()
    _put(page, 1)
    expect(page.locator("[data-cart-said]").first).to_contain_text(_names(page)[0])


def cart_survives_a_reload(visitor: Visitor) -> None:
    """The cart remembers."""
    page = visitor.open()
    _put(page, 2)
    before = _sum(page)
    page.reload()
    expect(page.locator("[data-cart-count]")).to_have_text("2")
    assert _sum(page) == before


def cart_total_is_right(visitor: Visitor) -> None:
    """The sum of the prices, written as the page's language writes money."""
    page = visitor.open()
    prices = _put(page, 2)
    prices += _put(page, 1)
    assert _sum(page) == _money(page, sum(prices))


def quantity_changes(visitor: Visitor) -> None:
    """One more, one less; the focus stays on the button."""
    page = visitor.open()
    price = _put(page, 1)[0]
    line = page.locator("[data-cart-list]").last.locator("li").first
    more, less = line.locator("[data-step$=':1']"), line.locator("[data-step$=':-1']").first
    if not more.is_visible():
        return  # a shop without a checkout shows the sum alone
    more.click()
    expect(line.locator("output")).to_have_text("2")
    expect(more).to_be_focused()
    assert _sum(page) == _money(page, 2 * price)
    less.click()
    expect(line.locator("output")).to_have_text("1")


def removal_empties(visitor: Visitor) -> None:
    """The last thing taken out leaves an empty cart, and a reload keeps it so."""
    page = visitor.open()
    _put(page, 1)
    page.locator(".cart__remove:visible").last.click()
    expect(page.locator("[data-cart-count]")).to_have_text("0")
    expect(page.locator("[data-cart-empty]").last).to_be_visible()
    page.reload()
    expect(page.locator("[data-cart-count]")).to_have_text("0")


def cart_without_storage(visitor: Visitor) -> None:
    """Where the browser keeps nothing the cart lives as long as the page."""
    page = visitor.open(storage=False)
    prices = _put(page, 2)
    assert _sum(page) == _money(page, sum(prices))


def two_windows_share_a_cart(visitor: Visitor) -> None:
    """What is added in one window stands in the other."""
    page = visitor.open()
    other = page.context.new_page()
    visitor.watch(other)
    other.goto(page.url)
    _put(page, 1)
    expect(other.locator("[data-cart-count]")).to_have_text("1")


def spoilt_storage_is_an_empty_cart(visitor: Visitor) -> None:
    """What another program left under the cart's name breaks nothing."""
    page = visitor.open()
    page.evaluate("localStorage.setItem('cart:' + document.body.dataset.site, '[{\"id\": 7}, null, 3')")
    page.reload()
    expect(page.locator("[data-cart-count]")).to_have_text("0")
    _put(page, 1)
    expect(page.locator("[data-cart-count]")).to_have_text("1")


def detail_opens_and_gives_the_focus_back(visitor: Visitor) -> None:
    """One product by itself, closed by Escape."""
    page = visitor.open()
    opener = page.locator("[data-detail]").first
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("[data-detail-dialog]")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text(_names(page)[0])
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def checkout_refuses_an_empty_name(visitor: Visitor) -> None:
    """The fault stands beside the field and the field has the focus."""
    page = visitor.open()
    _order(page, {})
    name = page.locator(f"{CHECKOUT} [required]").first
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{name.get_attribute('aria-describedby')}")).to_be_visible()
    expect(_answer(page)).to_be_hidden()


def checkout_refuses_a_bad_address(visitor: Visitor) -> None:
    """Neither without an at sign nor without a domain."""
    page = visitor.open()
    for wrong in ("ada", "ada@", "ada@post", "@post.example"):
        _order(page, {"email": wrong})
        expect(page.locator(f"{CHECKOUT} input[type=email]")).to_be_focused()
        expect(_answer(page)).to_be_hidden()


def checkout_refuses_an_empty_cart(visitor: Visitor) -> None:
    """Filled fields alone order nothing."""
    page = visitor.open()
    _order(page, {"email": "ada@post.example"})
    expect(page.locator(f"{CHECKOUT} [data-faults-shown]")).to_be_visible()
    expect(_answer(page)).to_be_hidden()


def checkout_answers_honestly(visitor: Visitor) -> None:
    """What was ordered, the sum, and that nothing was sent."""
    page = visitor.open()
    prices = _put(page, 2)
    _order(page, {"email": "ada@post.example"})
    answer = _answer(page)
    expect(answer).to_be_visible()
    expect(answer).to_be_focused()
    said = answer.inner_text().replace("\u202f", "\u00a0")
    assert _money(page, sum(prices)) in said
    assert page.locator(CHECKOUT).get_attribute("data-recipient") in said


def _answer(page: Page) -> Locator:
    return page.locator(page.locator(CHECKOUT).get_attribute("action") or "")


def _order(page: Page, values: dict[str, str]) -> None:
    form = page.locator(CHECKOUT)
    if values:
        for control in form.locator("input, textarea").all():
            kind = control.get_attribute("type") or "text"
            control.fill(
                values["email"] if kind == "email" else "+420 541 222 333" if kind == "tel" else "Ada"
            )
    form.locator("button[type=submit]").click()


CHECKS = (
    Check("search narrows the list", SHELF, search_narrows),
    Check("search ignores case and accents", SHELF, search_ignores_case_and_accents),
    Check("nothing found is said", SHELF, nothing_found_is_said),
    Check("an emptied search shows all", SHELF, an_emptied_search_shows_all),
    Check("sort by price rises", "[data-sort]", sort_rises),
    Check("sort by price falls", "[data-sort]", sort_falls),
    Check("sort by name, and back as listed", "[data-sort]", sort_by_name_and_back),
    Check("sort and search combine", "[data-sort]", sort_and_search_combine),
    Check("filter and search combine", "[data-filter]", filter_and_search_combine),
    Check("cart counts what is added", CART, cart_counts),
    Check("cart says what was added", CART, cart_says_what_was_added),
    Check("cart survives a reload", CART, cart_survives_a_reload),
    Check("cart total is right in the locale's money", CART, cart_total_is_right),
    Check("quantity goes up and down", CART, quantity_changes),
    Check("removing the last thing empties the cart", CART, removal_empties),
    Check("cart works without storage", CART, cart_without_storage),
    Check("two windows share one cart", CART, two_windows_share_a_cart),
    Check("spoilt storage is an empty cart", CART, spoilt_storage_is_an_empty_cart),
    Check(
        "product detail opens and gives the focus back",
        "[data-detail]",
        detail_opens_and_gives_the_focus_back,
    ),
    Check("checkout refuses an empty name and focuses it", CHECKOUT, checkout_refuses_an_empty_name),
    Check("checkout refuses a bad e-mail and focuses it", CHECKOUT, checkout_refuses_a_bad_address),
    Check("checkout refuses an empty cart", CHECKOUT, checkout_refuses_an_empty_cart),
    Check("checkout answers honestly with order and sum", CHECKOUT, checkout_answers_honestly),
)
