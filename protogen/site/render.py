"""A finished draft becomes the files of a site: pages, one stylesheet, one script, fonts and pictures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Any

import turbohtml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lucide.jinja import lucide
from markupsafe import Markup

from protogen.draft import Brief, Copy, Draft, Page, Section, Site, Theme
from protogen.site import filters, fonts, frame, head
from protogen.site.directions import DIRECTIONS, Direction
from protogen.site.kit import MODULES, known_variant, modules_for, parse
from protogen.site.paths import TEMPLATES
from protogen.site.pictures import Artist, Placed, place, showing
from protogen.site.styles import stylesheet
from protogen.site.tones import choose_tones
from protogen.site.variants import choose_variants
from protogen.site.words import Words

_PAGE_ART = 100  # pictures a page may use before its numbers meet those of the next


def render(draft: Draft) -> Site:
    """Every file of the site but `metadata.json`; the same draft gives the same bytes.

    Links inside are relative; only the head names `draft.url`, where it is known. Raises ValueError for a
    draft without brief, page or theme, pydantic.ValidationError for fields that do not fit their kind.
    """
    maker = _Maker.of(draft)
    with ThreadPoolExecutor(2, thread_name_prefix="drawing") as drawing:
        # Other processes draw, while this one writes the pages.
        images = [drawing.submit(draw) for draw in (maker.card, maker.icons)]
        texts, font_files = _texts_and_fonts(maker)
        files = (
            {name: text.encode() for name, text in texts.items()}
            | maker.photos()
            | maker.documents()
            | font_files
        )
        for drawn in images:
            files |= drawn.result()
    return Site(maker.title, maker.description, files)


def _texts_and_fonts(maker: _Maker) -> tuple[dict[str, str], dict[str, bytes]]:
    """Pages, stylesheet and script, and the fonts cut to their letters."""
    slugs = list(dict.fromkeys(["index", *maker.page.pages]))
    pages = {frame.page_file(slug): maker.html(slug, number) for number, slug in enumerate(slugs)}
    script = maker.script()
    shown = "".join(pages.values()) + script
    font_files, font_css = fonts.font_files(maker.theme, shown)
    pages = {
        name: head.with_preloads(text, fonts.preloads(maker.theme, visible_text(text)))
        for name, text in pages.items()
    }
    styles = stylesheet(maker.theme, (section.kind for section in maker.page.sections), font_css)
    return {**pages, "styles.css": styles, "script.js": script}, font_files


def render_page(draft: Draft, slug: str = "index") -> str:
    """The HTML of one page of the draft, as `render` has it in its files."""
    maker = _Maker.of(draft)
    return maker.html(slug, list(dict.fromkeys(["index", *maker.page.pages])).index(slug))


def render_section(section: Section, draft: Draft) -> str:
    """The markup of one section as it stands on its page."""
    maker = _Maker.of(draft)
    sections = maker.on_page(section.page)
    tones = choose_tones(sections, draft.seed, maker.look.hero_tone)
    tone = next(
        (tone for tone, other in zip(tones, sections, strict=False) if other.id == section.id), "ground"
    )
    return maker.section(section, tone, 1 if section.kind == "hero" else 2, itertools.count())


def visible_text(html: str) -> str:
    """The words that a reader of `html` sees, single spaces between them."""
    return " ".join(" ".join(_texts(turbohtml.parse(html))).split())


@dataclass(frozen=True, slots=True)
class SectionView:
    """What the template of a section knows of its section (`s`), beside its fields (`f`).

    `level` is the level of its heading, `label` the kit's word for it, `subject` begins a message about it.
    """

    id: str
    kind: str
    variant: str
    tone: str
    level: int
    label: str
    subject: str
    labelled: bool
    classes: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class _Maker:
    """A draft with everything that rendering reads from it."""

    draft: Draft
    brief: Brief
    page: Page
    theme: Theme
    words: Words
    links: frame.Links
    placed: Placed

    @classmethod
    def of(cls, draft: Draft) -> _Maker:
        if draft.brief is None or draft.page is None or draft.theme is None:
            raise ValueError("Only a draft with brief, page and theme can be rendered.")
        words = Words(draft.brief.language)
        sections = choose_variants(draft.page.sections, draft.theme.direction, draft.seed)
        placed = place(sections, draft.pictures.photos)
        page = replace(draft.page, sections=showing(sections, placed))
        return cls(draft, draft.brief, page, draft.theme, words, frame.Links(page), placed)

    @property
    def look(self) -> Direction:
        """The direction's decisions."""
        return DIRECTIONS[self.theme.direction]

    @property
    def copy(self) -> Copy:
        return self.draft.copy or Copy(title=self.brief.name, description="")

    @property
    def name(self) -> str:
        return self.brief.name or self.copy.title

    @property
    def title(self) -> str:
        return self.copy.title or self.name or self.words("Prototype")

    @property
    def description(self) -> str:
        return self.copy.description

    @property
    def modules(self) -> tuple[str, ...]:
        """What the sections need and what the behaviour stage chose beside it, as far as the kit has it."""
        chosen = self.draft.behaviour.modules if self.draft.behaviour else ()
        named = {*modules_for(self.page.sections), *chosen}
        if not self.theme.dark_tokens:
            named.discard("theme-toggle")
        return tuple(module for module in MODULES if module in named)

    def on_page(self, slug: str) -> list[Section]:
        """The sections of one page, in order."""
        return [section for section in self.page.sections if section.page == slug]

    def html(self, slug: str, number: int) -> str:
        """One whole page."""
        sections = self.on_page(slug)
        *tones, footer = choose_tones(sections, self.draft.seed + number, self.look.hero_tone)
        bearer, heading = self._bearer(slug, sections)
        pictures = itertools.count(number * _PAGE_ART)
        rendered = [
            Markup(self.section(section, tone, 1 if at == bearer else 2, pictures))
            for at, (section, tone) in enumerate(zip(sections, tones, strict=True))
        ]
        page = self._head(slug) | {
            "slug": slug,
            "heading": heading,
            "sections": rendered,
            "footer_tone": footer,
            **self._navigation(slug, sections),
        }
        site = {
            "id": self.draft.project_id,
            "name": self.name or self.title,
            "logo": self.draft.pictures.logo,
            "tagline": self.copy.tagline,
            "contact": ()
            if "contact" in (section.kind for section in sections)
            else frame.contact(self.brief),
            "modules": self.modules,
            "expires": self.draft.expires_at.date(),
        }
        text = self._render("base.html.j2", page=page, site=site, theme=self.theme, look=self.look)
        return re.sub(r"\n(?:[ \t]*\n)+", "\n", text)

    def section(self, section: Section, tone: str, level: int, pictures: Iterator[int]) -> str:
        """One section; `pictures` numbers the drawings, so that no two of a page are alike."""
        fields = parse(section.kind, section.fields)
        label = frame.label_of(section, self.words)
        own_heading = section.kind != "statement" and not section.html
        view = SectionView(
            id=section.id,
            kind=section.kind,
            variant=known_variant(section),
            tone=tone,
            level=level,
            label=label,
            subject=" · ".join(filter(None, (self.name, getattr(fields, "heading", "") or label))),
            labelled=own_heading,
            html=Markup(section.html),
        )
        template = "partials/markup.html.j2" if section.html else f"sections/{section.kind}.html.j2"
        link = partial(self.links.resolve, slug=section.page)
        artist = Artist(section, self.placed, pictures, self.theme, self.draft.seed, self.name)
        return self._render(template, s=view, f=fields, art=artist, link=link, day=self._day).strip()

    def script(self) -> str:
        """The behaviours in use, one after another, then what the model wrote beside them."""
        modules = [_module(name) for name in self.modules]
        code = self.draft.behaviour.code.strip() if self.draft.behaviour else ""
        return "\n\n".join(filter(None, (*modules, code))) + "\n"

    def photos(self) -> dict[str, bytes]:
        """The customer's own pictures."""
        logo = self.draft.pictures.logo
        shown = [*self.placed.photos, *([logo.photo] if logo else [])]
        return {each.path: each.data for photo in shown for each in photo.files}

    def documents(self) -> dict[str, bytes]:
        """The customer's documents, where a section offers them."""
        offered = any(section.kind == "download" for section in self.page.sections)
        return {each.path: each.data for each in self.draft.documents} if offered else {}

    def icons(self) -> dict[str, bytes]:
        """The site's icon in every form."""
        return head.icon_files(self.name or self.title, self.theme, self.draft.pictures.logo)

    def card(self) -> dict[str, bytes]:
        """The picture for who shares the address, and the manifest."""
        return head.site_files(self.draft, self.name or self.title, self.copy.tagline, self.words)

    def _bearer(self, slug: str, sections: Sequence[Section]) -> tuple[int, str]:
        """Which section bears the page's only h1, or -1 and the heading that stands above them all."""
        for at, section in enumerate(sections):
            if section.kind == "hero" and (not section.html or "<h1" in section.html):
                return at, ""
        first = sections[0] if sections else None
        if first and first.kind != "statement" and not first.html and slug != "index":
            return 0, ""
        return -1, self.page.pages.get(slug) or self.name or self.title

    def _head(self, slug: str) -> dict[str, Any]:
        own = self.page.pages.get(slug, "") if slug != "index" else ""
        title = f"{own} · {self.name}" if own and self.name else own or self.title
        described = head.description_of(self.on_page(slug)) if slug != "index" else ""
        return head.head(self.draft, self.words, slug, title, described or self.description)

    def _navigation(self, slug: str, sections: Sequence[Section]) -> dict[str, Any]:
        action = frame.header_action(self.page.sections)
        target = self.links.resolve(action["href"], slug) if action else ""
        button = frame.Link(action["label"] if action and target else "", target)
        carts = {section.kind: section for section in self.page.sections if "cart" in modules_for([section])}
        cart = carts.get("checkout") or carts.get("products")
        anchor = (f"#{cart.id}" if cart.kind == "checkout" else f"#{cart.id}-cart") if cart else ""
        if cart and cart.page != slug:
            anchor = f"{frame.page_file(cart.page)}{anchor}"
        return {
            "nav": frame.navigation(self.page, slug, self.words, self.links, button, self.name),
            "action": button if target else None,
            "cart": anchor,
        }

    def _day(self, iso: str) -> str:
        return self.words.format_date(date.fromisoformat(iso))

    def _render(self, template: str, **values: Any) -> str:
        return _environment().get_template(template).render(_=self.words, words=self.words, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters.FILTERS)
    environment.globals["lucide"] = lucide
    return environment


@cache
def _module(name: str) -> str:
    return (TEMPLATES / "behaviours" / f"{name}.js").read_text("utf-8").strip()


_SILENT = frozenset({"script", "style", "template", "title", "svg", "noscript"})


def _texts(page: turbohtml.Node) -> Iterator[str]:
    """Text outside of elements that show none, however deep."""
    waiting = [page]
    while waiting:
        node = waiting.pop()
        if isinstance(node, turbohtml.Text):
            yield node.data
        elif not (isinstance(node, turbohtml.Element) and node.tag in _SILENT):
            waiting += reversed(list(node.children))
