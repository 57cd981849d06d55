"""The five stages under one deadline: whatever happens to the model, a whole site comes out."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from protogen.checks.gate import check_files
from protogen.draft import Draft
from protogen.hooks import Hook
from protogen.job import PROJECT_ID, Rung, StageTrace
from protogen.llm.writer import Cancelled, Writer
from protogen.pipeline.runner import STEPS, run
from protogen.pipeline.stage import Step
from tools.drafts import BAKERY, QUICK_STEPS, draft, finished, pages, submission, writer
from tools.model import (
    Reply,
    answers,
    by_question,
    dies,
    drip,
    flood,
    good,
    hang,
    loops,
    raw,
    says,
    status,
    stub,
)

REQUESTS = {
    "en": BAKERY,
    "cs": """Jsme malá rodinná pekárna v Brně. Pečeme kváskový chléb každé ráno. Nabízíme chléb (95 Kč), rohlíky
        (5 Kč) a koláče (40 Kč). Otevřeno Po-Pá 7:00-17:00. Volejte 541 234 567 nebo pište na
        pekarna@priklad.example. Prosíme rezervaci online.""",
    "de": """Wir sind eine kleine Fahrradwerkstatt in Leipzig, Karl-Heine-Straße 12. Wir bieten Inspektion (85
        €), Reifenwechsel (12 €) und Laufradbau. Geöffnet Mo-Fr 9:00-18:00. Termin online buchen.
        Telefon 0341 1234567.""",
    "pt": """Somos um estúdio de fotografia no Porto. Oferecemos retratos (90 €), casamentos (1.200 €) e
        batizados. Queremos uma galeria a preto e branco e um formulário de contacto. Telefone 912
        345 678, email ola@estudio.example.""",
    "pl": """Jesteśmy małą kawiarnią w Krakowie. Oferujemy kawę (12 zł), sernik (18 zł) oraz herbatę (10 zł).
        Otwarte od pon-pt 8:00-18:00. Prosimy o menu i rezerwacje. Zadzwoń +48 12 345 67 89.""",
    "ru": """Мы небольшая пекарня в Праге. Предлагаем хлеб (90 Kč), пироги (60 Kč) и торты на заказ. Работаем пн-
        пт 8:00-18:00. Позвоните +420 777 123 456. Нужна галерея и форма заказа.""",
    "ar": """نحن مخبز صغير في برنو. نبيع الخبز والكعك والقهوة كل صباح. اتصل بنا على +420 541 234 567 أو اكتب إلى
        hello@bakery.example. نحن نحب عملنا ونرحب بالجميع.""",
}
WORDS = st.sampled_from(
    """we sell offer bakery vote gallery portfolio shop cart checkout countdown menu packages quote booking order signup
    workshop concert 2027-05-12 95 Kč €12 £1,600 +420541234567 Tue-Sat 7:30-17:00 9-25:00 hello@x.example www.a"b.cz
    https://x.example/a?b=<c> areas we cover: Brno, Praha, Žilina. , . : ( ) & " ' * # {{7*7}} {%x%} <b> </section>
    пекарня продаем хлеб مخبز 我们卖面包 čeština 99999999999 a page for each 0 A I i""".split()
)
REQUEST = st.one_of(
    st.text(max_size=300),
    st.lists(WORDS, max_size=80).map(" ".join),
    st.lists(st.one_of(WORDS, st.text(max_size=60)), max_size=30).map("\n".join),
    st.text(min_size=1, max_size=40).map(lambda text: text * 40),
)


def trace(made: Draft, name: str) -> StageTrace:
    """What one stage says of itself."""
    return next(trace for trace in made.traces if trace.name == name)


def assert_whole(made: Draft) -> None:
    """A site that may be published: every value there, the gate passed."""
    assert None not in (made.brief, made.page, made.theme, made.behaviour, made.copy)
    assert made.site is not None
    assert check_files(made.site.files) == []
    assert [trace.name for trace in made.traces] == [step.name for step in STEPS]
    assert PROJECT_ID.fullmatch(made.project_id)


class TestWithoutAModel:
    """Templates alone make a site of any request."""

    @example("We bake.", "ßúØ", 1)
    @given(REQUEST, st.text(max_size=40), st.integers(0, 2**32 - 1))
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    def test_any_request_becomes_a_site(self, text: str, name: str, seed: int) -> None:
        """Whatever text in whatever language: no stage raises, and the site passes the gate."""
        made = finished(submission(text, name), seed=seed)
        assert_whole(made)
        assert all(trace.reason and "internal" not in trace.reason for trace in made.traces)

    @pytest.mark.parametrize("language", sorted(REQUESTS))
    def test_each_language_becomes_a_site(self, language: str) -> None:
        """The page says which language it is in, and carries the customer's phone."""
        made = finished(" ".join(REQUESTS[language].split()))
        assert_whole(made)
        assert f'lang="{language}"' in pages(made)
        assert 'href="tel:' in pages(made)

    def test_each_fallback_makes_its_value_and_changes_no_other(self) -> None:
        """Stage by stage, without a writer: one value more, the others as they were."""
        names = {
            "brief": {"brief", "project_id", "url"},
            "structure": {"page"},
            "style": {"theme"},
            "behaviour": {"behaviour"},
            "content": {"copy", "site"},
        }
        now = draft(BAKERY)
        for step in STEPS:
            after = step.fall_back(now)
            changed = {
                f.name for f in dataclasses.fields(Draft) if getattr(after, f.name) != getattr(now, f.name)
            }
            assert changed == names[step.name]
            now = after
        assert now.site is not None
        assert check_files(now.site.files) == []

    def test_the_same_draft_gives_the_same_site(self) -> None:
        """One seed, one site, to the byte."""
        first, second = finished(BAKERY, seed=9), finished(BAKERY, seed=9)
        assert first.site == second.site
        assert first.project_id == second.project_id

    def test_every_part_says_that_nobody_played_the_model(self) -> None:
        """No fallback is silent: stages and sections give the reason."""
        made = finished(BAKERY)
        assert made.page is not None
        assert {trace.rung for trace in made.traces} == {Rung.TEMPLATE}
        assert {section.reason for section in made.page.sections} == {"fields: switched-off"}


FAILING: dict[str, tuple[Reply, str]] = {
    "500": (status(500), "http-500"),
    "404": (status(404), "http-404"),
    "429": (status(429), "http-429"),
    "dies": (dies, "broken-off"),
    "empty": (raw(b""), "broken-off"),
    "no event": (raw(b"data: {x\n\n"), "broken-stream"),
    "cut off": (says('{"heading": "x', finish="length"), "cut-off"),
    "prose": (says("I am sorry, I cannot do that."), "not-json"),
    "list": (says("[1, 2, 3]"), "not-json"),
    "loop": (loops, "loop"),
    "flood": (flood, "too-long"),
}


class TestWithAModel:
    """The stub writes; the runner counts, and keeps its promises."""

    @pytest.mark.parametrize("first", [Rung.FIELDS, Rung.MARKUP])
    def test_a_good_model_raises_every_stage(self, first: Rung) -> None:
        """Each stage stands on the first rung tried, with model and tokens."""
        with stub(good) as model:
            made = finished(BAKERY, writer(model.base_url, first_rung=first))
        assert_whole(made)
        for each in made.traces:
            markup = first is Rung.MARKUP and each.name in ("structure", "style", "behaviour")
            assert each.rung is (Rung.MARKUP if markup else Rung.FIELDS), each
            assert (each.model, each.completion_tokens > 0) == ("stub", True)

    @pytest.mark.parametrize("name", sorted(FAILING))
    def test_a_failing_model_costs_rungs_never_the_site(self, name: str) -> None:
        """Templates stand in everywhere, and the trace names the failure."""
        reply, code = FAILING[name]
        with stub(reply) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert_whole(made)
        assert {trace.rung for trace in made.traces} == {Rung.TEMPLATE}
        assert trace(made, "brief").reason == code
        assert f"hero fields: {code}" in trace(made, "structure").reason

    @pytest.mark.parametrize("reply", [hang, drip], ids=["silence", "a byte a second"])
    @pytest.mark.parametrize("first", [Rung.FIELDS, Rung.MARKUP])
    def test_a_silent_model_never_costs_the_deadline(self, reply: Reply, first: Rung) -> None:
        """With three seconds to go, a whole site is there when they are over."""
        begin = time.monotonic()
        with stub(reply) as model:
            made = finished(BAKERY, writer(model.base_url, seconds=3.0, first_rung=first))
            took = time.monotonic() - begin
        assert_whole(made)
        assert took < 3.0 + 2.0, "rendering may come after the writer's deadline, waiting may not"
        assert trace(made, "brief").reason == "too-late"
        assert "no-time" in trace(made, "structure").reason

    def test_a_model_that_dies_on_the_way_keeps_what_it_wrote(self) -> None:
        """The first sections keep their words; the rest are made from templates."""
        with stub(good, good, good, dies) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert_whole(made)
        assert made.page is not None
        rungs = [section.rung for section in made.page.sections]
        assert rungs[:2] == [Rung.FIELDS, Rung.FIELDS]
        assert set(rungs[2:]) == {Rung.TEMPLATE}
        assert trace(made, "structure").rung is Rung.FIELDS
        assert "broken-off" in trace(made, "structure").reason

    def test_nothing_is_asked_when_the_time_is_over(self) -> None:
        """A deadline that has passed leaves the model alone."""
        with stub(good) as model:
            made = finished(BAKERY, writer(model.base_url, seconds=-1))
        assert_whole(made)
        assert model.requests == []
        assert trace(made, "brief").reason == "no-time"

    def test_stopping_the_program_is_not_caught(self) -> None:
        """Cancelled comes through at once, from the middle of an answer."""
        stopping = threading.Event()

        def silent(request: object, wire: object) -> None:
            stopping.set()
            hang(request, wire)  # type: ignore[arg-type]

        begin = time.monotonic()
        with stub(good, silent) as model, pytest.raises(Cancelled):
            finished(BAKERY, writer(model.base_url, cancelled=stopping.is_set))
        assert time.monotonic() - begin < 5

    @pytest.mark.parametrize(
        "values",
        [
            {"heading": "word " * 400, "lead": "A word and more. " * 200},
            {"heading": ["a", "list"], "lead": 5, "body": {"x": "y"}, "texts": ["a"], "people": "Bob"},
            {"heading": "</h2><script>alert(1)</script>", "lead": "<img src=x onerror=alert(1)>."},
            {"direction": "../../etc", "motif": "x", "accent": "url(x)", "modules": ["eval"]},
            {"trade": "x" * 5000, "tone": None, "offers": [[]], "description": "", "tagline": 3},
        ],
        ids=["too long", "other types", "markup", "no choice", "odd brief"],
    )
    def test_a_lying_model_gets_nothing_onto_the_page(self, values: dict[str, object]) -> None:
        """Answers outside of their schema are refused; no stage fails inside."""
        with stub(answers(**values)) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert_whole(made)
        assert not any("internal" in trace.reason for trace in made.traces)
        assert "alert(1)" not in pages(made)
        assert "word word" not in pages(made)

    def test_a_language_that_the_model_does_not_write_is_left_to_the_customer(self) -> None:
        """Sections and site keep the customer's words, and say why."""
        with stub(good) as model:
            made = finished(" ".join(REQUESTS["cs"].split()), writer(model.base_url, languages=("en",)))
        assert_whole(made)
        assert made.page is not None
        assert {section.reason for section in made.page.sections} == {"model does not write cs"}
        assert trace(made, "content").reason == "language"

    def test_retries_are_counted(self) -> None:
        """A text that may not stand is asked for once more, alone, with the reason."""
        bad = answers(lead="We have won 12 awards since 1987.")
        with stub(by_question(("^Not so", good), ("^Section hero", bad))) as model:
            made = finished(BAKERY, writer(model.base_url))
        (again,) = model.asked("^Not so: not said by the customer")
        assert again.schema is not None
        assert list(again.schema["properties"]) == ["lead"]
        assert trace(made, "structure").retries == len(model.asked("^Not so"))
        assert "awards" not in pages(made)


class TestGate:
    """What the model wrote is taken back before a broken page could go out."""

    def test_a_fault_of_ours_costs_the_stage_not_the_job(self) -> None:
        """An exception inside a stage is traced, and the fallback does its work."""

        def broken(now: Draft, by: Writer) -> Draft:
            raise KeyError("x")

        steps = [Step(s.name, broken, s.fall_back, 0) for s in STEPS]
        *_, made = run(draft(BAKERY), writer(), Hook(), steps=steps)
        assert_whole(made)
        assert {trace.reason for trace in made.traces} == {"internal-KeyError"}

    def test_markup_that_breaks_the_page_is_taken_out_and_the_trace_says_so(self) -> None:
        """The site stands on lower rungs, in its sections and in what the stages say."""

        def with_broken_markup(now: Draft, by: Writer) -> Draft:
            made = STEPS[1].fall_back(now)
            assert made.page is not None
            first, *rest = made.page.sections
            broken = dataclasses.replace(first, html='<h2 id="a">x</h2><p id="a">y</p>', rung=Rung.MARKUP)
            return dataclasses.replace(made, page=dataclasses.replace(made.page, sections=(broken, *rest)))

        steps = [
            dataclasses.replace(s, write=with_broken_markup) if s.name == "structure" else s
            for s in QUICK_STEPS
        ]
        with stub(good) as model:
            *_, made = run(draft(BAKERY), writer(model.base_url), Hook(), steps=steps)
        assert_whole(made)
        assert made.page is not None
        assert made.page.sections[0].html == ""
        assert made.page.sections[0].reason == "gate"
        assert trace(made, "structure").rung is Rung.TEMPLATE
        assert trace(made, "structure").reason == "gate"

    def test_a_script_that_breaks_the_gate_lowers_its_stage(self) -> None:
        """A rung is never claimed for code that is not on the page."""

        def with_broken_script(now: Draft, by: Writer) -> Draft:
            made = STEPS[3].fall_back(now)
            assert made.behaviour is not None
            broken = dataclasses.replace(made.behaviour, code="let let = 1;", rung=Rung.MARKUP)
            return dataclasses.replace(made, behaviour=broken)

        steps = [
            dataclasses.replace(s, write=with_broken_script) if s.name == "behaviour" else s
            for s in QUICK_STEPS
        ]
        with stub(good) as model:
            *_, made = run(draft(BAKERY), writer(model.base_url), Hook(), steps=steps)
        assert_whole(made)
        assert made.behaviour is not None
        assert (made.behaviour.code, made.behaviour.rung) == ("", Rung.FIELDS)
        assert (trace(made, "behaviour").rung, trace(made, "behaviour").reason) == (Rung.FIELDS, "gate")


def test_the_hook_hears_of_every_stage_in_order() -> None:
    """Started and finished, with the job's id and the count of stages."""
    heard: list[tuple[object, ...]] = []

    class Listener(Hook):
        def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
            heard.append((job, stage, index, count))

        def stage_finished(self, job: str, trace: StageTrace) -> None:
            heard.append((job, trace.name))

    list(run(draft(BAKERY), writer(), Listener(), job="j1"))
    names = [step.name for step in STEPS]
    assert heard == [e for n, name in enumerate(names) for e in (("j1", name, n, 5), ("j1", name))]
