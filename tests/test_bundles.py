"""Rich requests: what was spoken, written in documents and shown in pictures stands on the page where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest

from protogen.checks.gate import check_files
from protogen.config import VoiceSettings
from protogen.draft import Draft
from protogen.hooks import Hook
from protogen.intake import documents, pictures
from protogen.intake.attachments import Request, read_request
from protogen.site.pictures import place
from protogen.site.render import render_section, visible_text
from protogen.submission import Submission
from tools.bundles import BUNDLES, Bundle
from tools.drafts import finished, pages

JOB = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough on a machine that does other things as well."""
    for module in (documents, pictures):
        monkeypatch.setattr(module, "ONE_SECONDS", 100.0)
        monkeypatch.setattr(module, "ALL_SECONDS", 400.0)


def shown_in(made: Draft) -> Mapping[str, str]:
    """The words of each kind of section."""
    assert made.page is not None
    texts: dict[str, str] = {}
    for section in made.page.sections:
        text = visible_text(render_section(section, made)).replace("\u00a0", " ").replace("-", " ")
        texts[section.kind] = f"{texts.get(section.kind, '')} {text}"
    return texts


def pictured_in(made: Draft) -> Iterable[tuple[str, str]]:
    """Each picture with the kind of the section that shows it."""
    assert made.page is not None
    kinds = {(section.page, section.id): section.kind for section in made.page.sections}
    placed = place(made.page.sections, made.pictures.photos)
    for at, photos in placed.sections.items():
        yield from ((photo.slug, kinds[at]) for photo in photos)


def read(bundle: Bundle) -> Request:
    """The bundle as every run begins."""
    asked = Submission(JOB, description=bundle.description, voice=bundle.voice, files=bundle.files)
    return read_request(asked, VoiceSettings(work_seconds=300), Hook())


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_becomes_a_page(name: str) -> None:
    """Each fact in a section where it belongs, each picture too; nothing that was not said; notes on what is broken."""
    bundle = BUNDLES[name]()
    request = read(bundle)
    made = finished(request.submission, pictures=request.pictures)
    assert made.site is not None
    assert check_files(made.site.files) == []
    texts = shown_in(made)
    for fact, kinds in bundle.facts:
        assert any(fact.casefold() in texts.get(kind, "").casefold() for kind in kinds), (fact, texts)
    pictured = dict(pictured_in(made))
    for picture, kinds in bundle.pictures:
        assert pictured.get(picture) in kinds, (picture, pictured)
    for note in bundle.notes:
        assert any(note in each for each in request.submission.notes), request.submission.notes
    assert len(request.submission.notes) <= len(bundle.notes) + len(bundle.voice)  # some is not heard well
    said = set(re.findall(r"\d+", request.submission.description))
    printed = {number for text in texts.values() for number in re.findall(r"\d{2,}", text)}
    assert printed - said <= {number for one in said for number in (one, one.lstrip("0"))}
    assert "SecretCam" not in pages(made)


def test_the_logo_of_the_mixed_bundle_is_the_sites() -> None:
    """Known by its looks, since nobody called it a logo: in the header, and its red in the palette."""
    request = read(BUNDLES["mixed"]())
    assert request.pictures.logo is not None
    assert request.pictures.logo.colours == ("#7a1f12", "#f2a03d")
    html = pages(finished(request.submission, pictures=request.pictures))
    assert "brand__mark--logo" in html
