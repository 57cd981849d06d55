"""Drafts become sites: complete, valid, safe, the same each time."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.draft import (
    Behaviour,
    Brief,
    Copy,
    Draft,
    Fact,
    FactKind,
    Page,
    Section,
    Site,
)
from protogen.site import filters, frame
from protogen.site.entries import FormField
from protogen.site.kit import KINDS
from protogen.site.render import render, render_section, visible_text
from protogen.site.styles import stylesheet, tokens_css
from protogen.site.theme import DIRECTIONS, build_theme
from protogen.site.tones import STRONG, choose_tones, composition
from protogen.site.words import Words
from protogen.submission import Submission
from tools.validators import Vnu

EVIL = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
FACTS = (
    Fact(FactKind.PHONE, "+32 9 555 01 23", (0, 0)),
    Fact(FactKind.EMAIL, "hello@canalbikes.example", (0, 0)),
    Fact(FactKind.ADDRESS, "Coupure 12, Ghent", (0, 0)),
)


def section(kind: str, variant: str = "", page: str = "index", name: str = "", **fields: Any) -> Section:
    """A section with its kind's example, changed by `fields`."""
    example = dict(KINDS[kind].example) | fields
    return Section(name or kind, kind, variant or KINDS[kind].variants[0], example, page)


def draft(
    sections: Iterable[Section],
    *,
    language: str = "en",
    direction: str = "craft",
    pages: dict[str, str] | None = None,
    name: str = "Canal Bikes",
    **more: Any,
) -> Draft:
    """A draft that is ready to be rendered."""
    ready = Draft(
        Submission(job_id="job"),
        seed=7,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        expires_at=datetime(2026, 12, 23, tzinfo=UTC),
        project_id="canal-bikes-7k2mq",
        url="http://canal-bikes-7k2mq.localhost:3000/",
        brief=Brief(name=name, trade="bicycle repair", language=language, facts=FACTS),
        page=Page(tuple(sections), pages or {"index": ""}),
        theme=build_theme(direction, ["green"], "auto", "wheel", 7),
        behaviour=Behaviour(()),
        copy=Copy(title=name, description="Bicycle repair in Ghent.", tagline="Mended by tomorrow"),
    )
    return dataclasses.replace(ready, **more)


def every_section(number: int) -> list[Section]:
    """Every kind once, in its variant of this number."""
    return [section(k.name, k.variants[number % len(k.variants)]) for k in KINDS.values()]


def write(site: Site, folder: Path) -> Path:
    """The site's files in a folder."""
    for name, data in site.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def html(site: Site, page: str = "index.html") -> str:
    """The text of a page."""
    return site.files[page].decode()


@pytest.mark.parametrize("number", range(4))
def test_every_variant_of_every_kind_is_valid_by_the_nu_checker(
    number: int, vnu: Vnu, tmp_path: Path
) -> None:
    """HTML and CSS of all that the kit can say pass without one error."""
    direction = list(DIRECTIONS)[number]
    site = render(draft(every_section(number), direction=direction))
    folder = write(site, tmp_path)
    assert not vnu([*folder.glob("*.html"), folder / "styles.css"])


@pytest.mark.parametrize("kind", KINDS)
def test_optional_fields_left_empty_leave_no_hole(kind: str) -> None:
    """No empty element stands where the customer said nothing."""
    required = {
        "hero": {"headline": "Bicycles"},
        "statement": {"text": "We mend."},
        "countdown": {"until": ""},
    }
    for variant in KINDS[kind].variants:
        bare = Section(kind, kind, variant, required.get(kind, {}))
        text = render_section(bare, draft([bare]))
        assert not re.findall(r"<(p|li|h\d|a|figcaption|dt|blockquote)\b[^>]*>\s*</\1>", _without_slots(text))
        assert "None" not in visible_text(text)


def _without_slots(text: str) -> str:
    """Markup without what the behaviours fill: templates and elements for results."""
    text = re.sub(r"<template.*?</template>", "", text, flags=re.DOTALL)
    return re.sub(
        r"<p [^>]*(?:data-(?:said|open-now|count|faults-shown|cart-said)|role=.status)[^>]*></p>", "", text
    )


def test_the_same_draft_gives_the_same_bytes() -> None:
    """A version can be made again, byte for byte."""
    one = draft(every_section(1))
    assert render(one).files == render(one).files


def test_a_page_has_one_h1_and_labels_every_section() -> None:
    """One h1, a heading or a label for each section, and a way to skip the header."""
    text = html(render(draft(every_section(0))))
    assert len(re.findall(r"<h1\b", text)) == 1
    sections = re.findall(r"<section\b[^>]*>", text)
    assert len(sections) == len(KINDS)
    assert all("aria-label" in tag for tag in sections)
    for label in re.findall(r'<section\b[^>]*aria-labelledby="([^"]+)"', text):
        assert f'id="{label}"' in text
    assert 'href="#main"' in text


@pytest.mark.parametrize("first", ["detail", "statement", "profile"])
def test_a_further_page_without_a_hero_has_one_h1_too(first: str) -> None:
    """The first heading or the page's title bears it."""
    sections = [section("hero"), section(first, page="more"), section("faq", page="more")]
    text = html(render(draft(sections, pages={"index": "", "more": "More of it"})), "more.html")
    assert len(re.findall(r"<h1\b", text)) == 1
    assert "<title>More of it · Canal Bikes</title>" in text


def test_nothing_in_a_page_needs_a_loose_policy() -> None:
    """No inline style, script or handler, and nothing loaded from elsewhere."""
    site = render(draft(every_section(0)))
    text = html(site)
    assert not re.search(r"""\sstyle=|\son[a-z]+=|javascript:""", text)
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert scripts == [' src="script.js" defer', ' type="application/ld+json"']
    loads = re.findall(r'(?:src|<link rel="(?:icon|stylesheet)" href)="([^"]+)"', text)
    assert loads
    assert not [load for load in loads if "//" in load]
    assert not re.search(r"@import|url\([\"']?(?:https?:)?//", site.files["styles.css"].decode())


def test_hostile_text_is_only_ever_text() -> None:
    """Markup in the customer's words comes out as letters, in pages, attributes and structured data."""
    facts = (*FACTS, Fact(FactKind.ADDRESS, EVIL, (0, 0)))
    sections = [
        section("hero", headline=EVIL[:80], eyebrow="<b>"),
        section("products", items=[{"id": "a", "name": EVIL[:80], "price": "<i>", "amount": 1.0}]),
        section("poll", options=[EVIL[:80]]),
        section("form", recipient=EVIL[:70]),
    ]
    brief = Brief(name=EVIL, trade="", language="en", facts=facts[3:])
    text = html(render(draft(sections, name=EVIL, brief=brief)))
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert "{{7*7}}" in text
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["name"] == EVIL


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_at_all_keeps_the_markup_whole(heading: str, answer: str) -> None:
    """Whatever is written, the section stays one section and the words stay the words."""
    one = Section(
        "faq", "faq", "list", {"heading": heading, "items": [{"question": "Why?", "answer": answer}]}
    )
    text = render_section(one, draft([one]))
    assert text.count("<section") == text.count("</section>") == 1
    assert text.count("<details") == 1


def test_structured_data_says_only_what_the_customer_said() -> None:
    """No rating, no price range, no photograph: facts or nothing."""
    text = html(render(draft([section("hero"), section("hours")])))
    data = json.loads(re.findall(r"ld\+json\">(.*?)</script>", text)[0])
    assert data["telephone"] == "+32 9 555 01 23"
    assert data["openingHours"][0] == "Mo 08:00-18:00"
    assert set(data) <= {
        "@context", "@type", "name", "description", "url", "telephone", "email", "address", "openingHours",
    }  # fmt: skip


def test_only_the_used_kinds_and_behaviours_are_shipped() -> None:
    """A page without a cart carries neither its code nor its style."""
    site = render(draft([section("hero"), section("hours")]))
    assert b".cart__line" not in site.files["styles.css"]
    script = site.files["script.js"].decode()
    assert "open-now:" in script
    assert "cart:" not in script
    assert script.count("'use strict'") == script.count("(function () {\n  'use strict'")


def test_behaviours_that_the_stage_chose_and_code_that_the_model_wrote_are_in_the_script() -> None:
    """The behaviour stage adds to what the sections need; names that the kit lacks are passed over."""
    chosen = Behaviour(("spy", "no-such-module"), code="console.info('hello');")
    script = render(draft([section("hero")], behaviour=chosen)).files["script.js"].decode()
    assert "// spy:" in script
    assert script.rstrip().endswith("console.info('hello');")


def test_a_link_to_a_section_of_another_page_names_the_page() -> None:
    """`#booking` on a further page leads back to the index."""
    sections = [
        section("hero", action={"label": "Book", "href": "#form"}, second=None),
        section("form"),
        section("detail", page="more", action={"label": "Book here", "href": "#form"}),
    ]
    text = html(render(draft(sections, pages={"index": "", "more": "More"})), "more.html")
    assert re.search(r'href="index.html#form">\s*<span>Book here', text)
    assert 'aria-current="page">More' in text


def test_a_button_that_would_lead_nowhere_is_left_out() -> None:
    """A dead link is no link."""
    text = html(render(draft([section("hero", action={"label": "Book a repair", "href": "#nowhere"})])))
    assert "Book a repair" not in text


def test_markup_of_the_model_stands_in_the_frame_of_its_section() -> None:
    """The markup rung keeps id, tone and label."""
    own = dataclasses.replace(section("about"), html="<h2>Own words</h2><p>Written whole.</p>")
    text = html(render(draft([section("hero"), own])))
    assert re.search(r'<section class="section section--about[^"]*" id="about"[^>]*aria-label="About"', text)
    assert "<h2>Own words</h2>" in text


def test_a_hero_of_markup_without_an_h1_gets_one_above_it() -> None:
    """The page still has its one h1."""
    own = dataclasses.replace(section("hero"), html="<h2>Hello</h2>")
    assert len(re.findall(r"<h1\b", html(render(draft([own]))))) == 1


def test_the_interface_is_in_the_language_of_the_page() -> None:
    """A Czech page has Czech buttons and a Czech note of its end."""
    text = html(render(draft([section("hero"), section("form")], language="cs")))
    assert '<html lang="cs" dir="ltr">' in text
    assert "Zůstane dostupný do" in text
    assert "23. prosince 2026" in text
    assert "Skip to content" not in text


def test_a_page_from_right_to_left_says_so() -> None:
    """Arabic: direction of the page, English words of the kit marked as such."""
    text = html(render(draft([section("hero")], language="ar")))
    assert '<html lang="ar" dir="rtl">' in text
    assert '<p class="footer__note" lang="en">' in text


def test_a_form_works_without_a_script_and_sends_nothing() -> None:
    """No control has a name, so that nothing is sent; the target of the form is the honest answer."""
    text = render_section(section("form"), draft([section("form")]))
    assert not re.search(r'<(?:input|select|textarea)\b[^>]*\sname="', text)
    assert 'action="#form-answer"' in text
    assert 'id="form-answer"' in text
    assert "nothing was sent" in text
    assert re.search(
        r'<input id="form-email" type="email" autocomplete="email" inputmode="email" required', text
    )


def test_an_empty_poll_says_that_it_is_empty() -> None:
    """No invented entries, ever."""
    empty = section("poll", options=[])
    text = render_section(empty, draft([empty]))
    assert "Nothing has been suggested yet." in visible_text(text)
    assert "data-choice=" not in text


def test_a_draft_that_is_not_ready_is_refused() -> None:
    """Rendering needs brief, page and theme."""
    with pytest.raises(ValueError, match="brief, page and theme"):
        render(draft([section("hero")], theme=None))


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=14), st.integers(0, 2**32))
def test_no_band_repeats_its_neighbour(kinds: list[str], seed: int) -> None:
    """Tone and composition never stand twice in a row, no strong band beside another, one accent at most."""
    sections = [
        section(k, KINDS[k].variants[seed % len(KINDS[k].variants)], name=f"s{n}")
        for n, k in enumerate(kinds)
    ]
    tones = choose_tones(sections, seed)
    assert len(tones) == len(sections) + 1
    for (one, tone), (other, next_tone) in zip(
        zip(sections, tones, strict=False), zip(sections[1:], tones[1:], strict=False), strict=False
    ):
        assert (composition(one), tone) != (composition(other), next_tone)
    assert not [pair for pair in itertools.pairwise(tones) if set(pair) <= set(STRONG)]
    assert tones[:-1].count("accent") <= 1


@pytest.mark.parametrize("number", range(1, 25))
def test_no_grid_of_three_ends_in_one_lonely_item(number: int) -> None:
    """The first item widens so that every row is full."""
    items = [
        KINDS["services"].fields.model_validate({"items": [{"name": "a", "text": "b"}]}).items[0]
    ] * number
    classes = filters.shape(items)
    columns = int(re.findall(r"cols-(\d)", classes)[0])
    first = int((re.findall(r"first-(\d)", classes) or ["1"])[0])
    assert (number - 1 + first) % columns == 0


def test_fields_of_a_form_fill_their_rows() -> None:
    """A short field that would stand alone in a row of two takes the row."""
    names = [
        FormField(name=n, label=n, type=t)
        for n, t in [("a", "text"), ("b", "text"), ("c", "date"), ("d", "textarea")]
    ]
    assert filters.wide(names) == {"c", "d"}


@pytest.mark.parametrize(
    ("contact", "href"),
    [
        ("+420 541 222 333", "tel:+420541222333"),
        ("0113 (0)496-0172", "tel:01134960172"),
        ("hello@fernflour.example", "mailto:hello@fernflour.example"),
        ("@ravi_gadgets", ""),
        ("javascript:alert(1)", ""),
        ("a@b.example?bcc=c@d.example", ""),
    ],
)
def test_contacts_link_by_what_they_are(contact: str, href: str) -> None:
    """A number calls, an address writes, anything else is text."""
    assert frame.contact_href(contact) == href


def test_navigation_keeps_to_what_the_bar_can_hold() -> None:
    """Few links, in the order of the page, none twice, none for the button's own target."""
    sections = [
        section("hero"),
        *(section(k) for k in ("services", "areas", "gallery", "form", "faq", "contact", "hours")),
    ]
    one = draft(sections, name="Hargreaves Plumbing & Heating of Leeds")
    assert one.page is not None
    button = frame.Link("Call +44 113 496 0172", "#form")
    links = frame.navigation(
        one.page, "index", Words("en"), frame.Links(one.page), button, "A very long name indeed"
    )
    assert 2 <= len(links) <= frame.MOST_LINKS
    assert "#form" not in [link.href for link in links]
    assert sum(len(link.label) for link in links) <= frame.BAR
    order = [f"#{s.id}" for s in sections]
    assert [link.href for link in links] == sorted((link.href for link in links), key=order.index)


def test_tokens_cannot_leave_their_declaration() -> None:
    """A value that could end its rule, or load something, is not printed."""
    theme = dataclasses.replace(
        build_theme("craft", [], "light", "wheel", 1),
        tokens={
            "--accent": "red",
            "--a": "red} body{display:none",
            "--b": "url(//evil.example)",
            "x": "1",
            "--c": "a;b",
        },
    )
    css = tokens_css(theme)
    assert "--accent: red;" in css
    assert not re.search(r"display:none|evil|--a:|--c:|\bx:", css)


def test_rules_that_the_model_wrote_stand_in_the_theme_layer() -> None:
    """They win over the kit's sections and lose to its utilities."""
    theme = dataclasses.replace(build_theme("craft", [], "light", "wheel", 1), css=".card { padding: 0; }")
    css = stylesheet(theme, ["hero"], "")
    assert re.search(r"@layer theme \{\n\.card \{ padding: 0; \}\n\}", css)
    assert css.startswith("@layer reset, base, layout, sections, theme, utilities;")


def test_visible_text_leaves_out_what_nobody_sees() -> None:
    """Scripts, drawings and templates are no words."""
    unseen = (
        "<script>x</script><svg><text>y</text></svg><template>z</template><noscript>n</noscript><!-- c -->"
    )
    assert visible_text(f"<p>One &amp; <b>two</b></p>{unseen}<p>three</p>") == "One & two three"
