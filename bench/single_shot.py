"""The same requests through one prompt: `python -m bench.single_shot [--cases a b]`.

The embedded model is asked for "one complete, responsive single-file website", as page generators with a frontier
model do, with no deadline; beside it stands what the pipeline makes of the same request with the same model on the
same machine. A form works if a visitor who fills it in and sends it gets an answer on the page.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Error, Locator, Page

from bench.pipeline import cases, make, model, settings
from bench.results import table, write_section
from protogen.checks.facts import extract, fold
from protogen.draft import FactKind
from protogen.files import write_tree
from protogen.intake.parse import parse_drop
from protogen.llm.client import Endpoint
from protogen.pipeline.reading import Reading, read
from protogen.site.render import visible_text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from tools.browser import chromium
from tools.serving import serve_folder
from tools.validators import axe_violations, nu_errors

CASES = ("bakery", "plumber", "gadget-shop", "consultant-voice", "polls")
SYSTEM = "You are an expert web designer and front-end developer. You answer with code only."
PROMPT = """Create one complete, responsive single-file website (HTML with inline CSS and JavaScript) for this customer:

{request}"""
MAX_TOKENS = 4000
SECONDS = 600.0
HEAD = (
    "request",
    "how",
    "seconds",
    "truncated",
    "words",
    "Nu",
    "axe",
    "asks outside",
    "invented",
    "facts",
    "forms that answer",
)
PRINTED = frozenset(FactKind) - {FactKind.LANGUAGE, FactKind.YEAR}


@dataclass(frozen=True, slots=True)
class Made:
    """A page that was made: how, in how many seconds, whether its answer was cut off."""

    case: str
    how: str
    folder: Path
    seconds: float
    truncated: bool = False


def main() -> int:
    """Make both, measure and write."""
    parser = argparse.ArgumentParser(prog="bench.single_shot", description=__doc__)
    parser.add_argument("--cases", nargs="*", default=list(CASES))
    options = parser.parse_args()
    known = {name: path for name, path in cases().items() if name in options.cases}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root, made = Path(folder), list[Made]()
        with model() as providers:
            for case, path in known.items():
                request = parse_drop(path, settings().intake)
                made.append(
                    _at_once(
                        case,
                        request.description,
                        providers.all[0].provider.endpoint("codegen"),
                        root / f"{case}-one",
                    )
                )
                ours = make(case, path, settings(), providers, seed=1)
                assert ours.draft.site is not None
                write_tree(root / f"{case}-ours", ours.draft.site.files)
                made.append(Made(case, "pipeline", root / f"{case}-ours", ours.seconds))
        with serve_folder(root) as address, chromium() as browser:
            for one in made:
                reading = read(parse_drop(known[one.case], settings().intake))
                rows.append(_row(one, reading, browser, f"{address}/{one.folder.name}"))
                print(rows[-1], flush=True)
    print(write_section("One prompt for the whole page, and the pipeline", table(HEAD, rows)))
    return 0


def _at_once(case: str, request: str, endpoint: Endpoint, folder: Path) -> Made:
    """One prompt, one page: what the server gives until it says that it is done, or has no more room."""
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": PROMPT.format(request=request)},
    ]
    body = {
        "model": endpoint.model,
        "messages": messages,
        "max_tokens": MAX_TOKENS,
        "temperature": 0.3,
        "seed": 1,
    }
    begin = time.monotonic()
    headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    url = f"{endpoint.api}/chat/completions"
    answer = httpx.post(url, json=body, headers=headers, timeout=SECONDS).json()["choices"][0]
    seconds, text = time.monotonic() - begin, answer["message"]["content"]
    fenced = re.search(r"```(?:html)?\s*(.*?)(?:```|\Z)", text, re.DOTALL)
    write_tree(folder, {"index.html": (fenced[1] if fenced else text).encode()})
    return Made(case, "one prompt", folder, seconds, answer["finish_reason"] == "length")


def _row(made: Made, request: Reading, browser: Browser, address: str) -> list[object]:
    """What a page is worth; the same questions for both."""
    text = " ".join(visible_text(page.read_text("utf-8")) for page in sorted(made.folder.glob("*.html")))
    given = [fact.value for fact in (*request.facts, *request.offers) if fact.kind in PRINTED]
    outside: set[str] = set()
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.on(
        "request", lambda asked: None if asked.url.startswith((address, "data:")) else outside.add(asked.url)
    )
    page.goto(f"{address}/index.html")
    axe = len(axe_violations(page))
    forms = page.locator("form").count()
    working = sum(_answers(page, f"{address}/index.html", n) for n in range(forms))
    page.close()
    return [
        made.case,
        made.how,
        f"{made.seconds:.0f}",
        "yes" if made.truncated else "no",
        len(text.split()),
        len(nu_errors([made.folder])),
        axe,
        len(outside),
        len(_unsaid(text, request)),
        f"{sum(_bare(value) in _bare(text) for value in given)} of {len(given)}",
        f"{working} of {forms}",
    ]


def _unsaid(text: str, request: Reading) -> set[str]:
    """Phones, e-mails, links, prices, hours and years of a page that the request does not have."""
    stated = {fact.value for fact in extract(text, request.language) if fact.kind is not FactKind.DATE}
    return {value for value in stated if _bare(value) not in _bare(request.text)}


def _answers(page: Page, address: str, number: int) -> bool:
    """True where the form of this number, filled in and sent, answers on the page that it stands on."""
    page.goto(address)
    form = page.locator("form").nth(number)
    try:
        for field in form.locator("input, textarea, select").all():
            _fill(field)
        before = page.locator("body").inner_text()
        form.locator("button, input[type=submit]").last.click(timeout=2000)
        page.wait_for_timeout(400)
        return page.url.split("#")[0].rstrip("?") == address and page.locator("body").inner_text() != before
    except Error:
        return False


def _fill(field: Locator) -> None:
    values = {
        "email": "ada@post.example",
        "tel": "+420541222333",
        "date": "2027-03-01",
        "time": "14:30",
        "number": "2",
    }
    kind = field.get_attribute("type") or ""
    if field.evaluate("e => e.tagName") == "SELECT":
        field.select_option(index=field.locator("option").count() - 1)
    elif kind in ("checkbox", "radio"):
        field.check(timeout=1000)
    elif kind not in ("submit", "button", "hidden", "reset"):
        field.fill(values.get(kind, "Ada Lovelace"), timeout=1000)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


if __name__ == "__main__":
    sys.exit(main())
