"""The docs name all that a person may meet: read off the program, so that what is new without a word fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

import pytest

from protogen.config import Settings
from protogen.config_notices import Kind
from protogen.job import NEXT, Event, Rung, StageTrace, Status, new_job_id, now
from protogen.ledger.trailers import event_message, fields, version_message
from protogen.llm.serve import EXIT_NO_RUNTIME
from protogen.logs.events import EVENTS, FIELDS, STAGES, UPKEEP
from protogen.reasons import _REASONS
from protogen.terminal import SECOND_CTRL_C
from protogen.web import create_app
from tools.missing import ROOT
from tools.sites import EmptyLedger

DOCS = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
LLM_ERRORS = ("LlmError", "Unavailable", "BadAnswer", "TooLate", "NoTime")
Row = list[str]


def table(page: str, heading: str) -> list[Row]:
    """The cells of the first table under a heading."""
    text = DOCS[page].split(
        f"\n## {heading}\n" if f"\n## {heading}\n" in DOCS[page] else f"\n### {heading}\n"
    )[1]
    rows = re.search(r"^\|.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert rows
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in rows[0].splitlines()[2:]]


def codes(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def calls(folder: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call in the program, by the name of what is called."""
    for path in sorted((ROOT / "protogen" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                yield name, node


def texts(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may be; of a text with values in it, what stands before them and `N`."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        yield f"{value.values[0].value}N"
    elif isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)


def numbers(value: ast.expr) -> Iterator[int]:
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        yield value.value


# -- codes ------------------------------------------------------------------------------------------------


def test_every_code_of_a_job_is_explained() -> None:
    """docs/codes.md: those with a reason of their own, and nothing else but kinds."""
    told = {code for row in table("codes", "Why a job failed") for code in codes(row[0])}
    assert told == set(_REASONS) | {"os-N"}


def test_every_code_of_the_model_is_explained() -> None:
    """Each first word of its errors, and none that is not there."""
    raised = {text for name, call in calls() if name in LLM_ERRORS for text in texts(call.args[0])}
    raised |= {text for name, call in calls("llm") if name == "_away" for text in texts(call.args[1])}
    told = {code for row in table("codes", "Why a part is from templates") for code in codes(row[0])}
    assert {"too-late", "http-N", "unreachable"} <= raised
    assert told == raised | {"gate", "internal-Kind"}


def test_every_code_of_a_notice_is_explained() -> None:
    """Each that a way of sending gives up with."""
    raised = {text for name, call in calls("hooks") if name == "Undelivered" for text in texts(call.args[0])}
    told = {code for row in table("codes", "Why a notice did not arrive") for code in codes(row[0])}
    assert "not-taken" in raised
    assert told == raised


def test_every_exit_code_is_explained() -> None:
    """On the page of codes and, but for the model's own, on that of the commands."""
    given = {
        number for name, call in calls() if name == "exit" for arg in call.args for number in numbers(arg)
    }
    given |= {
        number for name, call in calls() if name == "fail" for arg in call.args[1:] for number in numbers(arg)
    }
    given |= {0, 2, EXIT_NO_RUNTIME, SECOND_CTRL_C}
    assert {int(row[0]) for row in table("codes", "What a command ends with")} == given
    for code in given - {EXIT_NO_RUNTIME}:
        assert f"**{code}**" in DOCS["commands"]


def test_every_status_of_the_api_is_explained(home: Settings) -> None:
    """Those that its description promises, and those that the program refuses with."""
    schema = create_app(home, EmptyLedger()).openapi()
    promised = {
        int(status)
        for path in schema["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
        if int(status) >= 400
    }
    given = {
        number
        for name, call in calls("web")
        if name in ("Refused", "problem") and call.args
        for number in numbers(call.args[0])
    }
    told = {int(code) for row in table("integrating", "Errors") for code in re.findall(r"\d{3}", row[0])}
    assert {404, 422, 507} <= promised | given
    assert told >= promised | given


# -- the ledger -------------------------------------------------------------------------------------------


def full_event() -> Event:
    """An event in which nothing is left out."""
    commit, digest = "c0ffee" * 6 + "c0ff", "9f2c6a0d1be84b6f8a1f0c3d5e7a9b21"
    trace = StageTrace("brief", Rung.FIELDS, "tiny", 1, 2, 3, 4, "gate", "stub")
    times: dict[str, datetime] = dict.fromkeys(("at", "created_at", "not_before", "expires_at"), now())
    return Event(
        new_job_id(), Status.COMPLETED, **times, attempt=1, content=commit, duration_ms=1, size=1, stages=(trace,),
        degraded=1, error="gate", user=digest, submission=digest, request=digest,
    )  # fmt: skip


def test_every_trailer_is_explained() -> None:
    """docs/formats.md: of an event and of a version, with the parts of a stage's."""
    names = {name for name, _ in fields(event_message(full_event()))}
    told = {code for row in table("formats", "Events") for code in codes(row[0])}
    assert told == {re.sub("^Stage-.*", "Stage-<name>", name) for name in names}
    (stage,) = (row[1] for row in table("formats", "Events") if "Stage-<name>" in row[0])
    (value,) = (value for name, value in fields(event_message(full_event())) if name == "Stage-brief")
    assert all(f"`{part}" in stage for part in re.findall(r"\w+=", value))
    of_version = {name for name, _ in fields(version_message("fern-flour-7k2mq", 2, full_event(), 1))}
    assert {f"`{name}`" for name in of_version - names} <= set(re.findall(r"`\w+`", DOCS["formats"]))


def test_every_way_of_a_job_is_explained() -> None:
    """docs/formats.md: each step from one status to the next that the ledger takes, and no other."""
    told = {
        (source, target)
        for row in table("formats", "Where a job may go")
        for target in map(Status, codes(row[1])[:1])
        for source in sources(row[0])
    }
    assert told == {(source, target) for source, targets in NEXT.items() for target in targets}


def sources(cell: str) -> list[Status | None]:
    named = [Status(code) for code in codes(cell)]
    if cell.startswith("any but"):
        return [status for status in Status if status not in named and NEXT[status]]
    return [*named] or [None]


@pytest.mark.parametrize("status", Status)
def test_every_status_is_named_where_programs_read_of_it(status: Status) -> None:
    """In the formats, for the commands, and for who asks over HTTP."""
    for page in ("formats", "integrating"):
        assert f"`{status}`" in DOCS[page]
    assert status.value in DOCS["commands"]


# -- operating --------------------------------------------------------------------------------------------


def test_every_alert_is_explained() -> None:
    """docs/operating.md: each trouble by its name, with when it begins and when it is over."""
    raised = {
        text.split(" ")[0].removesuffix("N")
        for name, call in calls("hooks")
        if name in ("_rise", "_fall", "_report")
        for arg in call.args
        for text in texts(arg)
        if re.fullmatch(r"[a-z-]+( N)?", text)
    }
    told = {code.split(" ")[0] for row in table("operating", "Alerts") for code in codes(row[0])}
    assert {"queue", "disk", "breaker"} <= raised
    assert told == raised | set(UPKEEP)


def test_every_task_of_upkeep_has_words() -> None:
    """For the log and for alerts."""
    done = {text for name, call in calls() if name == "_do" for arg in call.args[:1] for text in texts(arg)}
    assert done == set(UPKEEP)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_notice_is_explained(kind: str) -> None:
    """docs/settings.md names each that `notices.events` may hold."""
    (row,) = (line for line in DOCS["settings"].splitlines() if line.startswith("| `notices.events`"))
    assert re.search(rf"\b{kind}\b", row)


# -- the log ----------------------------------------------------------------------------------------------


def test_every_event_of_the_log_is_explained_with_its_fields() -> None:
    """docs/logs.md: a row an event, and what it always has."""
    told = {codes(row[0])[0]: tuple(codes(row[1])) for row in table("logs", "Events")}
    own = {name: tuple(field for field in kind.fields if field != "logger") for name, kind in EVENTS.items()}
    assert told == own


def test_every_field_of_the_log_is_explained() -> None:
    """docs/logs.md: each that a line may have."""
    assert {code for row in table("logs", "Fields") for code in codes(row[0])} == set(FIELDS)


# -- the whole --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", DOCS)
def test_every_link_leads_somewhere(page: str) -> None:
    """To a page that is there, and to a heading on it."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", DOCS[page]):
        path, _, heading = target.partition("#")
        found = ROOT / "docs" / path if path else ROOT / "docs" / f"{page}.md"
        assert found.exists(), target
        if heading:
            names = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE)
            assert heading in {
                re.sub(r"[^a-z0-9 -]", "", name.lower()).replace(" ", "-") for name in names
            }, target


def test_every_page_is_named_by_the_readme_or_another() -> None:
    """Nobody has to guess that a page is there."""
    everything = "\n".join([(ROOT / "README.md").read_text("utf-8"), *DOCS.values()])
    for page in DOCS:
        assert re.search(rf"\((?:docs/)?{page}\.md[)#]", everything), page


def test_every_stage_and_rung_is_explained() -> None:
    """By their names, which stand in the log, the ledger and on the pages."""
    for word in (*STAGES, *Rung):
        assert f"`{word}`" in DOCS["logs"]
