"""The log: what a line has, what it never has, how files are rotated and trimmed, and what people see of it."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from protogen import logs
from protogen.config_log import LogSettings
from protogen.hooks.journal import Journal
from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.llm.errors import TooLate
from protogen.logs.events import EVENTS, FIELDS
from protogen.logs.file import LOG_NAME, LogFile, lines_of, log_files, trim, trim_logs
from protogen.logs.safe import HIDDEN, codes, tail
from protogen.terminal import log_to_terminal
from tools.commands import Home
from tools.disks import small_disk
from tools.missing import ROOT

log = logs.get_logger("protogen.test")
SMALL = LogSettings(file_bytes=10_000, files=3)
TEXT = "Jana Nováková bakes bread"
JOB = new_job_id()
EVENT = Event(JOB, Status.PROCESSING, now(), now(), attempt=1)
LEVELS = ("debug", "info", "warning", "error", "exception")
OF_EVERY_LINE = ("time", "level", "event", "message", "logger")


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    """No test's job is on another's lines."""
    logs.unbind_all()
    yield
    logs.unbind_all()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LogFile]:
    """A log file that takes all lines."""
    handler = LogFile(tmp_path / "logs", SMALL.model_copy(update={"level": "debug"}))
    handler.open()
    yield handler
    handler.shut()


def written(handler: LogFile) -> list[dict[str, Any]]:
    """The lines of all its files, oldest first."""
    files = reversed(log_files(handler.folder))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def only(handler: LogFile) -> dict[str, Any]:
    (line,) = written(handler)
    return line


# -- every call in the program ----------------------------------------------------------------------------


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that logs, and where it stands."""
    for path in sorted((ROOT / "protogen").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _logs(node.func):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _logs(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return called.attr in LEVELS and isinstance(called.value, ast.Name) and called.value.id == "log"
    return isinstance(called, ast.Name) and called.id == "tell"


CALLS = dict(calls())


@pytest.mark.parametrize("where", CALLS)
def test_every_call_logs_an_event_that_is_declared_with_all_its_fields(where: str) -> None:
    """So every line of a running system has the fields that it must have, and none that nobody knows."""
    call = CALLS[where]
    assert len(call.args) == 1
    event = ast.literal_eval(call.args[0])
    given = {str(word.arg) for word in call.keywords}
    assert set(EVENTS[event].fields) <= given
    assert given <= {*FIELDS, "exc_info"}


def test_every_event_is_logged_somewhere() -> None:
    """An event that goes leaves the table too."""
    logged = {ast.literal_eval(call.args[0]) for call in CALLS.values()}
    assert logged == set(EVENTS) - {"library"}


def test_there_is_no_other_way_to_log() -> None:
    """The standard library's loggers are for the libraries."""
    importing = {
        path.relative_to(ROOT / "protogen").as_posix()
        for path in (ROOT / "protogen").rglob("*.py")
        if re.search(r"^import logging|getLogger", path.read_text("utf-8"), re.MULTILINE)
    }
    own = {f"logs/{name}.py" for name in ("__init__", "file", "lines", "safe", "spans")}
    assert importing == own | {"terminal.py", "hooks/channels.py"}  # the last makes libraries silent


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_words(event: str) -> None:
    """For people, with its fields in them, of which there is a meaning for each."""
    kind = EVENTS[event]
    fields = {name: 1 if name.endswith("ms") or name == "attempt" else "fields" for name in kind.fields}
    assert kind.sentence(fields)[0].isalpha()
    assert set(kind.fields) - {"logger"} <= set(FIELDS)


# -- a line ----------------------------------------------------------------------------------------------


def test_a_line_is_json_with_its_fields(file: LogFile) -> None:
    """Numbers stay numbers, what does not apply is left out, the time is in UTC."""
    log.info("stage-finished", job=JOB, stage="brief", rung=Rung.FIELDS, ms=7200, model=None, reason="")
    line = only(file)
    assert list(line)[:5] == list(OF_EVERY_LINE)
    assert {name: line[name] for name in line if name not in OF_EVERY_LINE} == {
        "job": JOB, "stage": "brief", "rung": "fields", "ms": 7200,
    }  # fmt: skip
    assert line["message"].startswith("Reading the request ")
    assert datetime.fromisoformat(line["time"]) - datetime.now(UTC) < timedelta(seconds=5)
    assert line["time"].endswith("Z")


@pytest.mark.parametrize(
    "value",
    [TEXT, "jana@example.com", "+420 541 234 567", "a b", "{name}", "žluť", "x" * 201, {"a": TEXT}, "a\nb"],
)
def test_a_value_that_is_no_code_is_hidden(file: LogFile, value: object) -> None:
    """In every field and in the sentence."""
    log.warning("job-finished", **dict.fromkeys(FIELDS, value))
    line = only(file)
    assert {line[name] for name in FIELDS} == {HIDDEN}
    assert str(value) not in json.dumps(line, ensure_ascii=False)


def test_a_field_that_nobody_knows_is_left_out(file: LogFile) -> None:
    """However harmless it looks."""
    log.warning("drop-rejected", name="menu.pdf", job=JOB)
    assert set(only(file)) == {*OF_EVERY_LINE, "job"}


def test_an_error_is_its_kind_and_its_place(file: LogFile) -> None:
    """Without its words, its cause's words, and the lines of the program that hold values."""
    try:
        try:
            (ROOT / TEXT).read_text("utf-8")
        except OSError as cause:
            raise ValueError(TEXT) from cause
    except ValueError:
        log.exception("stage-failed", stage="brief")
    line = only(file)
    assert (line["error"], line["cause"]) == ("value", "os-2")
    assert re.fullmatch(r"test_logs\.py:\d+:test_an_error_is_its_kind_and_its_place", line["frames"][-1])
    assert "Jana" not in json.dumps(line)


def test_an_error_of_the_model_is_its_code() -> None:
    """As it stands in a stage's reason."""
    assert logs.error_kind(TooLate("too-late", TEXT)) == "too-late"
    assert logs.error_kind(TooLate(TEXT, TEXT)) == "too-late"
    assert logs.error_kind(KeyError(TEXT)) == "key"


@pytest.mark.parametrize(
    ("message", "arguments", "said"),
    [
        ("Invalid request from %s", (TEXT,), "Invalid request from %s"),
        ("Connection lost", (), None),
        (f"Cannot read {TEXT}", (), None),
        (f"{TEXT} ě %s", (1,), None),
    ],
)
def test_a_library_is_quoted_without_its_values(
    file: LogFile, message: str, arguments: tuple[object, ...], said: str | None
) -> None:
    """Its template is its own; words without one may hold anything."""
    logging.getLogger("somebody.else").warning(message, *arguments)
    line = only(file)
    assert (line["event"], line["logger"], line.get("said")) == ("library", "somebody.else", said)
    assert "Jana" not in json.dumps(line, ensure_ascii=False)


def test_the_web_servers_own_words_are_told(file: LogFile) -> None:
    """They are constants; an error in the application is told by its kind and place."""
    try:
        raise RuntimeError(TEXT)
    except RuntimeError as error:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    line = only(file)
    assert line["said"] == "Exception in ASGI application"
    assert line["error"] == "runtime"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("", ""),
        ("no-time", "no-time"),
        ("hero fields: no-time; menu gate; about fields: no-time", "no-time,gate"),
        ("internal-KeyError", "internal-KeyError"),
        ("hero fields: Žluťoučký", ""),
    ],
)
def test_of_a_reason_the_codes_are_kept(reason: str, kept: str) -> None:
    """Each once, in their order."""
    assert codes(reason) == kept


def test_of_a_project_its_random_end_is_kept() -> None:
    """The rest comes from the customer's name."""
    assert tail("fern-flour-7k2mq") == "7k2mq"
    assert tail("7k2mq") == "7k2mq"
    assert len(tail("jananovakova")) == 5


# -- a job ------------------------------------------------------------------------------------------------


def test_a_job_is_on_every_line_while_it_is_in_hand(file: LogFile) -> None:
    """With its project as soon as that has a name, and the stage; no line after it has them."""
    names = {JOB: ""}
    journal = Journal(names.__getitem__)
    journal.job_accepted(EVENT)
    journal.job_started(EVENT)
    journal.stage_started(JOB, "brief", 0, 2)
    log.info("ai-call-again", delay_ms=100, error="http-500")
    journal.stage_finished(JOB, StageTrace("brief", Rung.FIELDS, "a, b", 5, 7, 20, 1, "gate", "x, y"))
    names[JOB] = "fern-flour-7k2mq"
    journal.stage_started(JOB, "style", 1, 2)
    log.info("ai-call-again", delay_ms=100, error="http-500")
    journal.job_finished(Event(JOB, Status.COMPLETED, now(), now(), 1, duration_ms=1500))
    log.warning("outbox-stray")
    lines = {(line["event"], line.get("stage")): line for line in written(file)}
    assert lines["ai-call-again", "brief"]["job"] == JOB
    assert "project" not in lines["ai-call-again", "brief"]
    assert lines["ai-call-again", "style"]["project"] == "7k2mq"
    assert lines["stage-finished", "brief"]["provider"] == "x,y"
    assert lines["stage-finished", "brief"]["retries"] == 1
    assert lines["job-finished", None]["project"] == "7k2mq"
    assert lines["job-finished", None]["ms"] == 1500
    assert set(lines["outbox-stray", None]) == set(OF_EVERY_LINE)
    for (event, _), line in lines.items():
        assert set(EVENTS[event].fields) <= set(line)


@pytest.mark.parametrize(
    ("status", "error", "level"),
    [
        ("completed", "", "info"),
        ("pending", "os-28", "warning"),
        ("failed", "gate", "error"),
        ("pending", "", "info"),
    ],
)
def test_how_a_job_ended_is_its_level(file: LogFile, status: str, error: str, level: str) -> None:
    """An attempt that is made again is a warning, a job that failed an error."""
    Journal().job_finished(Event(JOB, Status(status), now(), now(), 1, error=error))
    assert only(file)["level"] == level


# -- files ------------------------------------------------------------------------------------------------


def test_files_are_rotated_and_readable_by_their_owner_alone(file: LogFile) -> None:
    """No more than so many, each within its size, the newest lines in the one without a number."""
    for number in range(300):
        log.info("jobs-deleted", count=number)
    names = [path.name for path in log_files(file.folder)]
    assert names == [LOG_NAME, f"{LOG_NAME}.1", f"{LOG_NAME}.2", f"{LOG_NAME}.3"]
    assert all(path.stat().st_size <= 10_000 for path in log_files(file.folder))
    assert {stat.S_IMODE(path.stat().st_mode) for path in log_files(file.folder)} == {0o600}
    counts = [line["count"] for line in written(file)]
    assert counts == list(range(counts[0], 300))
    assert len(counts) > 100


def test_the_level_is_the_settings(tmp_path: Path) -> None:
    """Below it nothing is written; what was logged before it was opened and after it was shut is not in it."""
    handler = LogFile(tmp_path, LogSettings(level="warning"))
    log.error("outbox-stray")
    handler.open()
    log.info("stopping")
    log.warning("alerts-anew")
    handler.shut()
    log.error("outbox-stray")
    handler.shut()
    assert [line["event"] for line in written(handler)] == ["alerts-anew"]


def test_old_lines_are_trimmed_while_the_file_is_written(file: LogFile) -> None:
    """By their age, from every file, with the lines that a crash cut off; what comes after is written on."""
    old = [
        f'{{"time": "2026-01-0{n}T00:00:00.000Z", "event": "stopping", "job": "{n}"}}\n' for n in range(1, 5)
    ]
    (file.folder / f"{LOG_NAME}.2").write_text("".join(old[:2]), "utf-8")
    (file.folder / f"{LOG_NAME}.1").write_text(old[2] + "{cut off\n" + old[3], "utf-8")
    log.info("stopping")
    assert trim_logs(file.folder, datetime(2026, 1, 4, tzinfo=UTC)) == 4
    log.info("stopping")
    assert [path.name for path in log_files(file.folder)] == [LOG_NAME, f"{LOG_NAME}.1"]
    assert [line.get("job") for line in written(file)] == ["4", None, None]
    assert trim(file.folder, datetime(2026, 1, 4, tzinfo=UTC)) == 0
    assert trim_logs(file.folder.parent, datetime(2026, 1, 4, tzinfo=UTC)) == 0


def test_a_line_after_a_crash_begins_anew(tmp_path: Path) -> None:
    """What a power cut left of the last one spoils no other."""
    (tmp_path / LOG_NAME).write_text('{"time": "2026-', "utf-8")
    handler = LogFile(tmp_path, SMALL)
    handler.open()
    log.info("drop-again", job=JOB)
    handler.shut()
    assert [line["event"] for line in lines_of(tmp_path, JOB)] == ["drop-again"]


def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is raised or printed; when there is room, lines are whole again."""
    with small_disk(tmp_path / "disk", "256k") as disk:
        handler = LogFile(disk / "logs", LogSettings())
        handler.open()
        log.info("stopping")
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as full:
            while True:
                try:
                    full.write(b"x" * 512)
                except OSError:
                    break
        for _ in range(200):
            log.warning("outbox-stray")
        ballast.unlink()
        log.info("drop-again", job=JOB)
        handler.shut()
        assert [line["event"] for line in lines_of(disk / "logs", JOB)] == ["drop-again"]
    assert capsys.readouterr() == ("", "")


def test_a_jobs_lines_are_found_in_all_files(file: LogFile) -> None:
    """In their order, no other's."""
    for number in range(100):
        log.info("job-again", job=JOB if number % 2 else new_job_id())
        log.info("jobs-deleted", count=number)
    assert len(log_files(file.folder)) > 1
    found = list(lines_of(file.folder, JOB))
    assert len(found) == sum(line.get("job") == JOB for line in written(file))
    assert [line["time"] for line in found] == sorted(line["time"] for line in found)
    assert list(lines_of(file.folder / "nowhere", JOB)) == []


# -- people -----------------------------------------------------------------------------------------------


def test_a_line_for_people_opens_with_the_mark_of_its_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    """What went wrong on stderr; what was done on stdout, on request, without the details of a good day."""
    with log_to_terminal() as console:
        log.info("stopping")
        console.follow()
        Journal().job_started(EVENT)
        log.info("ai-call", provider="p", role="nlp", status="ok", ms=5)
        trace = StageTrace("style", Rung.TEMPLATE, ms=1500, completion_tokens=40, reason="no-time")
        Journal().stage_finished(JOB, trace)
        log.warning("ai-call", provider="p", role="nlp", status="failed", ms=5, error="http-500", part="hero")
        log.error("disk-full", part="work")
        logging.getLogger("library").error("It holds %s", TEXT)
    log.error("disk-full", part="work")
    out, err = (text.splitlines() for text in capsys.readouterr())
    assert [re.sub(r"\d\d:\d\d:\d\d", "T", line) for line in out] == [
        f"· T Job {JOB}",
        "✓ T Choosing the look           1.5 s  from templates, 40 tokens (no-time)",
    ]
    assert [re.sub(r"\d\d:\d\d:\d\d", "T", line) for line in err] == [
        "! T p was asked for hero (nlp) and gave none after 0.0 s: http-500",
        "✗ T The disk is full; work waits until there is room. Make some: protogen prune",
        "✗ T library: It holds %s",
    ]


def test_where_an_error_was_raised_is_told_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """-v: not a word of the error itself, there neither."""
    for verbose in (False, True):
        with log_to_terminal(verbose=verbose):
            log.info("model-cold", error="x")
            try:
                raise RuntimeError(TEXT)
            except RuntimeError:
                log.exception("attempt-failed", job=JOB, attempt=1)
    plain, cold, again, frame = capsys.readouterr().err.splitlines()
    assert plain[10:] == again[10:] == f" Attempt 1 at job {JOB} failed: runtime"
    assert cold.startswith("· ")
    assert re.fullmatch(r"  test_logs\.py:\d+:\w+", frame)


def test_programs_read_the_console_as_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON alone, on stdout, whatever its level."""
    with log_to_terminal() as console:
        console.follow(LogSettings(console="json", level="warning"))
        assert not console.for_people
        log.info("stopping")
        log.warning("ai-call", provider="p", role="nlp", status="failed", ms=5, error="http-500")
    out, err = capsys.readouterr()
    assert (json.loads(out)["event"], err) == ("ai-call", "")


def test_a_line_that_cannot_be_told_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """And tells nothing of what it was about."""
    with log_to_terminal() as console:
        console.setFormatter(None)
        console.format = lambda record: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        log.warning("outbox-stray")
    assert capsys.readouterr().err == "✗ A line of protogen.test could not be told\n"


def test_a_command_leaves_no_listener_behind(tmp_path: Path) -> None:
    """Commands in one process do not add up."""
    before = list(logging.getLogger().handlers)
    home = Home(tmp_path / "home")
    home.run("init", ".")
    home.call("-v", "list")
    assert logging.getLogger().handlers == before
    assert structlog.is_configured() is False  # nobody else's loggers are touched
    assert os.environ.get("PROTOGEN_LOG_LEVEL") is None
