"""What a site says of how it was made: everything that is public, and nothing that is not."""

from __future__ import annotations

import dataclasses
import json

import pytest

from protogen.draft import Draft, Section
from protogen.job import Rung, StageTrace
from protogen.llm.writer import Writer
from protogen.pipeline.report import (
    ai_share,
    degraded,
    facts_missing,
    iso,
    metadata,
    page_text,
    record,
    to_json,
)
from protogen.site.kit import KINDS
from tools.drafts import BAKERY, CREATED, finished, submission, writer
from tools.model import answers, by_question, dies, good, status, stub

PUBLIC = {
    "project_id", "title", "description", "language", "technology_stack", "created_at", "expires_at",
    "generation_time", "file_size", "stages", "ai_share", "ai_sections", "degraded", "facts", "checks", "generator",
}  # fmt: skip
STAGE = {"name", "rung", "model", "prompt_tokens", "completion_tokens", "ms", "retries", "reason", "provider"}


@pytest.fixture(scope="module")
def made() -> Draft:
    """The bakery's site, written by the stub; one of its sentences was refused."""
    with stub(by_question(("^Section hero", answers(lead="We have won 12 awards since 1987.")))) as model:
        return finished(BAKERY, writer(model.base_url))


def test_the_public_record_has_exactly_its_keys(made: Draft) -> None:
    """Programs read it: no key more, none less."""
    about = metadata(made, 12.3456)
    assert set(about) == PUBLIC
    assert [set(stage) for stage in about["stages"]] == [STAGE] * 5
    assert set(about["facts"]) == {"kept", "of", "removed"}
    assert about["generation_time"] == 12.346
    assert (about["created_at"], about["expires_at"]) == ("2026-03-02T09:30:00Z", "2026-04-01T09:30:00Z")
    assert about["file_size"] == sum(map(len, made.site.files.values()) if made.site else ())


def test_the_public_record_keeps_what_is_private(made: Draft) -> None:
    """Neither the job, nor the brief, nor what was removed."""
    text = to_json(metadata(made, 1.0)).decode()
    assert made.removed
    assert made.submission.job_id not in text
    assert "awards" not in text
    assert "people nearby" not in text, "the audience is the brief's"
    assert "sign up for the workshop" not in text, "the request is the customer's"


def test_reasons_never_quote_what_was_refused() -> None:
    """A stage's reason is made of codes and names of sections."""
    with stub(answers(heading="Secret 4711", lead="Secret 4711.", body="Secret 4711.", texts={})) as model:
        made = finished(BAKERY, writer(model.base_url))
    assert any("4711" in str(refusal) for refusal in made.removed)
    assert "4711" not in to_json(metadata(made, 1.0)).decode()


def test_the_operators_record_has_everything(made: Draft) -> None:
    """Brief, rungs, what was removed and why, every question and answer; as JSON."""
    with stub(good) as model:
        by = writer(model.base_url)
        whole = finished(BAKERY, by)
    kept = json.loads(to_json(record(whole, by.exchanges)))
    assert kept["brief"]["name"] == "Fern & Flour"
    assert {section["rung"] for section in kept["sections"]} == {"fields"}
    assert all(section["variant"] in KINDS[section["kind"]].variants for section in kept["sections"])
    assert len(kept["exchanges"]) == len(model.requests)
    assert all(exchange["answer"]["text"] for exchange in kept["exchanges"])
    assert any("awards" in removed for removed in record(made, [])["removed"])


def share(made: Draft) -> float:
    """`ai_share` of a draft's own page."""
    return ai_share(made, page_text(made))


class TestAiShare:
    """The share of visible words that came from the model and from nowhere else."""

    def test_templates_have_none(self) -> None:
        """No model, no share."""
        assert share(finished(BAKERY)) == 0.0

    def test_a_model_that_writes_has_some(self, made: Draft) -> None:
        """More than nothing, less than everything: the facts are the customer's."""
        assert 0.05 < share(made) < 0.9

    def test_words_of_the_request_do_not_count(self, made: Draft) -> None:
        """A sentence that stands verbatim in the request is the customer's, whoever repeated it."""
        assert made.page is not None
        said = "We bake sourdough bread every morning."
        sections = tuple(dataclasses.replace(s, written=(said,)) for s in made.page.sections)
        assert share(dataclasses.replace(made, page=dataclasses.replace(made.page, sections=sections))) == 0.0

    def test_it_is_never_more_than_all(self, made: Draft) -> None:
        """Even where more was written than can be seen."""
        assert made.page is not None
        sections = tuple(dataclasses.replace(s, written=("new words " * 999,)) for s in made.page.sections)
        assert share(dataclasses.replace(made, page=dataclasses.replace(made.page, sections=sections))) == 1.0


class TestDegraded:
    """True where the model was away from a part that it could have written."""

    def of(self, by: Writer, request: str = BAKERY) -> bool:
        """Whether the site made by this writer is marked."""
        return degraded(finished(request, by))

    def test_a_whole_site_is_not(self) -> None:
        """Everything was written."""
        with stub(good) as model:
            assert not self.of(writer(model.base_url))

    def test_a_site_without_a_model_is(self) -> None:
        """It is made again when there is one."""
        assert self.of(writer())

    def test_a_model_that_died_leaves_one(self) -> None:
        """Half a site is worth another try."""
        with stub(good, good, good, dies) as model:
            assert self.of(writer(model.base_url))

    def test_a_server_that_failed_once_in_the_brief_leaves_one(self) -> None:
        """The stages count, not only the sections; the second 500 answers the second attempt."""
        with stub(status(500), status(500), good) as model:
            assert self.of(writer(model.base_url))

    def test_a_language_that_the_model_does_not_write_is_no_reason(self) -> None:
        """Another try would end the same."""
        request = "Jsme malá pekárna v Brně. Pečeme chléb každé ráno. Nabízíme chléb, rohlíky a koláče."
        with stub(good) as model:
            assert not self.of(writer(model.base_url, languages=("en",)), request)

    def test_a_script_of_its_own_that_was_refused_is_no_reason(self) -> None:
        """The stage stands on the rung below, and says why."""
        with stub(by_question(("JavaScript", status(500)))) as model:
            made = finished(BAKERY, writer(model.base_url, first_rung=Rung.MARKUP))
        behaviour: StageTrace = made.traces[3]
        assert (behaviour.rung, behaviour.reason) == (Rung.FIELDS, "script markup: http-500")
        assert not degraded(made)


def test_facts_that_are_seen_are_counted() -> None:
    """Four prices, two rows of hours, phone, mail, address, four offers: all on the page."""
    made = finished(BAKERY)
    assert made.brief is not None
    assert facts_missing(made, page_text(made)) == []
    assert len(made.brief.facts) == 13


def test_times_are_utc_with_a_z() -> None:
    """RFC 3339."""
    assert iso(CREATED) == "2026-03-02T09:30:00Z"


def test_json_is_for_people_too() -> None:
    """Letters as they are, one line end."""
    assert to_json({"name": "Žofie"}) == '{\n  "name": "Žofie"\n}\n'.encode()


def test_a_section_has_no_share_where_nothing_is_seen() -> None:
    """An empty page divides by nothing."""
    made = finished(submission("x"))
    assert made.page is not None
    empty: tuple[Section, ...] = ()
    assert share(dataclasses.replace(made, page=dataclasses.replace(made.page, sections=empty))) == 0.0
