"""What a notice says, in the customer's language: Jinja templates, and gettext catalogues for their words.

A template's first line is the title. Nothing in it is a customer's text: only addresses, dates and numbers are put in.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH = "en"
LOCALE = Path(__file__).parent / "locale"


class Wording(NamedTuple):
    """A notice as a person reads it; the title is one line."""

    title: str
    text: str


def wording(kind: str, language: str, **values: object) -> Wording:
    """The notice of that kind in a language (ISO 639-1), in English where there is no catalogue."""
    environment = _environment(language if language in languages() else ENGLISH)
    title, _, text = environment.get_template(f"{kind}.txt.j2").render(values).partition("\n")
    return Wording(title.strip(), text.strip())


@cache
def languages() -> frozenset[str]:
    """Languages that notices are written in."""
    return frozenset(path.stem for path in LOCALE.glob("*.po")) | {ENGLISH}


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("protogen.hooks"),
        autoescape=False,  # plain text; the services escape what they put into their markup
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(_catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (LOCALE / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
