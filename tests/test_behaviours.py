"""The kit's behaviours in Chromium, under the policy that prototypes are served with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from protogen.draft import Behaviour, Brief, Copy, Draft, Section
from protogen.draft import Page as SitePage
from protogen.site.kit import KINDS, MODULES
from protogen.site.render import render
from protogen.site.theme import DIRECTIONS, build_theme
from protogen.submission import Submission
from tools.browser import SiteCheck
from tools.serving import serve_folder
from tools.validators import Axe

Serve = Callable[..., str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which its files are served with the policy."""
    folder = tmp_path_factory.mktemp("sites")
    with serve_folder(folder) as address:
        yield folder, address


@pytest.fixture
def serve(server: tuple[Path, str], request: pytest.FixtureRequest) -> Serve:
    """`serve(section, …)`: the address of a site with these sections."""
    folder, address = server

    def publish(*sections: Section, language: str = "en", direction: str = "craft", **theme: Any) -> str:
        name = str(abs(hash((request.node.name, language, direction))))
        draft = Draft(
            Submission(job_id="job"),
            seed=theme.get("seed", 3),
            created_at=datetime(2026, 11, 23, tzinfo=UTC),
            expires_at=datetime(2026, 12, 23, tzinfo=UTC),
            project_id=name,
            brief=Brief(name="Canal Bikes", trade="", language=language),
            page=SitePage(sections),
            theme=build_theme(direction, [], theme.get("scheme", "auto"), "wheel", 3),
            behaviour=Behaviour(MODULES),
            copy=Copy("Canal Bikes", "Bicycle repair in Ghent."),
        )
        for path, data in render(draft).files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(data)
        return f"{address}/{name}/index.html"

    return publish


def section(kind: str, variant: str = "", **fields: Any) -> Section:
    """A section with its kind's example, changed by `fields`."""
    return Section(kind, kind, variant or KINDS[kind].variants[0], dict(KINDS[kind].example) | fields)


PRODUCTS = [
    {"id": "buds", "name": "Nimbus Buds", "price": "59 €", "amount": 59.0, "category": "Audio"},
    {"id": "speaker", "name": "Orbit Speaker", "price": "89 €", "amount": 89.0, "category": "Audio"},
    {"id": "charger", "name": "Volt Charger", "price": "39 €", "amount": 39.0, "category": "Charging"},
]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_direction_is_clean_on_a_phone(
    direction: str, serve: Serve, page: Page, site_check: SiteCheck, axe: Axe
) -> None:
    """No console error, foreign request, sideways scroll at 360 px or axe violation, light and dark."""
    number = list(DIRECTIONS).index(direction)
    sections = [section(k.name, k.variants[number % len(k.variants)]) for k in KINDS.values()]
    url = serve(*sections, direction=direction)
    assert not site_check(page, url).faults
    assert not axe(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.reload()
    assert not axe(page)


def test_a_long_german_word_stays_on_a_phone(serve: Serve, page: Page, site_check: SiteCheck) -> None:
    """Long words are set smaller rather than cut or scrolled."""
    hero = section("hero", headline="Rechtsschutzversicherungsgesellschaften ohne Kopfschmerzen")
    services = section("services", heading="Datenschutzgrundverordnungsberatung")
    assert not site_check(page, serve(hero, services, language="de", direction="festival")).faults


def test_votes_sort_the_bars_and_each_choice_takes_one_vote(serve: Serve, page: Page) -> None:
    """Suggest, vote once each, see the order; a second press takes the vote back."""
    page.goto(serve(section("hero"), section("poll", options=["Ardennes", "Zeeland"])))
    page.get_by_role("button", name="Vote: Zeeland").click()
    expect(page.locator(".choice__name").first).to_have_text("Zeeland")
    page.locator("#poll-item").fill("Texel")
    page.locator("#poll-reason").fill("Seals")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator(".choice__name")).to_have_text(["Zeeland", "Texel", "Ardennes"])
    expect(page.locator(".choice__votes")).to_have_text(["1", "1", "0"])
    page.get_by_role("button", name="Vote: Zeeland").click()
    expect(page.locator(".choice__votes")).to_have_text(["1", "0", "0"])
    page.reload()
    expect(page.locator(".choice__name").first).to_have_text("Texel")


def test_an_empty_or_doubled_suggestion_is_refused_in_words(serve: Serve, page: Page) -> None:
    """The fault stands beside the field and the field has the focus."""
    page.goto(serve(section("hero"), section("poll", options=["Ardennes"])))
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator("#poll-item-fault")).to_have_text("Please fill this in.")
    page.locator("#poll-item").fill("ardennes")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator("#poll-item-fault")).to_have_text("This is already on the list.")
    expect(page.locator("#poll-item")).to_be_focused()


def test_a_suggestion_is_text_and_never_markup(serve: Serve, page: Page) -> None:
    """What a visitor writes cannot run."""
    page.goto(serve(section("hero"), section("poll", options=[])))
    page.locator("#poll-item").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator(".choice__name")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("[data-empty]")).to_be_hidden()


def test_the_cart_counts_keeps_and_orders(serve: Serve, page: Page) -> None:
    """Quantities, the sum in the customer's own way of writing prices, and an order that says it is none."""
    url = serve(section("hero"), section("products", items=PRODUCTS), section("checkout"))
    page.goto(url)
    for name in ("Nimbus Buds", "Orbit Speaker", "Nimbus Buds"):
        page.get_by_role("button", name=f"Add to cart {name}").click()
    checkout = page.locator("#checkout-cart")
    expect(checkout.locator("[data-cart-sum]")).to_have_text("207 €")
    expect(page.locator("[data-cart-count]")).to_have_text("3")
    page.reload()
    expect(checkout.locator("[data-cart-sum]")).to_have_text("207 €")
    checkout.get_by_role("button", name="−1: Nimbus Buds").click()
    checkout.get_by_role("button", name="Remove: Orbit Speaker").click()
    expect(checkout.locator("[data-cart-sum]")).to_have_text("59 €")
    page.locator("#checkout-name").fill("Ada")
    page.locator("#checkout-email").fill("ada@post.example")
    page.get_by_role("button", name="Place the order").click()
    answer = page.locator("#checkout-answer")
    expect(answer).to_contain_text("nothing was sent")
    expect(answer).to_contain_text("1 × Nimbus Buds")
    expect(answer).to_contain_text("Total")
    expect(answer).to_be_focused()


def test_an_empty_cart_is_no_order(serve: Serve, page: Page) -> None:
    """Filled fields alone order nothing."""
    page.goto(serve(section("hero"), section("products", items=PRODUCTS), section("checkout")))
    page.locator("#checkout-name").fill("Ada")
    page.locator("#checkout-email").fill("ada@post.example")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("alert")).to_have_text("Your cart is empty.")
    expect(page.locator("#checkout-answer")).to_be_hidden()


def test_an_order_of_nothing_is_no_order(serve: Serve, page: Page) -> None:
    """It asks how many, at the first item; with one it names what was ordered, and nothing else."""
    items = [{"name": "Rye loaf", "price": "€ 6"}, {"name": "Bun", "price": "€ 1"}]
    fields = [{"name": "name", "label": "Name", "type": "text", "required": True}]
    page.goto(serve(section("order", items=items, fields=fields, submit="Order now")))
    page.locator("#order-name").fill("Ada")
    amounts = page.locator(".amount input")
    amounts.nth(1).fill("0")
    page.get_by_role("button", name="Order now").click()
    expect(page.get_by_role("alert")).to_have_text("Please say how many you would like.")
    expect(amounts.first).to_be_focused()
    expect(page.locator("#order-answer")).to_be_hidden()
    amounts.first.fill("2")
    expect(page.locator("[data-faults-shown]")).to_be_hidden()
    page.get_by_role("button", name="Order now").click()
    summary = page.locator("#order-answer [data-summary]")
    expect(summary).to_contain_text("Rye loaf")
    expect(summary).not_to_contain_text("Bun")


def test_the_cart_lives_in_memory_where_storage_is_forbidden(serve: Serve, browser: Browser) -> None:
    """In a sandbox without an origin of its own everything but the memory works."""
    url = serve(section("hero"), section("products", items=PRODUCTS), section("checkout"))
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied'); }})"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    page.get_by_role("button", name="Add to cart Orbit Speaker").click()
    expect(page.locator("#checkout-cart [data-cart-sum]")).to_have_text("89 €")
    assert not errors
    context.close()


def test_products_are_searched_filtered_and_sorted(serve: Serve, page: Page) -> None:
    """Each control works on what is there, and nothing found is said."""
    page.goto(serve(section("hero"), section("products", items=PRODUCTS)))
    names = page.locator(".product:not([hidden]) .item__name")
    page.get_by_label("Sort by").select_option("amount")
    expect(names).to_have_text(["Volt Charger", "Nimbus Buds", "Orbit Speaker"])
    page.get_by_label("Category").select_option("Audio")
    expect(names).to_have_text(["Nimbus Buds", "Orbit Speaker"])
    page.get_by_label("Search").fill("ORBÍT")
    expect(names).to_have_text(["Orbit Speaker"])
    expect(page.locator("[data-count]")).to_have_text("Shown: 1")
    page.get_by_label("Search").fill("zeppelin")
    expect(page.locator("[data-none]")).to_be_visible()


def test_a_product_opens_by_itself_and_goes_into_the_cart(serve: Serve, page: Page) -> None:
    """The dialog shows one product and closes by key or by choice."""
    page.goto(serve(section("hero"), section("products", items=PRODUCTS)))
    opener = page.get_by_role("button", name="Details Orbit Speaker")
    opener.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("89 €")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-cart-count]")).to_have_text("1")


def test_a_form_names_its_faults_then_answers_honestly(serve: Serve, page: Page) -> None:
    """Faults beside their fields in the page's language; then: nothing was sent, and to whom it would go."""
    page.goto(serve(section("hero"), section("form"), language="cs"))
    page.locator("#form button[type=submit]").click()
    expect(page.locator("#form-name-fault")).to_have_text("Vyplňte prosím toto pole.")
    expect(page.locator("#form-name")).to_be_focused()
    page.locator("#form-name").fill("Ada")
    page.locator("#form-email").fill("ada@")
    page.locator("#form-message").fill("Píchlá duše")
    page.locator("#form button[type=submit]").click()
    expect(page.locator("#form-email-fault")).to_have_text("Tato e-mailová adresa není úplná.")
    page.locator("#form-email").fill("ada@post.example")
    page.locator("#form button[type=submit]").click()
    answer = page.locator("#form-answer")
    expect(answer).to_contain_text("nic se neodeslalo")
    expect(answer).to_contain_text("hello@canalbikes.example")
    expect(answer).to_contain_text("Píchlá duše")
    assert (answer.locator("[data-mail]").get_attribute("href") or "").startswith(
        "mailto:hello@canalbikes.example?"
    )


def test_without_a_script_a_form_still_says_that_nothing_was_sent(serve: Serve, browser: Browser) -> None:
    """The browser checks what is required, sends no word, and shows the answer."""
    url = serve(section("hero"), section("form"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.locator("#form-name").fill("Ada")
    page.locator("#form-email").fill("ada@post.example")
    page.locator("#form-message").fill("Flat tyre")
    page.locator("#form button[type=submit]").click()
    expect(page.locator("#form-answer")).to_be_visible()
    assert "Ada" not in page.url
    context.close()


def test_without_a_script_the_menu_opens_on_a_phone(serve: Serve, browser: Browser) -> None:
    """Navigation needs no JavaScript."""
    url = serve(section("hero"), section("services"), section("contact"))
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#nav")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#nav").get_by_role("link", name="Services")).to_be_visible()
    context.close()


def test_the_menu_closes_after_a_choice(serve: Serve, page: Page) -> None:
    """A tap on a link leads there and takes the sheet away."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(serve(section("hero"), section("services"), section("contact")))
    page.get_by_role("button", name="Menu").click()
    page.locator("#nav").get_by_role("link", name="Services").click()
    expect(page.locator("#nav")).to_be_hidden()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 23, 9, 30), "Open now, until 18:00"),
        (datetime(2026, 11, 23, 7, 0), "Closed now. Opens at 8:00"),
        (datetime(2026, 11, 27, 19, 0), "Closed now. Opens Monday at 8:00"),
    ],
)
def test_open_now_follows_the_clock(moment: datetime, words: str, serve: Serve, page: Page) -> None:
    """Monday morning, before opening, and Friday night."""
    page.clock.set_fixed_time(moment)
    page.goto(serve(section("hero"), section("hours")))
    expect(page.locator("[data-open-now]")).to_have_text(words)


def test_the_countdown_runs_to_the_end_of_the_day(serve: Serve, page: Page) -> None:
    """Days to midnight after the day, and a word when it is over."""
    url = serve(section("hero"), section("countdown"))
    page.clock.set_fixed_time(datetime(2027, 6, 11, 23, 0))
    page.goto(url)
    expect(page.locator("[data-unit]")).to_have_text(["1", "01", "00", "00"])
    page.clock.set_fixed_time(datetime(2027, 6, 13, 0, 0, 1))
    page.reload()
    expect(page.locator("[data-until]")).to_have_text("The time is up.")


def test_pictures_open_large_and_arrow_keys_go_on(serve: Serve, page: Page) -> None:
    """The lightbox shows the next picture and gives the focus back."""
    page.goto(serve(section("hero"), section("gallery")))
    page.get_by_role("button", name="Enlarge picture 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A touring frame")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("A cargo bicycle")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Enlarge picture 2")).to_be_focused()


def test_dark_colours_are_a_press_away_and_kept(serve: Serve, page: Page) -> None:
    """The toggle turns the scheme and remembers it."""
    page.goto(serve(section("hero"), section("services")))
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark colours").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert light != dark == page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_page_made_only_dark_has_no_toggle(serve: Serve, page: Page) -> None:
    """Where the customer asked for dark there is nothing to turn."""
    page.goto(serve(section("hero"), scheme="dark"))
    expect(page.locator("[data-theme-toggle]")).to_have_count(0)
