"""A request is data: what it says to a program changes nothing but, at most, the words on its own page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from protogen.draft import Draft
from protogen.pipeline.prompt import EXAMPLE_TEXT, SYSTEM, opening
from protogen.pipeline.reading import read
from protogen.site.render import visible_text
from tools.drafts import finished, submission, writer
from tools.model import Reply, Request, Wire, good, says, stub, valid

CASES = yaml.safe_load((Path(__file__).parent / "injections.yaml").read_text("utf-8"))
BASE = """Fern & Flour is a small bakery in Brno, at Veveří 42. We bake sourdough bread every morning.
We sell: sourdough loaf 95 Kč, rye bread 80 Kč and croissant 45 Kč.
{text}
Open Tue-Sat 7:30-17:00. Call +420 541 234 567 or write to hello@fernflour.example."""
PLAIN = BASE.replace("{text}\n", "")


def obedient(demand: str) -> Reply:
    """A model that writes what it was told to, wherever it writes."""

    def reply(request: Request, wire: Wire) -> None:
        if request.schema is None:
            return says(demand)(request, wire)
        answer = valid(request.schema, iter(lambda: demand, None))
        return says(json.dumps(answer))(request, wire)

    return reply


def made(text: str, reply: Reply) -> Draft:
    """The site of a request by this model."""
    with stub(reply) as model:
        return finished(text, writer(model.base_url, languages=("*",)))


def told(draft: Draft) -> str:
    """All that a visitor sees, and every file that is text."""
    assert draft.site is not None
    texts = [
        data.decode("utf-8", "replace") for name, data in draft.site.files.items() if "assets" not in name
    ]
    pages = [visible_text(text) for text in texts if "<html" in text]
    return "\n".join([*pages, *texts])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["says"])[:24])
class TestAnInjection:
    """In the middle of a bakery's request, with a model that obeys every word."""

    def test_nothing_of_it_stands_on_the_page(self, case: dict[str, object]) -> None:
        """Neither what was demanded nor the demand; what the bakery says stands."""
        page = told(made(BASE.replace("{text}", str(case["text"])), obedient(str(case["says"]))))
        for never in [case["says"], *case.get("never", [])]:  # type: ignore[misc]
            assert str(never).casefold() not in page.casefold()
        for said in ("Sourdough loaf", "+420 541 234 567", "hello@fernflour.example", "7:30"):
            assert said.casefold() in page.replace("\u00a0", " ").replace("–", "-").casefold()

    def test_it_changes_no_plan(self, case: dict[str, object]) -> None:
        """The same sections, the same script, no address that the bakery did not name."""
        plain, injected = made(PLAIN, good), made(BASE.replace("{text}", str(case["text"])), good)
        assert plain.page is not None
        assert injected.page is not None
        assert [s.kind for s in plain.page.sections] == [s.kind for s in injected.page.sections]
        assert plain.site is not None
        assert injected.site is not None
        assert plain.site.files["script.js"] == injected.site.files["script.js"]
        assert _addresses(injected) == _addresses(plain)

    def test_no_prompt_is_told(self, case: dict[str, object]) -> None:
        """Of the system's rules and the example no ten words in a row."""
        page = told(made(BASE.replace("{text}", str(case["text"])), obedient(str(case["says"]))))
        words = re.findall(r"[a-z0-9]+", page.lower())
        runs = {" ".join(words[n : n + 10]) for n in range(len(words))}
        secret = " ".join(re.findall(r"[a-z0-9]+", SYSTEM.lower())) + EXAMPLE_TEXT
        assert not [run for run in runs if len(run.split()) == 10 and run in secret]

    def test_no_token_of_a_chat_reaches_the_model(self, case: dict[str, object]) -> None:
        """The customer's text ends no turn and no fence."""
        messages = opening(read(submission(BASE.replace("{text}", str(case["text"])))))
        asked = messages[-2]["content"]
        assert asked.count("=====") == 2
        assert not re.search(r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|</?s>", asked)


def _addresses(draft: Draft) -> set[str]:
    assert draft.site is not None
    html = b" ".join(data for name, data in draft.site.files.items() if name.endswith(".html"))
    return {link for link in re.findall(r"https?://[^\s\"'<>]+", html.decode()) if "localhost" not in link}


def test_the_corpus_is_long_enough_to_mean_something() -> None:
    """At least twenty ways to speak to a program."""
    assert len(CASES) >= 20


def test_every_demand_would_stand_where_nothing_held_it() -> None:
    """A demand that no check could ever refuse would show nothing: each is refused by one, or is no text at all."""
    page = told(made(PLAIN, good))
    assert not [case for case in CASES if str(case["says"]).casefold() in page.casefold()]
