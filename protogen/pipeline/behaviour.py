"""Stage 4, JavaScript: Page -> Behaviour. What the sections need is given; the model chooses what may be beside it."""

from __future__ import annotations

import dataclasses
import re

from protogen.checks.js import syntax_error
from protogen.draft import Behaviour, Draft, Page
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, LlmError, Writer
from protogen.pipeline.prompt import ask, list_of, one_of
from protogen.pipeline.prompt import record as schema_of
from protogen.pipeline.reading import read
from protogen.site.kit import MODULES, modules_for

OPTIONAL = {
    "spy": "marks the section in view in the menu",
    "theme-toggle": "lets a visitor switch between light and dark",
    "copy": "copies phone and e-mail with one tap",
}
QUESTION = (
    """Choose the small behaviours that help this site's visitors, as compact JSON on one line: {choices}."""
)
CODE_QUESTION = """Write plain JavaScript for this site: when a section first comes into view, add the class
"is-seen" to it.
Sections are document.querySelectorAll(".section"). No imports, no network, no storage, no timers. Answer with
the code alone."""
FORBIDDEN = re.compile(
    r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|eval|Function|import|require|cookie|"
    r"localStorage|sessionStorage|indexedDB|"
    r"location|open|postMessage|innerHTML|outerHTML|insertAdjacentHTML|write|writeln|setTimeout|"
    r"setInterval|Worker|constructor|__proto__|top|parent|opener|Image|Audio|Reflect|defaultView)\b"
    r"|\b(?:window|self|globalThis|frames|document)\s*\[|[\w)\]]\s*\[\s*['\"`]|\\[xu]"  # names put together or escaped
)


def write(draft: Draft, writer: Writer) -> Draft:
    """What the sections need, what the model chose, and on the markup rung a script of its own."""
    page = _page(draft)
    reading = read(draft.submission)
    needed = modules_for(page.sections)
    optional = [name for name in OPTIONAL if name not in needed]
    if not optional:
        return dataclasses.replace(draft, behaviour=Behaviour(needed, rung=Rung.FIELDS))
    choices = "; ".join(f"{name} {OPTIONAL[name]}" for name in optional)
    wanted = schema_of(modules=list_of(one_of(optional), len(optional)))
    answer = writer.ask_json(
        "codegen", "behaviour", ask(reading, QUESTION.format(choices=choices)), wanted, 40
    )
    chosen = {name for name in answer.get("modules") or () if name in OPTIONAL}
    modules = tuple(name for name in MODULES if name in chosen or name in needed)
    behaviour = Behaviour(modules, rung=Rung.FIELDS)
    if writer.first_rung("codegen") is Rung.MARKUP:
        behaviour = _with_code(behaviour, draft, writer)
    return dataclasses.replace(draft, behaviour=behaviour)


def fall_back(draft: Draft) -> Draft:
    """What the sections need."""
    return dataclasses.replace(draft, behaviour=Behaviour(modules_for(_page(draft).sections)))


def _page(draft: Draft) -> Page:
    assert draft.page is not None
    return draft.page


def _with_code(behaviour: Behaviour, draft: Draft, writer: Writer) -> Behaviour:
    try:
        messages = ask(read(draft.submission), CODE_QUESTION)
        code = allowed_code(writer.ask("codegen", "script", messages, 260, rung=Rung.MARKUP).text)
    except LlmError as error:
        writer.refused.append(f"script {Rung.MARKUP}: {error.code}")
        return behaviour
    return dataclasses.replace(behaviour, code=code, rung=Rung.MARKUP)


def allowed_code(answer: str) -> str:
    """The script of an answer, if a real V8 compiles it and it names nothing that reaches out of its page.

    Raises BadAnswer. What it may do is bounded again by the site's Content-Security-Policy.
    """
    code = re.sub(r"^```\w*\s*|\s*```\s*$", "", answer.strip())
    if not code:
        raise BadAnswer("empty", "The answer holds no script.")
    if match := FORBIDDEN.search(code):
        raise BadAnswer("forbidden", f"The script uses {match.group()}.")
    if error := syntax_error(code):
        raise BadAnswer("syntax", f"The script does not compile: {error}")
    return f"(function () {{\n'use strict';\n{code}\n}})();\n"
